"""`managed-agents drift`: shows what was changed outside Pulumi and nothing else; only reads."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.export import read_export
from pulumi_managed_agents.engine.events import error_text
from pulumi_managed_agents.engine.plan_collection import count_of, open_for_plans, plan_folder
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.engine.stage_results import subject_of
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_on, is_shown, keeps_standard_output, run_page
from pulumi_managed_agents.output.run_summary import UNTOUCHED, must_have_worked
from pulumi_managed_agents.review.drift import DriftReport, stage_drift
from pulumi_managed_agents.review.plan_files import collect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Listener, RunOutcome
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.review.drift import StageDrift
    from pulumi_managed_agents.review.style import Page


def drift_stages(
    project: Path,
    stages: tuple[str, ...],
    *,
    emulator: bool,
    reports: Sequence[Report] = (Report("text"),),
    against: Path | None = None,
) -> bool:
    """Look for what was changed outside Pulumi and write one report of all stages; returns whether there is any.

    The report is written also where a stage could not be looked at; its error follows. `against` is an export of the
    one stage, to compare with instead of its state.
    """
    console = Console(aside=keeps_standard_output(reports))
    checked = [_drift_of(project, stage, console, against, emulator=emulator) for stage in stages]
    report = DriftReport(tuple(drift for _, drift in checked))
    for_terminal = (
        DriftReport(tuple(replace(stage, errors=()) for stage in report.stages)) if is_shown(reports) else report
    )
    deliver_on(console, reports, lambda form, width: _rendered(for_terminal if form == "text" else report, form, width))
    for outcome, _ in checked:
        console.errors(() if outcome.ok else outcome.errors)
    for outcome, _ in checked:
        must_have_worked(outcome, UNTOUCHED)
    for stage in report.stages:
        if not stage.deployed:
            console.line(f"Next: `{command_line(f'up {stage.stage}', emulator=emulator)}` deploys {stage.stage}.")
    return not report.is_clean


def _drift_of(
    project: Path, stage: str, console: Console, against: Path | None, *, emulator: bool
) -> tuple[RunOutcome, StageDrift]:
    """The drift of a stage that is opened for it."""
    with plan_folder() as folder, read_export(against, project, stage) as recorded:
        opened, files = open_for_plans(project, stage, console.line, folder, emulator=emulator, recorded=recorded)
        with console.following(f"looking at {stage}", count_of(files)):
            outcome, drift = look_outside(opened, folder, console.count)
        return outcome, replace(drift, notes=(*drift.notes, recorded.line)) if recorded else drift


def look_outside(opened: OpenStage, folder: Path, count: Listener) -> tuple[RunOutcome, StageDrift]:
    """Preview a stage, whose provider writes its plans into a folder, and pick out what came from outside."""
    outcome = opened.engine.preview(count)  # the report says all that the engine would
    drift = stage_drift(
        opened.project.stage,
        collect(folder),
        complete=outcome.ok,
        deployed=any(step.old is not None and subject_of(step) for step in outcome.steps),
        errors=tuple(map(error_text, outcome.errors)),
    )
    return outcome, drift


def _rendered(report: DriftReport, form: str, width: int) -> str | Page:
    """A report of drift as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(report)
    if form == "markdown":
        from pulumi_managed_agents.review.markdown import drift_markdown

        return drift_markdown(report, artifact=run_page(os.environ))
    from pulumi_managed_agents.review.text import drift_text

    return drift_text(report, width)
