"""The commands that look at stages and change nothing: what an up would do, and what somebody else did."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.console import Console
from pulumi_managed_agents.commands.output import (
    Report,
    deliver_on,
    drift_written,
    is_shown,
    keeps_standard_output,
    written,
)
from pulumi_managed_agents.commands.summary import STOPPED, UNTOUCHED, failure, must_have_worked
from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.events import Message, plain, subject_of
from pulumi_managed_agents.engine.opening import opened_stage
from pulumi_managed_agents.engine.project import typed
from pulumi_managed_agents.errors import Conflict, ManagedAgentsError, Refused
from pulumi_managed_agents.review.drift import DriftReport, stage_drift
from pulumi_managed_agents.review.plan_files import GO_ON_PAST_STOPS, VARIABLE, collect
from pulumi_managed_agents.review.review import EngineStep, Review, stage_review

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_managed_agents.engine.events import Event, Outcome
    from pulumi_managed_agents.engine.opening import Opened
    from pulumi_managed_agents.review.drift import StageDrift
    from pulumi_managed_agents.review.review import Ending, StageReview


@contextmanager
def records() -> Iterator[Path]:
    """A folder for plans, which nobody else can read, and which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="managed-agents-plan-") as folder:
        yield Path(folder)


def review_of(opened: Opened, console: Console, folder: Path) -> tuple[Outcome, StageReview]:
    """Preview a stage whose provider writes its plans into `folder`, and say what that means.

    Errors are part of the review; the console is told the rest.
    """

    def follow(event: Event) -> None:
        if isinstance(event, Message) and event.severity != "error":
            console(event)

    done, plans = opened.engine.preview(follow), collect(folder)
    stops = tuple(Message("error", text) for text in plans.stops)
    outcome = replace(done, ok=done.ok and not stops, messages=(*done.messages, *stops))
    reviewed = stage_review(
        opened.project.stage,
        list(_turns(outcome)),
        plans,
        ending=_ending(outcome),
        complete=done.ok,
        errors=tuple(map(plain, outcome.errors)),
        on_removal=policy(opened.project.own_config).on_removal,
    )
    return outcome, reviewed


def drift_of(opened: Opened, folder: Path) -> tuple[Outcome, StageDrift]:
    """Preview a stage whose provider writes its plans into `folder`, and pick out what came from outside."""

    def follow(_: Event) -> None:
        """Say nothing: the report says it."""

    outcome = opened.engine.preview(follow)
    deployed = any(step.old is not None and subject_of(step) for step in outcome.steps)
    found = stage_drift(
        opened.project.stage,
        collect(folder),
        complete=outcome.ok,
        deployed=deployed,
        errors=tuple(map(plain, outcome.errors)),
    )
    return outcome, found


def _ending(outcome: Outcome) -> Ending:
    endings: dict[type[ManagedAgentsError], Ending] = {Conflict: "conflict", Refused: "refused"}
    return "planned" if outcome.ok else endings.get(failure(outcome), "failed")


def _turns(outcome: Outcome) -> Iterator[EngineStep]:
    for step in outcome.steps:
        subject = subject_of(step)
        if subject and not step.error and step.op != "delete-replaced":
            yield EngineStep(step.op, subject.kind, subject.name, subject.version)


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
    variables = {VARIABLE: str(folder), GO_ON_PAST_STOPS: "1"}
    opened = opened_stage(project, stage, console.line, emulator=emulator, variables=variables)
    opened.must_be_well_formed()
    return opened
