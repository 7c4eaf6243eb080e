"""YAML 1.2 and JSON text to nodes.

PyYAML's C parser delivers the events (it alone is fast enough for hundreds of files, and it knows lines); what a
plain scalar means is decided here by the core schema of YAML 1.2, so `on`, `no` and `2026-01-01` stay text. Tags
are never executed. https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.tree import MAX_DEPTH, TOO_DEEP, Event, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_managed_agents.files.node import Node

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_FIELD = re.compile(r"[ \t]*(?:- +)*([A-Za-z_$][\w$-]*) *:(?= )")
_JSON_WORD = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\],:"]+')


def same_line(line: int) -> int:
    """Map every line to itself: the text was parsed as it is in its file."""
    return line


def parse_yaml(text: str, file: str, line_of: Callable[[int], int] = same_line) -> Node | None:
    """Parse one YAML document; None when there is no content. Raises `InputError` with the line of the first fault."""
    import yaml

    try:
        return Tree(file, line_of).take(_yaml_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and _levels_opened(text[: mark.index]) > MAX_DEPTH:
            raise _unreadable(file, line_of(mark.line + 1), TOO_DEEP) from None
        message = "; ".join(part for part in (error.context, error.problem, _cure(error.problem, text, mark)) if part)
        last = text.rstrip().count("\n")  # what is never closed is noticed behind the end of the text
        line = min(mark.line, last) if mark else 0
        raise _unreadable(file, line_of(line + 1), f"not valid YAML: {message}") from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise _unreadable(file, line_of(line), "not valid YAML: a control character is here") from None
    except _Fault as fault:
        raise _unreadable(file, line_of(fault.line), str(fault)) from None


def parse_json(text: str, file: str, line_of: Callable[[int], int] = same_line) -> Node | None:
    """Parse one JSON document. Raises `InputError` with the line of the first fault."""
    try:
        with suppress(RecursionError):  # only depth leads there, which the tree refuses with its line
            json.loads(text, parse_constant=_no_constant)
        return Tree(file, line_of).take(_json_events(text))
    except json.JSONDecodeError as error:
        raise _unreadable(file, line_of(error.lineno), f"not valid JSON: {error.msg}") from None
    except _Fault as fault:
        raise _unreadable(file, line_of(fault.line), str(fault)) from None
    except ValueError as error:
        raise _unreadable(file, line_of(1), f"not valid JSON: {error}") from None


class _Fault(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _unreadable(file: str, line: int, message: str) -> InputError:
    return InputError([Finding(file, line, "", message)])


def _cure(problem: str | None, text: str, mark: Any) -> str:
    """What to do about the mistakes that people make most, or an empty string."""
    lines, problem = text.split("\n"), problem or ""
    written = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "mapping values are not allowed" in problem:
        key = _FIELD.match(written)
        if key and mark.column > key.end():
            return f'put a text that has a colon and a space in quotes: {key[1]}: "…: …"'
        return "indent it like the fields beside it; if it goes on the text above, put that text in quotes"
    if "cannot start any token" in problem:
        start = written[mark.column : mark.column + 1]
        return (
            "indent with spaces, not with tabs" if start == "\t" else f"put a text that begins with {start} in quotes"
        )
    if "expected alphabetic or numeric character" in problem:
        return "put a text that begins with * or & in quotes"
    return ""


def _levels_opened(text: str) -> int:
    """Return how many flow collections the last line of `text` opens and does not close."""
    # A bracket may begin a key, so the parser reads its whole line before it reports the bracket. From 6.0.4 on it has
    # a limit of its own there, and stops, in words that change with the release, before the tree has seen one level.
    line = text.rpartition("\n")[2]
    return sum(map(line.count, "[{")) - sum(map(line.count, "]}"))


def _yaml_events(text: str) -> Iterator[Event]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Fault(line, "a second document starts here; a file holds one definition")
        elif isinstance(event, yaml.AliasEvent):
            yield Event("alias", line, event.anchor)
        elif isinstance(event, yaml.ScalarEvent):
            yield _yaml_scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            _check_tag(event.tag, line, _PLAIN_TAGS)
            yield Event("map" if isinstance(event, yaml.MappingStartEvent) else "list", line, None, event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            yield Event("end", line)


def _yaml_scalar(event: Any, line: int) -> Event:
    _check_tag(event.tag, line, _TEXT_TAGS)
    plain = event.implicit[0] and event.tag is None
    if plain and event.value == "<<":
        return Event("merge", line)
    return Event("scalar", line, core_schema(event.value, line) if plain else event.value, event.anchor)


def _check_tag(tag: str | None, line: int, known: tuple[str, ...]) -> None:
    if tag is not None and tag not in known and tag != "!":
        raise _Fault(line, f"the tag {tag!r} means nothing here; write plain YAML")


def core_schema(text: str, line: int = 1) -> Any:
    """Return what a plain scalar means in YAML 1.2: null, a boolean, a number, else the text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    try:
        if _INTEGER.match(text):
            return int(text)
        if _BASED.match(text):
            return int(text, 0)
        if _FLOAT.match(text):
            return _finite(float(text), line)
    except ValueError:
        raise _Fault(line, "a number with too many digits; put it in quotes") from None
    if _NOT_FINITE.match(text):
        raise _Fault(line, f"{text} is a number JSON cannot carry; put it in quotes if it is text")
    return text


def _finite(number: float, line: int) -> float:
    if not math.isfinite(number):
        raise _Fault(line, "a number too large to carry; put it in quotes")
    return number


def _json_events(text: str) -> Iterator[Event]:
    """Yield the events of text that is known to be valid JSON."""
    line = 1
    for match in _JSON_WORD.finditer(text):
        word = match.group()
        if word == "\n":
            line += 1
        elif word in "{[":
            yield Event("map" if word == "{" else "list", line)
        elif word in "}]":
            yield Event("end", line)
        else:
            yield Event("scalar", line, _json_scalar(word, line))


def _json_scalar(word: str, line: int) -> Any:
    value = json.loads(word)
    if isinstance(value, float):
        return _finite(value, line)
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise _Fault(line, "a \\u escape that is half a character")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
