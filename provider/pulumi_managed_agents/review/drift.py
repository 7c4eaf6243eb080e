"""The report of drift, from the plans of a preview: what was changed, archived or deleted outside Pulumi.

It holds neither what the files would change nor what a stage's policy does about a drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.reconcile.plan import Plan  # noqa: TC001 - the schema is made from the annotations
from pulumi_managed_agents.reconcile.plan_text import drift_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.review.plan_files import Plans

SCHEMA_VERSION = 1

How = Literal["conflict", "deleted", "archived", "changed"]
ORDER: tuple[How, ...] = ("conflict", "deleted", "archived", "changed")
"""Most urgent first."""


@dataclass(frozen=True)
class StageDrift:
    """One stage.

    Attributes:
        stage: Its name.
        complete: Whether all of it was looked at.
        deployed: Whether the stage's state records any object; where it does not, nothing can drift.
        drifted: What was changed outside, most urgent first.
        looked_at: How many live objects were compared.
        errors: What the engine reported as errors.
        notes: Objects that could not be compared, since the API still answers from before our own writes, and why.
    """

    stage: str
    complete: bool = True
    deployed: bool = True
    drifted: tuple[Plan, ...] = ()
    looked_at: int = 0
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftReport:
    """All stages of one report.

    Attributes:
        stages: One entry per stage, in the order asked for.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stages: tuple[StageDrift, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def is_clean(self) -> bool:
        """Whether nothing was changed outside."""
        return not any(stage.drifted for stage in self.stages)


def stage_drift(
    stage: str, plans: Plans, *, complete: bool = True, deployed: bool = True, errors: Iterable[str] = ()
) -> StageDrift:
    """The drift among a stage's plans, most urgent first."""
    looked_at = [plan for plan in plans.resources if plan.decision != "create"]
    drifted = sorted(
        (plan for plan in looked_at if plan.is_changed_outside),
        key=lambda plan: (ORDER.index(how(plan)), plan.kind, plan.name),
    )
    notes = tuple(drift_message(plan) for plan in looked_at if plan.is_behind)
    return StageDrift(stage, complete, deployed, tuple(drifted), len(looked_at), tuple(errors), notes)


def how(plan: Plan) -> How:
    """What happened to the object; ``conflict`` where its file was changed as well, to something else."""
    conflict = any(change.cause == "conflict" for change in plan.outside)
    return "conflict" if conflict else plan.vanished or "changed"
