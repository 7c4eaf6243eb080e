"""The commands that look at stages and change nothing: what an up would do, and what somebody else did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.console import Console
from pulumi_managed_agents.engine.delivery import Report, deliver_on, is_shown, keeps_standard_output
from pulumi_managed_agents.engine.endings import STOPPED, UNTOUCHED, must_have_worked
from pulumi_managed_agents.engine.forms import drift_written, written
from pulumi_managed_agents.engine.invocation import typed
from pulumi_managed_agents.engine.opening import opened_stage
from pulumi_managed_agents.engine.reviewing import drift_of, records, review_of
from pulumi_managed_agents.preview.drift import DriftReport
from pulumi_managed_agents.preview.record import LOOK_ON, VARIABLE
from pulumi_managed_agents.preview.review import Review

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome
    from pulumi_managed_agents.engine.opening import Opened
    from pulumi_managed_agents.preview.drift import StageDrift
    from pulumi_managed_agents.preview.review import StageReview


def preview_stages(
    project: Path, stages: tuple[str, ...], *, emulator: bool, asked: Sequence[Report] = (Report("text"),)
) -> int:
    """Preview stages and write one review of all of them; how many resources and tests would change.

    The review is written also where a stage cannot go on; its error follows.
    """
    console = Console(aside=keeps_standard_output(asked))
    previews = []
    for stage in stages:
        with records() as folder:
            previews.append(previewed(project, stage, console, folder, emulator=emulator))
    review = Review(tuple(reviewed for _, reviewed in previews))
    deliver_on(console, asked, lambda form, width: written(review, form, width))
    if not is_shown(asked):
        for outcome, _ in previews:
            console.errors(outcome.errors)
    for outcome, _ in previews:
        must_have_worked(outcome, STOPPED)
    return sum(outcome.changes for outcome, _ in previews)


def previewed(
    project: Path, stage: str, console: Console, folder: Path, *, emulator: bool
) -> tuple[Outcome, StageReview]:
    """Preview one stage; the plans are left in a folder."""
    return review_of(_opened(project, stage, console, folder, emulator=emulator), console, folder)


def drift_stages(
    project: Path, stages: tuple[str, ...], *, emulator: bool, asked: Sequence[Report] = (Report("text"),)
) -> bool:
    """Look for what was changed outside Pulumi and write one report of all stages; whether there is any.

    The report is written also where a stage could not be looked at; its error follows.
    """
    console = Console(aside=keeps_standard_output(asked))
    found = [_looked_at(project, stage, console, emulator=emulator) for stage in stages]
    report = DriftReport(tuple(drift for _, drift in found))
    deliver_on(console, asked, lambda form, width: drift_written(report, form, width))
    for outcome, _ in found:
        must_have_worked(outcome, UNTOUCHED)
    for stage in report.stages:
        if not stage.deployed:
            console.line(f"Next: `{typed(f'up {stage.stage}', emulator=emulator)}` deploys {stage.stage}.")
    return not report.is_clean


def _looked_at(project: Path, stage: str, console: Console, *, emulator: bool) -> tuple[Outcome, StageDrift]:
    with records() as folder:
        opened = _opened(project, stage, console, folder, emulator=emulator)
        return drift_of(opened, folder)


def _opened(project: Path, stage: str, console: Console, folder: Path, *, emulator: bool) -> Opened:
    """A stage whose provider writes its plans into a folder and goes on where an up would stop."""
    variables = {VARIABLE: str(folder), LOOK_ON: "1"}
    opened = opened_stage(project, stage, console, emulator=emulator, variables=variables)
    opened.must_be_well_formed()
    return opened
