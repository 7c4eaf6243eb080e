"""A stage's review, put together of what the engine would do and why the provider decided so.

What is done comes from the engine's steps, why from the provider's plan records; deletions are known from steps only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions.identity import entry_at
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.leaves import leaves
from pulumi_managed_agents.kinds.reach import by_kind, reached
from pulumi_managed_agents.preview.capability import widenings
from pulumi_managed_agents.preview.capability.widening import table
from pulumi_managed_agents.preview.review import ORDER, FanOut, ResourceReview, StageReview, Tests
from pulumi_managed_agents.preview.sides import as_live, before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.preview.record import FieldChange, PlanRecord, Plans, TestsRecord
    from pulumi_managed_agents.preview.review import Action, Ending


@dataclass(frozen=True)
class Turn:
    """What an engine would do with a resource; `version` is the recorded one, or empty."""

    op: str
    kind: str
    name: str
    version: str = ""


def stage_review(
    stage: str,
    turns: Iterable[Turn],
    plans: Plans,
    *,
    ending: Ending = "planned",
    complete: bool = True,
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
        complete=complete,
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
    was = {_entry(record.kind, path) for path in before(record, as_live)}
    now = {_entry(record.kind, path) for path in leaves(record.desired)}
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
        items=record.items,
        vanished=record.vanished,
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


def _entry(kind: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the table's entry that a leaf belongs to, or nothing; a leaf that is an entry speaks for itself."""
    entry = entry_at(kind, path)
    return entry if len(entry) < len(path) else ()


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
    return FanOut(kind, name, users, by_kind(roles.get(one, "resource") for one in users))


def _tests(record: TestsRecord | None) -> Tests:
    if record is None:
        return Tests()
    most = sum(test.most_usd for test in record.due)
    return Tests(record.due, record.total, most, record.cap_usd, record.coverage, record.standing)
