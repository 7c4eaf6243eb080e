"""What a pull came to, for people and for programs. Pure functions."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.pull.result import pull_record
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.output.reports import json_text
from pulumi_managed_agents.reconcile.plan_rows import rows_of
from pulumi_managed_agents.reconcile.plan_text import happened
from pulumi_managed_agents.reconcile.wording import Difference
from pulumi_managed_agents.review.style import (
    ATTENTION,
    DIFF,
    ERROR,
    HEADING,
    LOOKS,
    Line,
    Page,
    aligned,
    plain,
    wrapped,
)
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.commands.pull.pulled import Pulled, PullOutcome
    from pulumi_managed_agents.commands.pull.result import PullReport

OUTCOMES: Mapping[PullOutcome, str] = {
    "taken": "taken",
    "merged": "merged with what the file changed",
    "clash": "clash: file and live changed the same lines",
    "named": "not taken",
    "left": "left",
}
INDENT = 6


def rendered(report: PullReport, form: str, width: int) -> str | Page:
    """The report in one of the forms ``text`` and ``json``, without secrets."""
    if form == "json":
        return json_text(KNOWN.scrubber().value(asdict(pull_record(report))))
    return Page(_lines(report, width))


def _lines(report: PullReport, width: int) -> Iterator[Line]:
    if not report.pulled:
        yield plain(f"Stage {visible(report.stage)}: nothing to pull; what is live is what was applied", HEADING)
        return
    changed = counted(len(report.pulled), "resource")
    yield plain(f"Stage {visible(report.stage)}: {changed} changed outside", HEADING)
    for pulled in report.pulled:
        yield from _resource(pulled, width, with_diffs=not report.dry_run)
    yield Line()
    verb = {"new": "write", "changed": "change", "removed": "remove"}
    done = {"new": "wrote", "changed": "changed", "removed": "removed"}
    for change in report.files:
        yield plain(f"{f'would {verb[change.kind]}' if report.dry_run else done[change.kind]} {visible(change.shown)}")
        if report.dry_run:
            for line in map(visible, map(KNOWN.scrubber().text, change.diff())):
                yield plain(line, DIFF.get(line[:1], "")).indented(2)
    yield from (plain(line, ERROR) for text in report.failures for line in wrapped(visible(text), width))
    for text in _next(report):
        yield from (plain(line) for line in wrapped(text, width))


def _resource(pulled: Pulled, width: int, *, with_diffs: bool) -> Iterator[Line]:
    plan = pulled.plan
    look = LOOKS["delete" if plan.vanished else "conflict" if pulled.has("clash") else "update"]
    file = f" ({visible(plan.file)})" if plan.file else ""
    yield plain(f"  {look.sign} {visible(f'{plan.kind} {plan.name}')}{file}", look.style)
    if plan.vanished:
        text = f"{happened(plan)}: there is nothing to take. Remove its file, or let the next up make a new one."
        yield from (plain(line).indented(INDENT) for line in wrapped(text, width - INDENT))
    for part in pulled.parts:
        rows = [
            replace(
                row,
                difference=row.difference if with_diffs else Difference(row.text),
                cause=OUTCOMES[part.outcome],
            )
            for row in rows_of(plan, part.changes)
        ]
        yield from (line.indented(INDENT) for line in aligned(rows, width - INDENT))
        if text := ": ".join(filter(None, (part.place, part.reason))):
            yield from (
                plain(line, ATTENTION).indented(INDENT + 2) for line in wrapped(visible(text), width - INDENT - 2)
            )


def _next(report: PullReport) -> Iterator[str]:
    def command(words: str) -> str:
        return f"`{command_line(words, emulator=report.emulator)}`"

    if report.dry_run:
        yield "Nothing was written (--dry-run)."
        return
    if not report.files:
        yield "Nothing was written."
        return
    if report.clashes:
        validate = f"`{command_line(f'validate {report.stage}', emulator=False)}`"
        yield f"Next: settle each clash and delete its markers; {validate} names those that are left."
    else:
        yield f"Next: review with `git diff`, then {command(f'preview {report.stage}')}."
    if report.gated_by:
        yield (
            f"{report.stage} takes only what {report.gated_by} has proved, so it refuses these files until then: "
            f"{command(f'promote {report.gated_by} {report.stage} --backport')} takes them there."
        )
