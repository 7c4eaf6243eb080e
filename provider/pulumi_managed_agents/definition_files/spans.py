"""Where in the text of a YAML or JSON document each value stands, so that one can be rewritten and all else stays.

A parser's tree forgets how a file is written, and a file that is written from it has other line breaks, quotes
and indentation. So the text itself is edited, in the places that these spans name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.files.parsing import core_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROPERTIES = re.compile(r"(?:[&!][^\s\[\]{},]*[ \t]*)+")
"""An anchor or a tag in front of a scalar."""
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\],:"]+')


@dataclass
class Span:
    """A value, and where it is.

    Attributes:
        kind: What it is; ``alias`` stands for a value that is written elsewhere.
        start: Where it begins, behind an anchor.
        end: Where it ends; of a block scalar and of a block collection that is the end of its last line of content.
        value: What it says.
        flow: Of a collection, whether it is in brackets.
        style: Of a scalar, how it is quoted: ``"``, ``'``, ``|``, ``>``, or nothing.
        entries: What a collection holds.
    """

    kind: Literal["scalar", "map", "list", "alias"]
    start: int
    end: int
    value: Any = None
    flow: bool = False
    style: str = ""
    entries: list[SpanEntry] = field(default_factory=list)


@dataclass
class SpanEntry:
    """An entry of a collection; in a list it has no key."""

    value: Span
    key: Span | None = None

    @property
    def start(self) -> int:
        """Where it begins; an entry of a block list behind its dash."""
        return self.key.start if self.key else self.value.start

    @property
    def name(self) -> Any:
        """Its key."""
        return self.key.value if self.key else None


def yaml_spans(text: str) -> Span | None:
    """The root of a YAML document, or None if it has no content; raises `yaml.YAMLError`."""
    import yaml

    # The parser in Python, not the one in C: its marks are indexes of the text, for all characters.
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    anchors: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            first = next(events)
            return _yaml_span(text, first, events, anchors)
    return None


def _yaml_span(text: str, event: Any, events: Iterator[Any], anchors: dict[str, Any]) -> Span:
    import yaml

    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.AliasEvent):
        return Span("alias", start, end, anchors.get(str(event.anchor)))
    if isinstance(event, yaml.ScalarEvent):
        span = _yaml_scalar(text, event, start, end)
    elif isinstance(event, yaml.MappingStartEvent):
        span = Span("map", start, end, flow=bool(event.flow_style))
        for key_event in iter(lambda: next(events), None):
            if isinstance(key_event, yaml.MappingEndEvent):
                span.end = _collection_end(span, key_event)
                break
            key = _yaml_span(text, key_event, events, anchors)
            span.entries.append(SpanEntry(_yaml_span(text, next(events), events, anchors), key))
        span.value = _mapping(span)
    else:
        span = Span("list", start, end, flow=bool(event.flow_style))
        for item_event in iter(lambda: next(events), None):
            if isinstance(item_event, yaml.SequenceEndEvent):
                span.end = _collection_end(span, item_event)
                break
            span.entries.append(SpanEntry(_yaml_span(text, item_event, events, anchors)))
        span.value = [entry.value.value for entry in span.entries]
    if event.anchor:
        anchors[event.anchor] = span.value
    return span


def _collection_end(span: Span, event: Any) -> int:
    # The end of a block is where the next token begins, behind comments that are not part of it.
    return int(event.end_mark.index) if span.flow else span.entries[-1].value.end if span.entries else span.start


def _mapping(span: Span) -> dict[Any, Any]:
    own: dict[Any, Any] = {}
    inherited: dict[Any, Any] = {}
    for entry in span.entries:
        if entry.name == "<<" and entry.key and not entry.key.style:
            sources = entry.value.value if isinstance(entry.value.value, list) else [entry.value.value]
            for source in sources:
                inherited = {**(source if isinstance(source, dict) else {}), **inherited}
        else:
            own[entry.name] = entry.value.value
    return {**inherited, **own}


def _yaml_scalar(text: str, event: Any, start: int, end: int) -> Span:
    style = event.style or ""
    if event.anchor or event.tag:
        start = properties.end() if (properties := _PROPERTIES.match(text, start)) else start
    if style in ("|", ">"):
        header = text[start : text.find("\n", start)]
        content = text[start:end]
        # Blank lines behind the content are part of it only where the header says so.
        text_lines = content if "+" in header else content.rstrip(" \n")
        end = start + len(text_lines.removesuffix("\n"))
    plain = event.implicit[0] and event.tag is None
    return Span("scalar", start, end, core_schema(event.value) if plain else event.value, style=style)


def json_spans(text: str) -> Span:
    """The root of text that is known to be valid JSON."""
    tokens = _JSON_TOKEN.finditer(text)
    return _json_span(next(tokens), tokens)


def _json_span(token: re.Match[str], tokens: Iterator[re.Match[str]]) -> Span:
    opening = token.group()
    if opening not in ("{", "["):
        style = '"' if opening.startswith('"') else ""
        return Span("scalar", token.start(), token.end(), json.loads(opening), style=style)
    span = Span("map" if opening == "{" else "list", token.start(), token.end(), flow=True)
    for inner in tokens:
        if inner.group() in ("}", "]"):
            span.end = inner.end()
            break
        first = _json_span(inner, tokens)
        span.entries.append(SpanEntry(_json_span(next(tokens), tokens), first) if opening == "{" else SpanEntry(first))
    span.value = (
        {entry.name: entry.value.value for entry in span.entries}
        if opening == "{"
        else [entry.value.value for entry in span.entries]
    )
    return span
