"""Lines with their styles, and the one place for signs and colours.

A renderer says which part of a line is what; a terminal shows that in colours, a file as plain text.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.plan_rows import rows, rows_of
from pulumi_managed_agents.reconcile.plan_text import becomes, remarks
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.words import NO_BREAK, unbroken, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.plan_rows import Row
    from pulumi_managed_agents.review.drift import How


@dataclass(frozen=True)
class Look:
    """How a decision is shown: its sign and colour, its name before an up, and afterwards."""

    sign: str
    style: str
    planned: str
    done: str


LOOKS: Mapping[str, Look] = {
    "conflict": Look("!", "red", "in conflict", "in conflict"),
    "refused": Look("!", "red", "refused", "refused"),
    "replace": Look("±", "magenta", "to replace", "replaced"),
    "delete": Look("-", "red", "to remove", "removed"),
    "update": Look("~", "yellow", "to update", "updated"),
    "create": Look("+", "green", "to create", "created"),
    "same": Look("=", "dim", "unchanged", "unchanged"),
}
"""By decision, most urgent first; an engine's operations have the same names."""
ORDER = tuple(LOOKS)
DRIFT_LOOKS: Mapping[How, Look] = {
    "conflict": LOOKS["conflict"],
    "deleted": LOOKS["delete"],
    "archived": LOOKS["delete"],
    "changed": LOOKS["update"],
}
"""By what somebody else did to an object."""
RECORDED = Look("=", "dim", "live already", "recorded")
"""What the file has taken over from the live object."""

HEADING = "bold"
ATTENTION = "yellow"
ERROR = "red"
ASIDE = "dim"
DIFF = {"+": "green", "-": "red", "@": "dim"}
"""By the first character of a line of a unified diff."""

GAP = "  "
"""What is between two cells of a row."""
UNBOUNDED = 10_000
"""A width that no line reaches."""
LABEL = 44
"""How wide the column of labels gets."""

ALIKE = 0.4
"""How much of two lines must be the same for one to be the other, changed."""

Span = tuple[str, str]
"""A piece of text and its style, or no style."""


def look_of(plan: Plan) -> Look:
    """How a plan is shown."""
    return RECORDED if plan.only_records else LOOKS[plan.decision]


@dataclass(frozen=True)
class Line:
    """One line; as text it is plain."""

    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        return "".join(text for text, _ in self.spans).rstrip()

    def indented(self, columns: int) -> Line:
        """The line further to the right."""
        return Line(((" " * columns, ""), *self.spans)) if self.spans else self


class Page(tuple[Line, ...]):
    """What a terminal shows line by line; as text it is what a file holds."""

    __slots__ = ()

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self)


def plain(text: str, style: str = "") -> Line:
    """A line in one style."""
    return Line(((text, style),))


def wrapped(text: str, width: int) -> list[str]:
    """A text on lines of a width; a word longer than that stays whole."""
    room = max(width, 20)
    lines = textwrap.wrap(unbroken(text, room), room, break_long_words=False, break_on_hyphens=False)
    return [line.replace(NO_BREAK, " ") for line in lines] or [""]


def bullet(text: str, width: int, indent: int = 4, style: str = "") -> list[Line]:
    """A text whose further lines are indented below the first one."""
    first, *rest = wrapped(text, width - indent - 2)
    return [plain(first, style).indented(indent), *(plain(more, style).indented(indent + 2) for more in rest)]


def details(plan: Plan, width: int = 100, diff_indent: int = 2) -> list[Line]:
    """The lines below a resource's title, at most `width` wide where they can be wrapped."""
    notes = [line for remark in remarks(plan) for line in wrapped(remark, width)]
    return [*_becomes(plan, width), *aligned(rows(plan), width, diff_indent), *map(plain, notes)]


