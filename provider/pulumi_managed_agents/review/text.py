"""The review and the report of drift as lines for a terminal or a text file.

Lines are at most `width` characters, except where a name or a line of a diff is longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.review import phrases
from pulumi_managed_agents.review.drift import how
from pulumi_managed_agents.review.style import (
    ATTENTION,
    DRIFT_LOOKS,
    ERROR,
    HEADING,
    Line,
    Page,
    bullet,
    details,
    look_of,
    outside_details,
    plain,
    wrapped,
)
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.review.drift import DriftReport, StageDrift
    from pulumi_managed_agents.review.phrases import SimilarResources
    from pulumi_managed_agents.review.review import Review, StageReview

INDENT = 6


def text(review: Review, width: int = 100) -> Page:
    """The whole review: first what is gone for ever, then new power, then the rest."""
    lines: list[Line] = []
    for stage in review.stages:
        lines += [Line()] if lines else []
        lines += _stage(stage, width)
    return Page(lines)


def _stage(stage: StageReview, width: int) -> Iterator[Line]:
    yield plain(f"Stage {visible(stage.stage)}", HEADING)
    yield from _section("Gone for ever:", (f"- {line}" for line in phrases.lost(stage)), width, ERROR)
    yield from _moved(stage, width)
    yield from _stop(stage, width)
    powers = (f"! {phrases.power(gain)}" for gain in phrases.powers(stage))
    yield from _section("New power:", powers, width, ATTENTION)
    changed = [
        similar
        for similar in phrases.detailed(stage)
        # What is gone for ever has been listed above.
        if not (similar.plan.decision == "delete" and similar.plan.lost)
    ]
    if changed:
        yield from (Line(), plain("  Changes:", HEADING))
    for similar in changed:
        yield from _title(similar, width)
        yield from (line.indented(INDENT) for line in details(similar.plan, width - INDENT))
    if stage.left:
        yield from (Line(), plain("  Left as it is:", HEADING))
    for plan in stage.left:
        yield from _title(phrases.SimilarResources(plan, (plan.name,)), width)
        yield from (line.indented(INDENT) for line in outside_details(plan, width - INDENT))
    yield from _section("Following a new version:", map(phrases.fan_out, stage.fan_out), width)
    if stage.tests.due:
        yield Line()
        yield from bullet(f"Smoke tests: {phrases.tests(stage.tests)}", width, indent=2)
        for line in phrases.due_tests(stage.tests):
            yield from bullet(line, width)
    if untested := phrases.untested(stage):
        yield Line()
        yield from bullet(f"Not tested: {untested}", width, indent=2)
    yield from _section("Proof:", map(visible, stage.proof), width)
    yield from _section("Last results:", phrases.last_results(stage), width)
    yield from _section("Serving another version than the newest:", phrases.held(stage.tests), width, ATTENTION)
    yield from (Line(), plain(phrases.summary(stage)))


def _moved(stage: StageReview, width: int) -> Iterator[Line]:
    """What probably moved, with the lines to write, which are never wrapped: they are there to be copied."""
    if stage.moves:
        yield from (Line(), plain("  Probably moved:", HEADING))
    for text, line in phrases.moved(stage):
        yield from bullet(f"? {text}:", width, style=ATTENTION)
        yield plain(line).indented(INDENT + 2)


def _stop(stage: StageReview, width: int) -> Iterator[Line]:
    """That an up would stop, and why; nothing if it would not."""
    if stage.ending == "planned":
        return
    if stage.gone or stage.moves:
        yield Line()
    yield from bullet(phrases.stop(stage), width, indent=2, style=ERROR)
    for reason in phrases.reasons(stage):
        yield from bullet(visible(reason), width)


def _section(heading: str, items: Iterable[str], width: int, style: str = "") -> Iterator[Line]:
    """A heading with its items, or nothing."""
    entries = list(items)
    if entries:
        yield from (Line(), plain(f"  {heading}", HEADING))
    for item in entries:
        yield from bullet(item, width, style=style)


def _title(similar: SimilarResources, width: int) -> Iterator[Line]:
    """Sign, resource, versions and file; for several resources their names instead of the file."""
    plan, look = similar.plan, look_of(similar.plan)
    which = f" ({visible(plan.file)})" if plan.file else ""
    if len(similar.names) > 1:
        which = f": {phrases.names_of(similar.names)}"
    head, *rest = wrapped(f"{phrases.heading(similar)}{which}", width - 4)
    yield plain(f"  {look.sign} {head}", look.style)
    yield from (plain(f"    {more}", look.style) for more in rest)


def drift_text(report: DriftReport, width: int = 100) -> Page:
    """The whole report of drift."""
    lines: list[Line] = []
    for stage in report.stages:
        lines += [Line()] if lines else []
        lines += _drifted(stage, width)
    if not report.is_clean:
        lines += [Line(), *map(plain, wrapped(phrases.DRIFT_ADVICE, width))]
    return Page(lines)


def _drifted(stage: StageDrift, width: int) -> Iterator[Line]:
    yield plain(f"Stage {visible(stage.stage)}: {phrases.drift_summary(stage)}", HEADING)
    for error in stage.errors:
        yield from (plain(f"  error: {visible(line)}", ERROR) for line in error.splitlines())
    for note in stage.notes:
        yield from bullet(visible(note), width, indent=2)
    for plan in stage.drifted:
        look = DRIFT_LOOKS[how(plan)]
        file = f" ({visible(plan.file)})" if plan.file else ""
        yield plain(f"  {look.sign} {visible(f'{plan.kind} {plan.name}')}{file}", look.style)
        yield from (line.indented(INDENT) for line in outside_details(plan, width - INDENT))
