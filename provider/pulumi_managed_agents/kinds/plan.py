"""What an update of one resource would do, and what a person is told about it beforehand. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.kinds.compare import Change, compare, replacing
from pulumi_managed_agents.kinds.excerpt import excerpts
from pulumi_managed_agents.kinds.fingerprint import fingerprint
from pulumi_managed_agents.kinds.leaves import dotted
from pulumi_managed_agents.kinds.live import is_gone
from pulumi_managed_agents.kinds.record import live_leaves, revision, version_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.leaves import Body, Leaves, Path
    from pulumi_managed_agents.kinds.policy import Policy
    from pulumi_managed_agents.kinds.record import Record


@dataclass(frozen=True)
class Subject:
    """Which resource is spoken of: its kind's facts, its name, its file, its mark, and whose drift to ignore.

    `hidden` are the fields that hold secrets, `besides` the ids of other resources' objects that bear the same mark.
    `replaces` is the id of the recorded object whose place a new one takes; where the state is `unread`, nobody knows.
    """

    facts: Facts
    name: str
    file: str = ""
    mark: str = ""
    ignore: tuple[Path, ...] = ()
    hidden: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    replaces: str = ""
    unread: bool = False

    def __str__(self) -> str:
        return f"{self.facts.kind} '{self.name}'" + (f" ({self.file})" if self.file else "")


@dataclass(frozen=True)
class Plan:
    """The outcome for one resource: nothing, an update, or a replacement; `notes` are for the person who watches.

    `own_doing` says that what became of the live object is our own doing, and no drift.
    """

    changes: tuple[Change, ...] = ()
    replaces: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    own_doing: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.changes and not self.replaces


def plan(subject: Subject, desired: Body, record: Record, live: Body | None, rules: Policy) -> Plan:
    """Decide by cause and policy.

    Raises:
        Conflict: file and live were both changed, to different values, and nobody accepted that.
        Refused: something drifted and the policy is to fail.
    """
    if live is None or is_gone(live):
        return _gone(subject, live, rules)
    changes = compare(subject.facts, desired, record, live, subject.ignore)
    drifted = [change for change in changes if change.cause == "drift"]
    if drifted and rules.on_drift == "fail":
        raise Refused(told(subject, drifted, record, live, "managed-agents:onDrift is 'fail'; take it over or undo it"))
    conflicts = [change for change in changes if change.cause == "conflict"]
    if conflicts and _label(subject, live) not in rules.accepted:
        raise Conflict(_conflict(subject, conflicts, record, live))
    return _decided(subject, changes, drifted, record, live, rules)


def _decided(
    subject: Subject, changes: list[Change], drifted: list[Change], record: Record, live: Body, rules: Policy
) -> Plan:
    ignored = rules.on_drift == "ignore"
    outcome = "is left as it is (onDrift: ignore)" if ignored else "will be put back"
    kept = [change for change in changes if not (ignored and change.cause == "drift")]
    return Plan(
        changes=tuple(kept),
        replaces=tuple(dict.fromkeys(change.field for change in replacing(subject.facts, kept))),
        notes=(told(subject, drifted, record, live, outcome),) if drifted else (),
    )


def _gone(subject: Subject, live: Body | None, rules: Policy) -> Plan:
    if rules.on_drift == "fail":
        raise Refused(vanished(subject, live, "managed-agents:onDrift is 'fail'; 'heal' makes a new one"))
    if rules.on_drift == "ignore":
        return Plan(notes=(vanished(subject, live, "is left so (onDrift: ignore)"),))
    return Plan(replaces=("name",), notes=(vanished(subject, live, "a new one will be made"),))


def vanished(subject: Subject, live: Body | None, outcome: str) -> str:
    """One line on an object that no longer serves, and what becomes of it."""
    how = f"archived outside Pulumi ({_time(live['archived_at'])})" if live else "deleted outside Pulumi"
    return f"{subject} was {how}; {outcome}"


def told(subject: Subject, changes: list[Change], record: Record, live: Body, outcome: str) -> str:
    """One line on what somebody else changed: fields, values, versions, and what becomes of it."""
    fields = differing(subject, changes, record, live)
    return f"{subject} was changed outside Pulumi{versions(record.revision, live)}: {fields}; {outcome}"


def differing(subject: Subject, changes: list[Change], record: Record, live: Body) -> str:
    """What was recorded and what is live instead, field by field."""
    return "; ".join(_differing(subject, change, record, live) for change in changes)


def _differing(subject: Subject, change: Change, record: Record, live: Body) -> str:
    if change.field in subject.hidden:
        return f"{dotted(change.path)} (a secret, not shown)"
    if change.field in subject.facts.itemised:
        moved_now = moved_items(subject.facts, change.field, record, live_leaves(subject.facts, live, record.desired))
        return ", ".join(moved_now) or f"its {subject.facts.itemised[change.field]}"
    return f"{dotted(change.path)} {' → '.join(excerpts(change.recorded, change.live))}"


def moved_items(facts: Facts, field: str, record: Record, leaves: Leaves) -> tuple[str, ...]:
    """The entries of a field's table that moved, ``a/x.py changed`` or ``new.md added``; none if that is unknown."""
    table = facts.itemised[field]
    now = {path: one for path, one in leaves.items() if path[0] == table}
    before = {path: one for path, one in record.live.items() if path[0] == table}
    return tuple(
        f"{'/'.join(path[1:])} {'added' if path not in before else 'changed' if path in now else 'removed'}"
        for path in sorted({*before, *now} if before and now else ())
        if before.get(path) != fingerprint(path, now.get(path), record.salt)
    )


def _conflict(subject: Subject, changes: list[Change], record: Record, live: Body) -> str:
    fields = "; ".join(_three_sides(subject, change, record, live) for change in changes)
    return (
        f"{subject} was changed both in its file and outside Pulumi{versions(record.revision, live)}: {fields}. Take "
        f"the live value over into the file, or let the file win with managed-agents:acceptConflicts: "
        f'["{_label(subject, live)}"]'
    )


def _three_sides(subject: Subject, change: Change, record: Record, live: Body) -> str:
    if change.field in {*subject.hidden, *subject.facts.itemised}:
        return _differing(subject, change, record, live)
    was, desired, live_now = excerpts(change.recorded, change.desired, change.live)
    return f"{dotted(change.path)} was {was}, the file says {desired}, live is {live_now}"


def _label(subject: Subject, live: Body) -> str:
    """What accepts a conflict, and stops doing so as soon as the live object moves again."""
    return f"{subject.name}@{next(iter(revision(live).values()), None)}"


def versions(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The versions of two revisions and the time of the later one, where they differ, in parentheses; else nothing."""
    was, is_now = (version_number(one.get("version")) or one.get("latest_version_id") for one in (before, now))
    told = [f"version {was} → {is_now}"] if was and is_now and was != is_now else []
    at = str(now.get("updated_at") or "")
    if at and at != before.get("updated_at"):
        told.append(f"last changed {_time(at)}")
    return f" ({', '.join(told)})" if told else ""


def _time(at: str) -> str:
    """A time of the API, in whatever zone it is given, as people read it."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return at