def outside_details(plan: Plan, width: int = 100, diff_indent: int = 2) -> list[Line]:
    """The lines about what somebody else did, with the power that this gave to the live object."""
    power = [line for gain in gained(plan) for line in wrapped(f"more power: {visible(gain.text)}", width)]
    changes = aligned(rows_of(plan, plan.outside), width, diff_indent)
    return [
        *(plain(line, ATTENTION) for line in power),
        *_becomes(plan, width),
        *changes,
        *map(plain, wrapped(visible(plan.waits), width) if plan.waits else ()),
    ]


def _becomes(plan: Plan, width: int) -> list[Line]:
    text = becomes(plan)
    return [plain(line) for line in wrapped(text, width)] if text else []


def aligned_cells(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Rows of cells, each column as wide as its widest, below a row of headings."""
    widths = [widest(column) for column in zip(*rows, strict=True)]
    for index, row in enumerate(rows):
        text = GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield plain(f"  {text}".rstrip(), "" if index else ASIDE)


def widest(cells: Iterable[str]) -> int:
    """How wide a column of cells is."""
    return max(map(len, cells))


def aligned(table: Iterable[Row], width: int, diff_indent: int = 2) -> list[Line]:
    """Rows as lines, their texts below each other."""
    table = list(table)
    column = min(max((len(row.label) for row in table), default=0), LABEL)
    return [line for row in table for line in _row(row, column, width, diff_indent)]


def _row(row: Row, column: int, width: int, diff_indent: int) -> Iterator[Line]:
    text, cause = f"{row.label:<{column}}  {row.text}  ", f"[{row.cause}]"
    if len(text) + len(cause) <= width:
        yield Line(((text, ""), (cause, ASIDE)))
    elif len(row.label) + len(GAP) + len(cause) <= width:
        yield Line(((f"{row.label}{GAP}", ""), (cause, ASIDE)))
        yield from (plain(line).indented(4) for line in wrapped(row.text, width - 4))
    else:
        yield plain(row.label)
        yield from (plain(line).indented(4) for line in wrapped(row.text, width - 4))
        yield from (plain(line, ASIDE).indented(4) for line in wrapped(cause, width - 4))
    yield from (line.indented(diff_indent) for line in _marked(row.diff))


def _marked(diff: Sequence[str]) -> Iterator[Line]:
    """The lines of a diff, in which the words that changed are marked where one line stands for another."""
    place = 0
    while place < len(diff):
        gone = [*takewhile(lambda line: line.startswith("-"), diff[place:])]
        come = [*takewhile(lambda line: line.startswith("+"), diff[place + len(gone) :])]
        if gone and len(gone) == len(come):
            pairs = [_changed_words(was, now) for was, now in zip(gone, come, strict=True)]
            yield from (line for side in zip(*pairs, strict=True) for line in side)
        else:
            gone, come = gone or [diff[place]], []
            yield from (plain(line, DIFF.get(line[:1], "")) for line in gone)
        place += len(gone) + len(come)


def _changed_words(was: str, now: str) -> tuple[Line, Line]:
    """Two lines of a diff; words that only one of them has are marked, unless they share too little."""
    words: list[list[str]] = [re.findall(r"\s+|\w+|[^\w\s]", line[1:]) for line in (was, now)]
    matcher = SequenceMatcher(None, words[0], words[1], autojunk=False)
    if matcher.ratio() < ALIKE:
        return plain(was, DIFF["-"]), plain(now, DIFF["+"])
    spans: tuple[list[Span], list[Span]] = ([("-", DIFF["-"])], [("+", DIFF["+"])])
    for what, first, last, start, end in matcher.get_opcodes():
        for side, sign, part in ((0, "-", words[0][first:last]), (1, "+", words[1][start:end])):
            style = DIFF[sign] if what == "equal" else f"bold reverse {DIFF[sign]}"
            spans[side].extend([("".join(part), style)] if part else [])
    return Line(tuple(spans[0])), Line(tuple(spans[1]))
