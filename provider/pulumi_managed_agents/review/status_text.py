"""The status of stages as lines for a terminal or a text file.

Lines are at most `width` characters, except where a name is longer; nothing is broken within a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.review import status_phrases as phrases
from pulumi_managed_agents.review.style import (
    ASIDE,
    GAP,
    HEADING,
    Line,
    Page,
    aligned_cells,
    bullet,
    plain,
    widest,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_managed_agents.review.status import StageStatus, StatusReport
    from pulumi_managed_agents.words import NextStep


def status_text(report: StatusReport, width: int = 100) -> Page:
    """A board of all stages where there are several, then each stage."""
    parts = [list(_stage(stage, width)) for stage in report.stages]
    if len(report.stages) > 1:
        parts.insert(0, list(_board(report, width)))
    filled = [part for part in parts if part]
    return Page(line for index, part in enumerate(filled) for line in ([Line()] if index else []) + part)


def _board(report: StatusReport, width: int) -> Iterator[Line]:
    """What each root is on each stage; stages that do not fit beside the others are below them."""
    stages, rows = phrases.board(report)
    if not rows:
        return
    columns = [[stage, *(row[index + 1] for row in rows)] for index, stage in enumerate(stages)]
    names = ["", *(row[0] for row in rows)]
    for index, chosen in enumerate(_fitting(names, columns, width)):
        if index:
            yield Line()
        yield from aligned_cells(list(zip(names, *chosen, strict=True)))


def _fitting(names: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> Iterator[list[Sequence[str]]]:
    """The columns in groups that fit beside the names; one that is too wide alone is alone."""
    room = width - 2 - widest(names)
    group: list[Sequence[str]] = []
    for column in columns:
        if group and sum(len(GAP) + widest(member) for member in [*group, column]) > room:
            yield group
            group = []
        group.append(column)
    if group:
        yield group


def _stage(status: StageStatus, width: int) -> Iterator[Line]:
    yield from (plain(line, HEADING) for line in wrapped(phrases.title(status), width))
    if status.roots:
        yield from _roots(status, width)
    for note in phrases.remarks(status):
        yield from bullet(note.text, width, indent=2, style=note.style)
    if status.next:
        yield plain("  Next:", HEADING)
    for step in status.next:
        yield from _step(step, width)


def _roots(status: StageStatus, width: int) -> Iterator[Line]:
    rows: Sequence[Sequence[str]] = phrases.table(status)
    table = list(aligned_cells(rows))
    if max(len(str(line)) for line in table) > width:  # each name on a separate line
        names = [row[0] for row in rows]
        table = [line.indented(2) for line in aligned_cells([row[1:] for row in rows])]
    else:
        names = []
    yield table[0]
    for index, root in enumerate(status.roots, start=1):
        if names:
            yield plain(f"  {names[index]}")
        yield Line(((str(table[index]), phrases.style(root)),))
        for note in phrases.notes(root, status):
            yield from bullet(note.text, width, indent=6, style=note.style)


def _step(step: NextStep, width: int) -> Iterator[Line]:
    """A command on lines that a shell takes as one, and what it does below it."""
    first, *more = wrapped(step.command, width - 8)
    parts = [first, *(f"  {part}" for part in more)]
    continued = [*(f"{part} \\" for part in parts[:-1]), parts[-1]]
    yield from (plain(part).indented(4) for part in continued)
    yield from (plain(line, ASIDE).indented(6) for line in wrapped(step.does, width - 6))
