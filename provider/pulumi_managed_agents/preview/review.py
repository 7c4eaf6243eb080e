"""The review of a preview: per stage what will be done to which resource and why, in values that every output shares.

What is done comes from the engine's steps, why from the provider's plan records; deletions are known from steps only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping  # noqa: TC003 - the schema is made from the annotations
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.leaves import leaves
from pulumi_managed_agents.kinds.reach import counted, reached
from pulumi_managed_agents.preview.capability import Widening, widenings
from pulumi_managed_agents.preview.capability.widening import table
from pulumi_managed_agents.preview.record import DueTest, FieldChange, LastResult  # noqa: TC001 - the same
from pulumi_managed_agents.preview.sides import OUTSIDE, as_live, before

if TYPE_CHECKING:
    from pulumi_managed_agents.preview.record import PlanRecord, Plans, TestsRecord

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
ENTRIES = {"tools": 2, "mcp_servers": 2, "skills": 2, "multiagent.agents": 3}
"""Where a definition holds a table, and how long a path to one of its entries is."""


@dataclass(frozen=True)
class Turn:
    """What an engine would do with a resource; `version` is the recorded one, or empty."""

    op: str
    kind: str
    name: str
    version: str = ""


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

    @property
    def is_changed_outside(self) -> bool:
        """Whether somebody else changed a field of it."""
        return any(change.cause in OUTSIDE for change in self.changes)

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
        ending: ``planned``, or why the preview stopped; then what is here may not be all.
        capability: What widens an agent's power.
        resources: What changes, most urgent first.
        fan_out: Who moves with whom.
        tests: The smoke tests that will run.
        unchanged: How many resources stay as they are.
        errors: What the engine reported as errors.
    """

    stage: str
    ending: Ending = "planned"
    capability: tuple[Widening, ...] = ()
    resources: tuple[ResourceReview, ...] = ()
    fan_out: tuple[FanOut, ...] = ()
    tests: Tests = field(default_factory=Tests)
    unchanged: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """All stages of one report.

    Attributes:
        stages: One review per stage, in the order asked for.
        schema_version: Moves when this form changes in a way that a reader could stumble over.
    """

    stages: tuple[StageReview, ...]
    schema_version: int = SCHEMA_VERSION


def stage_review(
    stage: str,
    turns: Iterable[Turn],
    plans: Plans,
    *,
    ending: Ending = "planned",
    errors: Iterable[str] = (),
    on_removal: str = "archive",
) -> StageReview:
    """Put steps and records together; `on_removal` is the stage's own setting."""
    told = {(turn.kind, turn.name): turn for turn in turns}
    records = {(record.kind, record.name): record for record in plans.resources}
    found = {key: _reviewed(told.get(key), records.get(key), on_removal) for key in {**told, **records}}
    changed = sorted(
        (one for one in found.values() if one), key=lambda one: (ORDER.index(one.action), one.kind, one.name)
    )
    reviewed = {(one.kind, one.name) for one in changed}
    return StageReview(
        stage=stage,
        ending=ending,
        capability=tuple(one for key in sorted(reviewed & records.keys()) for one in widenings(records[key])),
        resources=tuple(changed),
        fan_out=_fan_out(changed, {record.name: _role(record) for record in plans.resources}),
        tests=_tests(plans.tests),
        unchanged=sum(turn.op == "same" for key, turn in told.items() if key not in reviewed),
        errors=tuple(errors),
    )


def _reviewed(turn: Turn | None, record: PlanRecord | None, on_removal: str) -> ResourceReview | None:
    """The review of one resource, or None where it stays as it is."""
    action = _action(turn, record)
    if action is None:
        return None
    if record is None or action == "delete":
        assert turn is not None  # noqa: S101 - an action comes from one of the two
        removal = (
            "no longer managed; it is left alone (onRemoval: retain)" if on_removal == "retain" else _removal(turn.kind)
        )
        return ResourceReview(turn.kind, turn.name, "", action, turn.version, turn.version, notes=(removal,))
    was = {_entry(path) for path in before(record, as_live)}
    now = {_entry(path) for path in leaves(record.desired)}
    return ResourceReview(
        kind=record.kind,
        name=record.name,
        file=record.file,
        action=action,
        recorded_version=record.recorded_version,
        live_version=record.live_version,
        next_version=next_version(action, record),
        changes=record.changes,
        added=tuple(sorted(filter(None, now - was))),
        removed=tuple(sorted(filter(None, was - now))),
        unknown=record.unknown,
        hidden=record.hidden,
        notes=record.notes,
    )


def _removal(kind: str) -> str:
    return "archived for ever" if kind in FACTS and FACTS[kind].removal == "archive" else "deleted"


def _action(turn: Turn | None, record: PlanRecord | None) -> Action | None:
    """What the engine says; where it was stopped, what the provider had decided by then."""
    if record and record.decision in {"conflict", "refused"}:
        return record.decision
    planned = {"update": "update", "replace": "replace", "gone": "replace"}
    done = turn.op if turn else planned.get(record.decision) if record else None
    return next((action for action in ORDER if action == done), None)


def next_version(action: Action, record: PlanRecord) -> str:
    """The version after the up: the API counts agents' versions, and makes up those of skills."""
    if action in {"create", "replace"}:
        return "1" if FACTS[record.kind].versioned else ""
    if action != "update" or not record.live_version:
        return ""
    if not (record.unknown or any(map(_is_written, record.changes))):
        return record.live_version
    return str(int(record.live_version) + 1) if record.live_version.isdigit() else "new"


def _is_written(change: FieldChange) -> bool:
    """Whether a change needs a request; one that is live already was only taken over into the file."""
    return change.desired is None or change.desired != change.live


def _entry(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the table's entry that a leaf belongs to, or nothing."""
    length = next((length for start, length in ENTRIES.items() if path[: length - 1] == tuple(start.split("."))), 0)
    if path[0] == "multiagent" and path[2:3] == ("predefined_agents",):
        length = 4
    return path[:length] if len(path) >= length else ()


def _role(record: PlanRecord) -> str:
    """The kind of a resource; an agent that names others is a roster."""
    multiagent = table(record.desired.get("multiagent"))
    members = [multiagent.get("agents"), *(table(one).get("predefined_agents") for one in multiagent.values())]
    return "roster" if any(members) else record.kind


def _fan_out(changed: Iterable[ResourceReview], roles: Mapping[str, str]) -> tuple[FanOut, ...]:
    """One entry for each resource that moves by itself, over all who follow it."""
    users: dict[str, set[str]] = {}
    followers: set[str] = set()
    for one in changed:
        followers |= {one.name} if one.only_follows else set()
        for change in one.changes:
            if change.source:
                users.setdefault(change.source, set()).add(one.name)
    return tuple(_reaching(name, reached(name, users), roles) for name in sorted(users.keys() - followers))


def _reaching(name: str, users: tuple[str, ...], roles: Mapping[str, str]) -> FanOut:
    kind = roles.get(name, "resource").replace("roster", "agent")
    return FanOut(kind, name, users, counted(roles.get(one, "resource") for one in users))


def _tests(record: TestsRecord | None) -> Tests:
    if record is None:
        return Tests()
    most = sum(test.most_usd for test in record.due)
    return Tests(record.due, record.total, most, record.cap_usd, record.coverage, record.standing)
