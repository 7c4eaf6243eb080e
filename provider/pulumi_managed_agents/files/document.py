"""One definition file: bytes to text to a body, with Markdown prose in the field it fills.

Text is kept as written, except: a byte order mark is dropped, CRLF becomes LF, and of Markdown prose the blank
lines after the front matter and one trailing newline are dropped.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.names import suffix_of
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.files.parsing import parse_json, parse_yaml, same_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_BYTES = 32_000_000
"""The API takes no larger request body."""
MAX_DEFINITION_BYTES = 8_000_000
"""No definition comes near: the longest prompt that the API takes has 100,000 characters."""
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_FOR_EDITORS = "$schema"
"""A field from which an editor knows what a file holds, in JSON the only way; nothing else reads it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its mapping, and the prose of a Markdown file (None if there is none)."""

    root: Node
    prose: Node | None = None


def read_text(path: Path, file: str) -> str:
    """Read UTF-8 text with LF line ends; raises `InputError` for what is not, or is too large, or cannot be read."""
    return decode(read_bytes(path, file), file)


def read_bytes(path: Path, file: str, most: int = MAX_BYTES) -> bytes:
    """Read a regular file of at most `most` bytes; raises `InputError`."""
    try:
        # To open a named pipe would otherwise wait for somebody to write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise InputError([Finding(file, 0, "", "is not a regular file")])
            data = opened.read(most + 1)
    except OSError as error:
        raise InputError([Finding(file, 0, "", f"cannot be read: {error.strerror}")]) from None
    if len(data) > most:
        why = "the most the API takes" if most == MAX_BYTES else "and no definition needs as much"
        raise InputError([Finding(file, 0, "", f"larger than {most // 1_000_000} MB, {why}")])
    return data


def read_json(path: Path, file: str) -> Any:
    """Read a JSON file that a program has written; raises `InputError` for one that cannot be read or is none."""
    text = read_text(path, file)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError([Finding(file, error.lineno, "", f"not valid JSON: {error.msg}")]) from None
    except RecursionError:
        raise InputError([Finding(file, 0, "", "not valid JSON: nested too deep")]) from None
    except ValueError as error:
        raise InputError([Finding(file, 0, "", f"not valid JSON: {error}")]) from None


def decode(data: bytes, file: str) -> str:
    """Decode UTF-8, dropping a byte order mark and carriage returns before line feeds; raises `InputError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([Finding(file, line, "", "not UTF-8 text; save the file as UTF-8")]) from None
    return text.replace("\r\n", "\n")


def parse(text: str, name: str, file: str, line_of: Callable[[int], int] = same_line) -> Document:
    """Parse text in the format its file `name` says.

    `line_of` maps a line of the text to one of the file, for rendered templates. Raises `InputError`.
    """
    if not text.strip():
        raise InputError([Finding(file, 0, "", "the file is empty")])
    if suffix_of(name) == ".md":
        return _parse_markdown(text, file, line_of)
    parser = parse_json if suffix_of(name) == ".json" else parse_yaml
    return Document(_mapping(parser(text, file, line_of), file, line_of(1), "the file"))


def has_front_matter(text: str) -> bool:
    """Tell whether a Markdown text begins with a front matter fence."""
    return _FENCE.match(text) is not None


def _parse_markdown(text: str, file: str, line_of: Callable[[int], int]) -> Document:
    opening = _FENCE.match(text)
    if not opening:
        message = "a Markdown definition begins with its fields between two lines of `---`; there are none"
        raise InputError([Finding(file, line_of(1), "", message)])
    closing = _FENCE.search(text, opening.end())
    if not closing:
        raise InputError([Finding(file, line_of(1), "", "the front matter opened by `---` is never closed by another")])
    fields = parse_yaml(text[opening.end() : closing.start()], file, line_of)
    root = _mapping(fields, file, line_of(1), "the front matter")
    return Document(root, _prose(text, closing.end(), file, line_of))


def _prose(text: str, start: int, file: str, line_of: Callable[[int], int]) -> Node | None:
    rest = text[start:]
    prose = re.sub(r"\A(?:[ \t]*\n)+", "", rest).removesuffix("\n")
    if not prose.strip():
        return None
    return Node(prose, file, line_of(text.count("\n", 0, start + rest.index(prose)) + 1))


def _mapping(root: Node | None, file: str, line: int, what: str) -> Node:
    if root is None:
        raise InputError([Finding(file, line, "", f"{what} holds no fields")])
    if not isinstance(root.value, dict):
        shape = "a list" if isinstance(root.value, list) else "a single value"
        raise InputError([Finding(file, root.line, "", f"{what} has to be a mapping of fields, not {shape}")])
    if _FOR_EDITORS not in root.value:
        return root
    return Node({key: node for key, node in root.value.items() if key != _FOR_EDITORS}, root.file, root.line)
