"""New values in the text of a YAML or JSON document; every line that says what it said stays as it is. Pure functions.

The text is compared with what it is to say, from the root down to where the two differ, and only those places are
rewritten: a value in the style of the one before, a new entry behind its neighbours, an entry that goes with its lines.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.definition_files.scalar_text import inline, is_block_text, literal
from pulumi_managed_agents.definition_files.spans import Span, SpanEntry, json_spans, yaml_spans
from pulumi_managed_agents.definition_files.yaml_text import yaml_text
from pulumi_managed_agents.schema.identity import UNDESCRIBED, identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Syntax = Literal["yaml", "json"]


class CannotEdit(Exception):
    """A text is written so that it cannot be edited here; the message says why, as the end of a sentence."""


def with_value(text: str, new: dict[str, Any], syntax: Syntax) -> str:
    """The text of a document, changed so that it says `new`.

    Raises:
        CannotEdit: it is written in a way that is not understood well enough.
    """
    import yaml

    try:
        root = yaml_spans(text) if syntax == "yaml" else json_spans(text)
    except yaml.YAMLError:
        raise CannotEdit("it cannot be taken apart") from None
    if root is None:
        return yaml_text(new)
    editor = _Editor(text, syntax)
    editor.edit(root, new, _Slot(root.start, 0))
    return editor.result(0, len(text))


@dataclass(frozen=True)
class _Slot:
    """Where a value hangs: behind a colon or a dash, how far its owner is indented, whether it is in brackets."""

    behind: int
    indent: int
    flow: bool = False


@dataclass
class _Editor:
    text: str
    syntax: Syntax
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def result(self, start: int, end: int) -> str:
        """The text from start to end with the edits in it."""
        parts, at = [], start
        for first, last, new in sorted(self.edits, key=lambda edit: edit[:2]):
            if first < at:
                raise CannotEdit("two changes of it meet in one place")
            parts += [self.text[at:first], new]
            at = last
        return "".join([*parts, self.text[at:end]])

    def edit(self, span: Span, new: Any, slot: _Slot) -> None:
        """Make a value say `new`."""
        if _canonical(span.value) == _canonical(new):
            return
        if span.kind == "map" and isinstance(new, dict) and span.entries and new:
            self._map(span, new, slot)
        elif span.kind == "list" and isinstance(new, list) and span.entries and new:
            self._list(span, new, slot)
        else:
            self._replace(span, new, slot)

    # --- collections

    def _map(self, span: Span, new: dict[str, Any], slot: _Slot) -> None:
        own = {entry.name: entry for entry in span.entries if not _is_merge(entry)}
        inherited = span.value.keys() - own.keys()
        if gone := sorted(inherited - new.keys()):
            raise CannotEdit(f"{gone[0]} comes from what `<<` takes over")
        added = {
            key: value
            for key, value in new.items()
            if key not in own and not (key in inherited and _canonical(span.value[key]) == _canonical(value))
        }
        entries = [entry for entry in span.entries if _is_merge(entry) or entry.name in new]
        if not entries:
            self._replace(span, new, slot)
        elif span.flow:
            self._flow(span, [*(self._flow_entry(entry, new) for entry in entries), *self._new_flow(added)])
        else:
            column = self._column(entries[0].start)
            for entry in entries:
                if not _is_merge(entry):
                    self.edit(entry.value, new[entry.name], _Slot(self._behind_colon(entry), column))
            self._remove_lines(span, entries)
            if added:
                self._insert_after(entries[-1], _indented(yaml_text(added), column))

    def _list(self, span: Span, new: list[Any], slot: _Slot) -> None:
        pairs = list(_paired([entry.value.value for entry in span.entries], new))
        entries = [span.entries[old] for old, _ in pairs if old is not None]
        if not entries:
            self._replace(span, new, slot)
        elif span.flow:
            pieces = [
                (self._flow_item(span.entries[old].value, value), span.entries[old])
                if old is not None
                else (self._inline(value), None)
                for old, value in pairs
            ]
            self._flow(span, pieces)
        else:
            self._block_list(span, pairs, entries)

    def _block_list(self, span: Span, pairs: list[tuple[int | None, Any]], entries: list[SpanEntry]) -> None:
        column = self._column(self._dash(span.entries[0], span))
        before: SpanEntry | None = None
        for old, value in pairs:
            if old is not None:
                before = span.entries[old]
                self.edit(before.value, value, _Slot(self._dash(before, span) + 1, column))
            else:
                new = _indented(_item(value), column)
                if before is not None:
                    self._insert_after(before, new)
                else:
                    start = self._line_start(self._dash(span.entries[0], span))
                    self._must_be_alone(start, self._dash(span.entries[0], span))
                    self.edits.append((start, start, new))
        for entry in span.entries:
            if entry not in entries:
                dash = self._dash(entry, span)
                self._must_be_alone(self._line_start(dash), dash)
                self.edits.append((self._line_start(dash), self._next_line(entry.value.end), ""))

    def _remove_lines(self, span: Span, entries: list[SpanEntry]) -> None:
        """Remove the entries of a block mapping that are not kept, with their lines."""
        head = span.entries[: span.entries.index(entries[0])]
        if head and not self._is_alone(head[0].start):  # the first one is behind a dash
            self.edits.append((head[0].start, entries[0].start, ""))
        else:
            head = []
        for entry in span.entries:
            if entry not in entries and entry not in head:
                self.edits.append((self._line_start(entry.start), self._next_line(entry.value.end), ""))

    # --- in brackets

    def _flow(self, span: Span, pieces: Sequence[tuple[str, SpanEntry | None]]) -> None:
        """Write a collection in brackets from its pieces, with what was between neighbours between them."""
        old = span.entries
        between = [self.text[one.value.end : self._flow_start(other)] for one, other in pairwise(old)]
        head, tail = self.text[span.start : self._flow_start(old[0])], self.text[old[-1].value.end : span.end]
        spread = "\n" in head
        usual = between[0] if between else f",{head[1:]}" if spread else ", "
        # A comment belongs to the entry that it is behind, and would swallow a new one on its line.
        if "#" in usual:
            usual = ", "
        text = head
        for number, (piece, entry) in enumerate(pieces):
            if number:
                before = pieces[number - 1][1]
                neighbours = entry and before and old.index(entry) == old.index(before) + 1
                text += between[old.index(before)] if neighbours and before else usual
            text += piece
        self.edits.append((span.start, span.end, text + tail))

    def _flow_entry(self, entry: SpanEntry, new: dict[str, Any]) -> tuple[str, SpanEntry]:
        """The text of a kept entry of a mapping in brackets."""
        value = entry.value.value if _is_merge(entry) else new[entry.name]
        written = self._flow_item(entry.value, value)
        start = self._flow_start(entry)
        gap = self.text[start : entry.value.start]
        if entry.value.start == entry.value.end and written:  # a key without a value
            gap = gap.rstrip() if gap.rstrip().endswith(":") else f"{gap.rstrip()}:"
            gap += " "
        return gap + written, entry

    def _flow_item(self, span: Span, value: Any) -> str:
        inner = _Editor(self.text, self.syntax)
        inner.edit(span, value, _Slot(span.start, 0, flow=True))
        return inner.result(span.start, span.end)

    def _new_flow(self, added: dict[str, Any]) -> Iterator[tuple[str, None]]:
        for key, value in added.items():
            yield f"{self._inline(key)}: {self._inline(value)}", None

    def _flow_start(self, entry: SpanEntry) -> int:
        """Where an entry of a collection in brackets begins, with an anchor of its value."""
        return entry.start

    def _inline(self, value: Any, style: str = "") -> str:
        if self.syntax == "json":
            return json.dumps(value, ensure_ascii=False)
        return inline(value, style, flow=True)

    # --- one value

    def _replace(self, span: Span, new: Any, slot: _Slot) -> None:
        """Write a value over the one before."""
        was = self.text[span.start : span.end]
        if slot.flow or self.syntax == "json":
            self.edits.append((span.start, span.end, self._inline(new, span.style)))
        elif isinstance(new, str) and span.style in ("|", ">") and (is_block_text(new) or _is_line(new)):
            self.edits.append((span.start, span.end, literal(new, slot.indent + 2, was)))
        elif isinstance(new, str) and is_block_text(new):
            self._put(span, slot, *literal(new, slot.indent + 2).split("\n", 1))
        elif isinstance(new, (dict, list)) and new:
            shown = yaml_text({"_": new}).removeprefix("_:").removesuffix("\n")
            first, _, rest = shown.partition("\n")
            self._put(span, slot, first.strip(), _indented(rest, slot.indent).removesuffix("\n"))
        else:
            self._put(span, slot, inline(new, "" if span.style in ("|", ">") else span.style, flow=False), "")

    def _put(self, span: Span, slot: _Slot, first: str, below: str) -> None:
        """Put a value in the place of another: `first` on its line, in front of a comment, `below` under that line."""
        block = span.kind in ("map", "list") and not span.flow
        start = slot.behind if block or not first or span.start == span.end else span.start
        if start == slot.behind and first:
            first = f" {first}"
        self.edits.append((start, span.end, first))
        if below:
            end = self._next_line(span.end)
            if end > span.end and self.text[end - 1] == "\n":
                self.edits.append((end - 1, end - 1, f"\n{below}"))
            else:
                self.edits.append((end, end, f"\n{below}"))

    # --- places in the text

    def _insert_after(self, entry: SpanEntry, lines: str) -> None:
        at = self._next_line(entry.value.end)
        ended = at > 0 and self.text[at - 1] == "\n" and at > entry.value.end
        self.edits.append((at, at, lines if ended else f"\n{lines.removesuffix(chr(10))}"))

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _next_line(self, place: int) -> int:
        line_end = self.text.find("\n", place)
        return len(self.text) if line_end < 0 else line_end + 1

    def _column(self, place: int) -> int:
        return place - self._line_start(place)

    def _is_alone(self, place: int) -> bool:
        return not self.text[self._line_start(place) : place].strip()

    def _must_be_alone(self, start: int, place: int) -> None:
        if self.text[start:place].strip():
            raise CannotEdit("a list begins on the line of what holds it")

    def _behind_colon(self, entry: SpanEntry) -> int:
        assert entry.key is not None  # noqa: S101 - an entry of a mapping
        colon = self.text.find(":", entry.key.end)
        if self.text[entry.key.end : colon].strip() or self.text[: entry.start].rstrip(" ").endswith("?"):
            raise CannotEdit("a key of it is marked by `?`")
        return colon + 1

    def _dash(self, entry: SpanEntry, span: Span) -> int:
        """Where the dash of an entry of a block list is."""
        first = span.start
        if self.text[first : first + 1] != "-":
            raise CannotEdit("a list of it has an anchor")
        column, line = self._column(first), self._line_start(entry.value.start)
        while line >= 0:
            if self.text[line + column : line + column + 1] == "-" and line + column <= entry.value.start:
                return line + column
            line = self.text.rfind("\n", 0, line - 1) + 1 if line else -1
        raise CannotEdit("the dash of an entry cannot be found")


def _is_merge(entry: SpanEntry) -> bool:
    return entry.key is not None and entry.name == "<<" and not entry.key.style


def _is_line(text: str) -> bool:
    """Whether a text is one line that may be in a block scalar."""
    return bool(text.strip()) and text == text.strip() and text.isprintable()


def _canonical(value: Any) -> str:
    """A value as text, in which ``1``, ``1.0`` and ``true`` differ."""
    return json.dumps(value, sort_keys=True)


def _indented(lines: str, column: int) -> str:
    return "".join(f"{' ' * column}{line}" if line.strip() else line for line in lines.splitlines(keepends=True))


def _item(value: Any) -> str:
    """A new entry of a block list."""
    if isinstance(value, dict) and value:
        _, _, lines = yaml_text({"_": [value]}).partition("\n")
        return "".join(line.removeprefix("  ") for line in lines.splitlines(keepends=True))
    if isinstance(value, str) and is_block_text(value):
        return f"- {literal(value, 2)}\n"
    return f"- {inline(value, flow=False)}\n"


def _paired(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, Any]]:
    """The new entries, each with the index of the old one that it comes from; indexes only grow."""
    matcher = difflib.SequenceMatcher(None, list(map(_canonical, old)), list(map(_canonical, new)), autojunk=False)
    for step, start, end, first, last in matcher.get_opcodes():
        if step == "equal":
            yield from zip(range(start, end), new[first:last], strict=True)
        else:
            yield from _alike(old, range(start, end), new[first:last])


def _alike(old: list[Any], places: range, new: list[Any]) -> Iterator[tuple[int | None, Any]]:
    """Changed entries: each from the next old one that it is another state of, or of none."""
    at, same_number = places.start, len(places) == len(new)

    def is_same(place: int, value: Any) -> bool:
        return identity(old[place], UNDESCRIBED) == identity(value, UNDESCRIBED)

    for number, value in enumerate(new):
        match = next((place for place in range(at, places.stop) if is_same(place, value)), None)
        if match is None and same_number and places.start + number >= at:
            match = places.start + number
        if match is not None:
            at = match + 1
        yield match, value
