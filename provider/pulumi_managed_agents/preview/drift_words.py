"""The drift report as text for a terminal and as Markdown for an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.preview.blocks import LIMIT, Block, fitted, left_out
from pulumi_managed_agents.preview.markdown import code, fenced, prose
from pulumi_managed_agents.preview.phrases import aligned, wrapped
from pulumi_managed_agents.preview.rows import outside_rows, version
from pulumi_managed_agents.preview.wording import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.preview.drift import Drifted, DriftReport, StageDrift

MARKER = "<!-- managed-agents:drift -->"
COMMAND = "managed-agents drift --output-format json"
SIGNS = {"conflict": "!", "deleted": "-", "archived": "-", "changed": "~"}
ADVICE = (
    "Take what is wanted over into the files. An up puts the rest back, or stops, as managed-agents:onDrift of the "
    "stage says. The API tells when an object was changed, not by whom."
)


def text(report: DriftReport, width: int = 100) -> str:
    """The whole report; lines are at most `width` characters, except where a name or a line of a diff is longer."""
    parts = ["\n".join(_stage_lines(stage, width)) for stage in report.stages]
    advice = [] if report.is_clean else ["\n".join(wrapped(ADVICE, width))]
    return "\n\n".join([*parts, *advice]) + "\n"


def _stage_lines(stage: StageDrift, width: int) -> Iterator[str]:
    yield f"Stage {visible(stage.stage)}: {summary(stage)}"
    yield from (f"  error: {visible(line)}" for error in stage.errors for line in error.splitlines())
    for one in stage.drifted:
        file = f" ({visible(one.file)})" if one.file else ""
        yield f"  {SIGNS[one.how]} {title(one)}{file}"
        yield from (f"      {line}" for line in details(one, width - 6))


def summary(stage: StageDrift) -> str:
    """A stage in one line."""
    if not stage.complete and not stage.looked_at:
        return "not looked at, since the preview failed"
    if not stage.deployed:
        return "nothing is deployed yet"
    objects = f"{counted(stage.looked_at, 'object')}"
    found = f"{len(stage.drifted)} of {objects} changed outside" if stage.drifted else f"no drift in {objects}"
    return found if stage.complete else f"{found}; the preview failed, so this may not be all"


def title(one: Drifted) -> str:
    """Which object, what happened to it, and when."""
    before, now = one.recorded_version, one.live_version
    moved = f" {version(before)} → {version(now)}" if before and now and before != now else ""
    at = f", {one.live_at[:19].replace('T', ' ')} UTC" if one.live_at else ""
    how = "changed here and outside" if one.how == "conflict" else f"{one.how} outside"
    return visible(f"{one.kind} {one.name}{moved}: {how}{at}")


def details(one: Drifted, width: int, diff_indent: str = "  ") -> list[str]:
    """What it may do now, and every field that moved."""
    gained = [line for gain in one.gained for line in wrapped(f"more power: {visible(gain.text)}", width)]
    return [*gained, *aligned(outside_rows(one.changes), width, diff_indent)]


def markdown(report: DriftReport, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The issue's text, never longer than `limit` characters; `artifact` is where people find the whole report."""
    return fitted(_blocks(report), limit, lambda count: left_out(count, COMMAND, artifact))


def _blocks(report: DriftReport) -> Iterator[Block]:
    count = sum(len(stage.drifted) for stage in report.stages)
    clean = report.is_clean and all(stage.complete for stage in report.stages)
    objects = f"{counted(count, 'object')} changed outside Pulumi" if count else "no drift"
    if not (count or clean):
        objects = "not all could be looked at"
    yield Block(0, f"{MARKER}\n## {'✅' if clean else '⚠️'} Agents: {objects}")
    gained = [(stage.stage, gain) for stage in report.stages for one in stage.drifted for gain in one.gained]
    if gained:
        yield Block(0, "### ⚠️ New power, given outside Pulumi")
        lines = (f"- {code(stage)}: {prose(f'{gain.kind} {gain.name}: {gain.text}')}" for stage, gain in gained)
        yield from (Block(1, line, tight=True) for line in lines)
    for stage in report.stages:
        yield Block(0, f"### {code(stage.stage)}: {prose(summary(stage))}")
        if stage.errors:
            yield Block(2, fenced(stage.errors, "text"))
        yield from (Block(3, _block(one)) for one in stage.drifted)
    if not report.is_clean:
        yield Block(0, prose(ADVICE))


def _block(one: Drifted) -> str:
    file = f" ({code(one.file)})" if one.file else ""
    lines = details(one, 100, diff_indent="")
    return f"**{prose(title(one))}**{file}" + (f"\n\n{fenced(lines, 'diff')}" if lines else "")
