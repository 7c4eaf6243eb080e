"""From the provider's decision to a plan record. Pure functions; nothing is decided here.

Resources go by their names in a record, not by the API's ids, so that a skill that is only about to be made and one
that exists read alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.leaves import leaves, tree
from pulumi_managed_agents.kinds.live import is_gone
from pulumi_managed_agents.kinds.record import revision
from pulumi_managed_agents.preview.record import PENDING, SECRET, FieldChange, PlanRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.kinds.compare import Change
    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.leaves import Body, Leaves, Path
    from pulumi_managed_agents.kinds.plan import Subject
    from pulumi_managed_agents.kinds.record import Record
    from pulumi_managed_agents.preview.record import Decision, Vanished

VERSION_KEYS = ("version", "latest_version_id")


@dataclass(frozen=True)
class Wish:
    """What a resource is declared to be, as far as a preview can know it.

    Attributes:
        body: The request body, with names and `PENDING` where ids and versions are not known yet.
        pending: Top-level fields of `body` that hold something not known yet.
        unknown: Top-level fields left out of `body` because nothing in them can be told.
        hidden: Top-level fields that hold a secret.
        names: Names of resources by the API's ids.
        renewed: The top-level field and the name of each resource it refers to whose id is not known yet.
    """

    body: Body
    pending: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    names: Mapping[str, str] | None = None
    renewed: frozenset[tuple[str, str]] = frozenset()

    def named(self, value: Any) -> Any:
        """Names in the place of ids, also in a list; any other value as it is."""
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return (self.names or {}).get(value, value) if isinstance(value, str) else value

    def leaves(self, facts: Facts, body: Body, own_id: str = "") -> Leaves:
        """A body's effective leaves, by names and without secrets."""
        found = leaves(facts.effective(body, body, own_id))
        return {
            tuple(map(self.named, path)): self.named(value)
            for path, value in found.items()
            if path[0] not in self.hidden
        }


def checked(subject: Subject, wish: Wish) -> PlanRecord:
    """The record of a resource of which only the definition is known."""
    return PlanRecord(
        kind=subject.facts.kind,
        name=subject.name,
        file=subject.file,
        desired=tree(wish.leaves(subject.facts, wish.body)),
        unknown=tuple(sorted(wish.unknown)),
        hidden=tuple(sorted(wish.hidden)),
    )


def decided(
    subject: Subject,
    wish: Wish,
    record: Record,
    live: Body | None,
    decision: Decision,
    changes: Iterable[Change],
    notes: tuple[str, ...] = (),
) -> PlanRecord:
    """The record of a resource that was compared; `changes` are the planner's own."""
    own_id = str((live or {}).get("id", ""))
    known = _field_changes(wish, subject.facts, changes)
    told = {change.path for change in known}
    pending = _pending(wish, subject.facts, record, own_id)
    all_changes = [*known, *(one for one in pending if one.path not in told or one.source)]
    drifts = any(change.cause == "drift" for change in all_changes)
    return replace(
        checked(subject, wish),
        decision=decision,
        desired=tree(wish.leaves(subject.facts, wish.body, own_id)),
        changes=tuple(sorted(all_changes, key=lambda one: one.path)),
        recorded_version=_version(record.revision),
        live_version=_version(revision(live or {})),
        # A note tells what drifted, which the changes say as well, or what holds no change.
        notes=() if drifts and decision in {"update", "replace"} else notes,
    )


def seen(record: PlanRecord, subject: Subject, wish: Wish, live: Body | None, changes: Iterable[Change]) -> PlanRecord:
    """The record with all that somebody else did to the object: every one of its `changes` that came from outside."""
    at = (live or {}).get("archived_at") or (live or {}).get("updated_at") or ""
    outside = [one for one in _field_changes(wish, subject.facts, changes) if one.cause in {"drift", "conflict"}]
    vanished: Vanished = "" if not is_gone(live) else "archived" if live else "deleted"
    return replace(record, outside=tuple(outside), vanished=vanished, live_at=str(at))


def _field_changes(wish: Wish, facts: Facts, changes: Iterable[Change]) -> list[FieldChange]:
    """Changes by names; of a field that holds a secret only that it moved."""
    known, hidden = [], {}
    for change in changes:
        if change.path[0] in wish.hidden:
            hidden[change.path[0]] = FieldChange(change.path[:1], change.cause, SECRET, SECRET, SECRET)
        else:
            known.append(_named(wish, facts, change))
    return [*known, *hidden.values()]


def _named(wish: Wish, facts: Facts, change: Change) -> FieldChange:
    values: Iterable[Any] = (change.recorded, change.desired, change.live)
    if any(_fits(change.path, place) for place in facts.secrets):
        values = (None if value is None else SECRET for value in values)
    return FieldChange(tuple(map(wish.named, change.path)), change.cause, *map(wish.named, values))


def _fits(path: Path, place: Path) -> bool:
    """Whether a path leads to a place, in which ``*`` is any entry of a list."""
    return len(path) == len(place) and all(step in {part, "*"} for part, step in zip(path, place, strict=True))


def _pending(wish: Wish, facts: Facts, record: Record, own_id: str) -> Iterator[FieldChange]:
    """The changes in fields that the planner holds back until their ids and versions are known."""
    before = wish.leaves(facts, record.desired, own_id)
    after = wish.leaves(facts, wish.body, own_id)
    for path in sorted({*before, *after}):
        was, wanted = before.get(path), after.get(path)
        if path[0] in wish.pending and was != wanted:
            follows = wanted == PENDING and was is not None and len(path) > 1
            moved = str(after.get((*path[:-1], "id"), path[-2])) if follows else ""
            yield FieldChange(path, "new version" if moved else "edit", was, wanted, was, moved)
    for field, name in sorted(wish.renewed):
        for path in [one for one, value in before.items() if one[0] == field and name in (*one[1:], value)][:1]:
            place = path[: path.index(name) + 1] if name in path[1:] else path
            yield FieldChange(place, "new version", name, PENDING, name, name)


def _version(revision: Mapping[str, Any]) -> str:
    return next((str(revision[key]) for key in VERSION_KEYS if revision.get(key)), "")
