"""Running a preview and making its review: the engine's steps and the provider's plans, put together."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.endings import failure
from pulumi_managed_agents.engine.events import Message, plain
from pulumi_managed_agents.engine.subjects import subject_of
from pulumi_managed_agents.errors import Conflict, ManagedAgentsError, Refused
from pulumi_managed_agents.kinds.policy import policy
from pulumi_managed_agents.preview.drift import stage_drift
from pulumi_managed_agents.preview.record import collect
from pulumi_managed_agents.preview.review import Turn, stage_review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.engine.console import Console
    from pulumi_managed_agents.engine.events import Event, Outcome
    from pulumi_managed_agents.engine.opening import Opened
    from pulumi_managed_agents.preview.drift import StageDrift
    from pulumi_managed_agents.preview.review import Ending, StageReview


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


def _turns(outcome: Outcome) -> Iterator[Turn]:
    for step in outcome.steps:
        subject = subject_of(step)
        if subject and not step.error and step.op != "delete-replaced":
            yield Turn(step.op, subject.kind, subject.name, subject.version)
