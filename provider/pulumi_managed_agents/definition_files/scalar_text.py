"""Texts and other scalars as YAML writes them, in the style in which the file had the value before. Pure functions."""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.parsing import core_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLAIN = re.compile(r"[\w./(](?:[^\n\t:#]|:(?=[^\s,\[\]{}])|(?<=\S)#)*")
_HEADER = re.compile(r"([|>])([1-9]?)([+-]?)([1-9]?)(.*)")
_NEEDS_QUOTES_ELSEWHERE = re.compile(r"(?i:y|n|yes|no|on|off)|[0-9][0-9_:.-]*|=|<<")
"""What version 1.1 of YAML, which most other programs read, would not take for a text."""


def inline(value: Any, style: str = "", *, flow: bool) -> str:
    """A value on one line; `style` is how the text in its place was quoted, `flow` whether it is in brackets."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{inline(key, flow=True)}: {inline(item, flow=True)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, flow=True) for item in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if style != '"' and "\n" not in value and value.isprintable():
        if style != "'" and _is_plain(value, flow=flow):
            return value
        if style == "'" or '"' in value or "\\" in value:
            return "'" + value.replace("'", "''") + "'"
    return double_quoted(value)


def double_quoted(text: str) -> str:
    """A text in double quotes, with everything spelled out that does not print or that YAML takes for a line end."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\\n\t':
        return json.dumps(character)[1:-1]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(text: str, *, flow: bool) -> bool:
    if not _PLAIN.fullmatch(text) or text != text.strip() or _NEEDS_QUOTES_ELSEWHERE.fullmatch(text):
        return False
    if flow and re.search(r"[,\[\]{}?]", text):
        return False
    return core_schema(text) is text or core_schema(text) == text


def is_block_text(text: str) -> bool:
    """Whether a text of several lines can be written as it is, indented below a `|`."""
    lines = text.split("\n")
    first = next(filter(None, lines), "")
    readable = all(line.replace("\t", "").isprintable() and (line.strip() or not line) for line in lines)
    return "\n" in text and readable and bool(first) and not first.startswith((" ", "\t"))


def literal(text: str, indent: int, before: str = "") -> str:
    """A text as a block scalar, header and all; `before` is the block scalar in its place, whose lines are kept.

    What follows the last line break of the block is not part of the result.
    """
    header = _HEADER.match(before)
    style, rest, old = (header[1], header[5], before.split("\n")[1:]) if header else ("|", "", [])
    margin = min((len(line) - len(line.lstrip(" ")) for line in old if line.strip()), default=indent)
    content = text.rstrip("\n")
    ends = len(text) - len(content)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    dedented = [line[margin:] for line in old]
    lines = _folded(content, dedented) if style == ">" else content.split("\n")
    if lines is None:
        style, lines = "|", content.split("\n")
    # Blank lines behind a block without `+` are no part of its text: they belong to what follows, and stay there.
    if header and "+" not in header[3] and chomping != "+":
        while dedented and not dedented[-1].strip():
            dedented.pop()
    respelled = _with_old_spelling(lines, dedented, old, margin)
    return "\n".join([f"{style}{chomping}{rest}", *respelled, *[""] * (ends - 1)])


def _with_old_spelling(lines: Sequence[str], dedented: Sequence[str], old: Sequence[str], margin: int) -> Iterator[str]:
    """The lines, indented; those that were there keep their exact spaces."""
    matcher = difflib.SequenceMatcher(None, dedented, lines, autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        if list(dedented[start:end]) == list(lines[first:last]):
            yield from old[start:end]
        else:
            yield from (f"{' ' * margin}{line}" if line else "" for line in lines[first:last])


def _folded(content: str, old: Sequence[str]) -> list[str] | None:
    """The lines of a folded scalar, in which paragraphs that were there keep their line breaks; None if none can."""
    paragraphs = content.split("\n")
    if any(line != line.strip() or line.startswith("#") for line in paragraphs) or any(
        line.startswith((" ", "\t")) for line in old
    ):
        return None
    width = max(map(len, old), default=0)
    known: dict[str, list[str]] = {}
    for chunk in _chunks(old):
        known.setdefault(" ".join(chunk), chunk)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number:
            lines.append("")
        if paragraph:
            lines += known.get(paragraph) or _wrapped(paragraph, width)
    return lines


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            chunk.append(line)
        elif chunk:
            yield chunk
            chunk = []


def _wrapped(paragraph: str, width: int) -> list[str]:
    """A paragraph in lines no wider than its neighbours, as long as folding gives it back as it is."""
    wrapped = textwrap.wrap(paragraph, max(width, 20), break_long_words=False, break_on_hyphens=False)
    return wrapped if " ".join(wrapped) == paragraph else [paragraph]
