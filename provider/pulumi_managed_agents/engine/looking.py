"""The commands that look at stages and change nothing: what an up would do, and what somebody else did."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.run_log import log_file
from pulumi_managed_agents.engine.console import Console
from pulumi_managed_agents.engine.delivery import Report, deliver_on, keeps_standard_output
from pulumi_managed_agents.engine.logged import LoggedEngine
from pulumi_managed_agents.engine.opening import Opened, open_stage
from pulumi_managed_agents.engine.reviewing import drift_of, failure, records, review_of
from pulumi_managed_agents.errors import SmokeFailed
from pulumi_managed_agents.preview.drift import DriftReport
from pulumi_managed_agents.preview.record import LOOK_ON, VARIABLE
from pulumi_managed_agents.preview.review import Review

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome
    from pulumi_managed_agents.preview.drift import StageDrift
    from pulumi_managed_agents.preview.review import StageReview

UNTOUCHED = "nothing was changed"
HALF_DONE = "the run failed; what had finished before is recorded, and the next run goes on from there"
RED = "not all is proven: an agent whose test failed goes on serving what it did; mend it, and run this again"
STOPPED = "the preview stopped; nothing was changed"


def preview_stages(
    project: Path, stages: tuple[str, ...], *, emulator: bool, asked: Sequence[Report] = (Report("text"),)
) -> int:
    """Preview stages and write one review of all of them; how many resources and tests would change.

    The review is written also where a stage cannot go on; its error follows.
    """
    console = Console(aside=keeps_standard_output(asked))
    previews = [previewed(project, stage, console, emulator=emulator) for stage in stages]
    review = Review(tuple(reviewed for _, reviewed in previews))
    deliver_on(console, asked, lambda form, width: written(review, form, width))
    for outcome, _ in previews:
        must_have_worked(outcome, STOPPED)
    return sum(outcome.changes for outcome, _ in previews)


def previewed(project: Path, stage: str, console: Console, *, emulator: bool) -> tuple[Outcome, StageReview]:
    """Preview one stage."""
    with records() as folder:
        opened = opened_stage(project, stage, console, emulator=emulator, variables={VARIABLE: str(folder)})
        opened.must_be_well_formed()
        return review_of(opened, console, folder)


def drift_stages(
    project: Path, stages: tuple[str, ...], *, emulator: bool, asked: Sequence[Report] = (Report("text"),)
) -> bool:
    """Look for what was changed outside Pulumi and write one report of all stages; whether there is any.

    The report is written also where a stage could not be looked at; its error follows.
    """
    console = Console(aside=keeps_standard_output(asked))
    found = [_looked_at(project, stage, console, emulator=emulator) for stage in stages]
    report = DriftReport(tuple(drift for _, drift in found))
    deliver_on(console, asked, lambda form, width: _drift_written(report, form, width))
    for outcome, _ in found:
        must_have_worked(outcome, STOPPED)
    return not report.is_clean


def _looked_at(project: Path, stage: str, console: Console, *, emulator: bool) -> tuple[Outcome, StageDrift]:
    with records() as folder:
        variables = {VARIABLE: str(folder), LOOK_ON: "1"}
        opened = opened_stage(project, stage, console, emulator=emulator, variables=variables)
        opened.must_be_well_formed()
        return drift_of(opened, folder)


def written(review: Review, form: str, width: int) -> str:
    """A review as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.preview.machine import as_json

        return as_json(review)
    if form == "markdown":
        from pulumi_managed_agents.preview.markdown import markdown

        return markdown(review, artifact=_run_page(os.environ))
    from pulumi_managed_agents.preview.text import text

    return text(review, width)


def _drift_written(report: DriftReport, form: str, width: int) -> str:
    from pulumi_managed_agents.preview import drift_words

    if form == "json":
        from pulumi_managed_agents.preview.machine import as_json

        return as_json(report)
    if form == "markdown":
        return drift_words.markdown(report, artifact=_run_page(os.environ))
    return drift_words.text(report, width)


def _run_page(environment: Mapping[str, str]) -> str:
    """The page of the GitHub Actions run that this is a part of, or an empty text."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def opened_stage(
    project: Path, stage: str, console: Console, *, emulator: bool, variables: Mapping[str, str] | None = None
) -> Opened:
    """Open a stage and say which engine runs it against which API; its run is logged where the environment says so."""
    opened = open_stage(project, stage, emulator=emulator, variables=variables)
    console.line(f"{opened.project.name}, stage {stage}: {opened.title}")
    file = log_file()
    return replace(opened, engine=LoggedEngine(opened.engine, stage, file)) if file else opened


def must_have_worked(outcome: Outcome, message: str = HALF_DONE) -> None:
    """Turn an engine's failure into the error with the right exit code; its lines were shown as they came."""
    if outcome.ok:
        return
    kind = failure(outcome)
    if kind is SmokeFailed and message == HALF_DONE:
        message = RED
    raise kind(message if outcome.began else UNTOUCHED)
