"""What was changed outside Pulumi, from the plan records of a preview: drift, conflicts, objects that are gone.

What the files would change is no part of it, and neither is what a stage's policy makes of a drift.
"""

from __future__ import annotations

from collections.abc import Iterable  # noqa: TC003 - the schema is made from the annotations
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.kinds.leaves import tree
from pulumi_managed_agents.preview.capability import Widening, widened
from pulumi_managed_agents.preview.record import FieldChange  # noqa: TC001 - the same
from pulumi_managed_agents.preview.sides import as_live, as_recorded, before

if TYPE_CHECKING:
    from pulumi_managed_agents.preview.record import PlanRecord, Plans

SCHEMA_VERSION = 1

How = Literal["conflict", "deleted", "archived", "changed"]
ORDER: tuple[How, ...] = ("conflict", "deleted", "archived", "changed")
"""What needs attention first, first."""


@dataclass(frozen=True)
class Drifted:
    """One object that somebody else changed or took away.

    Attributes:
        kind: The resource's kind.
        name: The resource's name.
        file: Its definition file, or empty.
        how: What happened to it; ``conflict`` where its file was changed as well, to something else.
        recorded_version: The version last applied, or empty.
        live_version: The version that is live, or empty.
        live_at: When it was last changed or archived, as the API says, or empty. The API does not say by whom.
        changes: Every field that somebody else changed.
        gained: What it may do now that it could not do as it was applied.
    """

    kind: str
    name: str
    file: str
    how: How
    recorded_version: str = ""
    live_version: str = ""
    live_at: str = ""
    changes: tuple[FieldChange, ...] = ()
    gained: tuple[Widening, ...] = ()


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
    """

    stage: str
    complete: bool = True
    deployed: bool = True
    drifted: tuple[Drifted, ...] = ()
    looked_at: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftReport:
    """All stages of one report.

    Attributes:
        stages: One entry per stage, in the order asked for.
        schema_version: Moves when this form changes in a way that a reader could stumble over.
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
    """Pick out what came from outside."""
    looked_at = [record for record in plans.resources if record.decision != "checked"]
    found = [drifted for record in looked_at if (drifted := _drifted(record))]
    ordered = sorted(found, key=lambda one: (ORDER.index(one.how), one.kind, one.name))
    return StageDrift(stage, complete, deployed, tuple(ordered), len(looked_at), tuple(errors))


def _drifted(record: PlanRecord) -> Drifted | None:
    if not (record.outside or record.vanished):
        return None
    conflict = any(change.cause == "conflict" for change in record.outside)
    return Drifted(
        kind=record.kind,
        name=record.name,
        file=record.file,
        how="conflict" if conflict else record.vanished or "changed",
        recorded_version=record.recorded_version,
        live_version=record.live_version,
        live_at=record.live_at,
        changes=record.outside,
        gained=() if record.vanished else _gained(record),
    )


def _gained(record: PlanRecord) -> tuple[Widening, ...]:
    """What the live object may do beyond what was applied, by the rules of the capability review."""
    changes = {change.path: change for change in (*record.changes, *record.outside)}
    whole = replace(record, changes=tuple(changes.values()))
    applied, live = tree(before(whole, as_recorded)), tree(before(whole, as_live))
    return tuple(Widening(record.kind, record.name, rule, text) for rule, text in widened(record.kind, applied, live))
