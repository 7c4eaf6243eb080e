"""The review of a preview: what will be done to which resource and why, in values that every output shares."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the schema is made from the annotations
from dataclasses import dataclass, field
from typing import Literal

from pulumi_managed_agents.preview.capability import Widening  # noqa: TC001 - the same
from pulumi_managed_agents.preview.record import DueTest, FieldChange, LastResult, Vanished  # noqa: TC001 - the same
from pulumi_managed_agents.preview.sides import OUTSIDE

SCHEMA_VERSION = 1

Action = Literal["conflict", "refused", "replace", "delete", "update", "create"]
Ending = Literal["planned", "conflict", "refused", "failed"]

ORDER: tuple[Action, ...] = ("conflict", "refused", "replace", "delete", "update", "create")
"""What needs attention first, first."""

WORDS: Mapping[str, str] = {
    "conflict": "in conflict",
    "refused": "refused",
    "replace": "to replace",
    "delete": "to remove",
    "update": "to update",
    "create": "to create",
}


@dataclass(frozen=True)
class ResourceReview:
    """One resource that will change.

    Attributes:
        kind: Its kind.
        name: Its name.
        file: Its definition file, or empty.
        action: What will be done; ``conflict`` and ``refused`` stop the up.
        recorded_version: The version last applied, or empty.
        live_version: The version that is live, or empty.
        next_version: The version after the up as far as it can be told, or empty; ``new`` where only the API counts.
        changes: Every field that changes.
        added: Entries of tables (a tool, a server, a skill) that are new as a whole, by path.
        removed: Entries of tables that go as a whole, by path.
        unknown: Fields of which nothing is known before the up.
        hidden: Fields that hold a secret and are not shown.
        notes: What else is to be said about it.
        items: Of a field that is recorded by a digest, what moves in it: ``SKILL.md changed``.
        vanished: How somebody else took it away, or empty.
    """

    kind: str
    name: str
    file: str
    action: Action
    recorded_version: str = ""
    live_version: str = ""
    next_version: str = ""
    changes: tuple[FieldChange, ...] = ()
    added: tuple[tuple[str, ...], ...] = ()
    removed: tuple[tuple[str, ...], ...] = ()
    unknown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    vanished: Vanished = ""

    @property
    def is_changed_outside(self) -> bool:
        """Whether somebody else changed a field of it, or took it away."""
        return bool(self.vanished) or any(change.cause in OUTSIDE for change in self.changes)

    @property
    def only_follows(self) -> bool:
        """Whether nothing of its own changes: it takes a new version of what it uses."""
        followed = bool(self.changes) and all(change.cause == "new version" for change in self.changes)
        return self.action == "update" and followed and not (self.unknown or self.hidden or self.notes)


@dataclass(frozen=True)
class FanOut:
    """The resources that move because one does that they use, directly or through others.

    Attributes:
        kind: The kind of the one that is used.
        name: Its name.
        users: The names of those that take its new version, or one that comes of it.
        reach: How many they are, by kind: ``20 agents, 1 roster, 2 deployments``.
    """

    kind: str
    name: str
    users: tuple[str, ...]
    reach: str = ""


@dataclass(frozen=True)
class Tests:
    """The smoke tests that will run.

    Attributes:
        due: The tests, as far as a preview can tell; one whose agent ends up the same is left out by the up.
        total: How many tests the stage has.
        most_usd: What they may cost at most, in US dollars.
        cap_usd: What the stage allows one up to spend, or null.
        coverage: How many of the stage's agents a test is about, in words; empty where that is not known.
        standing: What came of the tests that ran before.
    """

    due: tuple[DueTest, ...] = ()
    total: int = 0
    most_usd: float = 0.0
    cap_usd: float | None = None
    coverage: str = ""
    standing: tuple[LastResult, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class StageReview:
    """One stage.

    Attributes:
        stage: Its name.
        ending: ``planned``, or why an up would stop.
        capability: What widens an agent's power.
        resources: What changes, most urgent first.
        fan_out: Who moves with whom.
        tests: The smoke tests that will run.
        unchanged: How many resources stay as they are.
        errors: Why an up would stop, and what the engine reported as errors.
        complete: Whether everything was looked at; where the preview itself failed, what is here may not be all.
    """

    stage: str
    ending: Ending = "planned"
    capability: tuple[Widening, ...] = ()
    resources: tuple[ResourceReview, ...] = ()
    fan_out: tuple[FanOut, ...] = ()
    tests: Tests = field(default_factory=Tests)
    unchanged: int = 0
    errors: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Review:
    """All stages of one report.

    Attributes:
        stages: One review per stage, in the order asked for.
        schema_version: Moves when this form changes in a way that a reader could stumble over.
    """

    stages: tuple[StageReview, ...]
    schema_version: int = SCHEMA_VERSION
