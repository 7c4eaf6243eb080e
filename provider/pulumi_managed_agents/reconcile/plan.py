"""The plan for one resource: what an up would do to it, and why.

The provider's `diff` makes it, once. What people and programs read of it, in a message, a review, a report of drift or
an error, is a rendering of this one value. Resources go by their names in it, not by the API's ids, so that a skill
that is only about to be made and one that exists read alike; nothing in it is secret. Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.reconcile.compare import OUTSIDE, Change, compare, replacing
from pulumi_managed_agents.reconcile.fingerprint import fingerprint, is_digest
from pulumi_managed_agents.reconcile.leaves import Body, is_blank, leaves, tree
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.observed import live_leaves
from pulumi_managed_agents.reconcile.record import revision, version_number
from pulumi_managed_agents.reconcile.wording import PENDING, SECRET
from pulumi_managed_agents.schema.identity import Entries  # noqa: TC001 - the JSON Schemas of reports resolve it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.config.policy import Policy
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import LeafPath, Leaves
    from pulumi_managed_agents.reconcile.record import Record

Decision = Literal["conflict", "refused", "replace", "delete", "update", "create", "same"]
"""What an up does with a resource, most urgent first; the first two stop it."""
Vanished = Literal["", "archived", "deleted"]


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
    ignore: tuple[LeafPath, ...] = ()
    hidden: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    replaces: str = ""
    unread: bool = False

    def __str__(self) -> str:
        return f"{self.facts.kind} '{self.name}'" + (f" ({self.file})" if self.file else "")


@dataclass(frozen=True)
class DeclaredInputs:
    """What a resource is declared to be, as far as a preview can know it.

    Attributes:
        body: The request body, with names and `PENDING` where ids and versions are not known yet.
        pending: Top-level fields of `body` that hold something not known yet.
        unknown: Top-level fields left out of `body` because nothing in them can be told.
        names: Names of resources by the API's ids.
        renewed: The top-level field and the name of each resource it refers to whose id is not known yet.
    """

    body: Body
    pending: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    renewed: frozenset[tuple[str, str]] = frozenset()

    def named(self, value: Any) -> Any:
        """Names in the place of ids, also in a list; any other value as it is."""
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def leaves(self, subject: Subject, body: Body, own_id: str = "") -> Leaves:
        """A body's effective leaves, by names and without secrets."""
        found = leaves(subject.facts.effective(body, body, own_id))
        return {
            tuple(map(self.named, path)): self.named(value)
            for path, value in found.items()
            if path[0] not in subject.hidden
        }


@dataclass(frozen=True)
class Plan:
    """What an up would do to one resource.

    Attributes:
        kind: Its kind.
        name: Its name.
        file: Its definition file, or empty.
        decision: What will be done; ``conflict`` and ``refused`` stop the up, ``same`` leaves it as it is.
        desired: The effective form of what the file says.
        changes: Every field that changes.
        left: Every field that somebody else changed and that the up leaves as it is.
        replaces: The fields for whose sake a new object takes the place of this one.
        recorded_version: The version last applied, or empty.
        recorded_at: When it was last applied, as the API says, or empty.
        live_version: The version that is live, or empty.
        live_at: When it was last changed or archived, as the API says, or empty. The API does not say by whom.
        next_version: The version after the up as far as it can be told, or empty; ``new`` where only the API counts.
        vanished: How somebody else took it away, or empty.
        lost: What becomes for ever of the object that is live, or empty.
        acceptance: What accepts its conflict, in ``managed-agents:acceptConflicts``, or empty.
        adopts: The id of the object that it takes over, or empty.
        waits: Why it is not made yet, or empty.
        resumes: Whether an up goes on with a replacement of ours that an earlier run began, so that nothing is drift.
        remark: What else is to be said of it, or empty.
        unknown: Fields of which nothing is known before the up.
        hidden: Fields that hold a secret and are not shown.
        entries: What identifies the entries of the lists of its kind, by which its changes are put together.
    """

    kind: str = ""
    name: str = ""
    file: str = ""
    decision: Decision = "same"
    desired: Body = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    replaces: tuple[str, ...] = ()
    recorded_version: str = ""
    recorded_at: str = ""
    live_version: str = ""
    live_at: str = ""
    next_version: str = ""
    vanished: Vanished = ""
    lost: str = ""
    acceptance: str = ""
    adopts: str = ""
    waits: str = ""
    resumes: bool = False
    remark: str = ""
    unknown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    entries: tuple[Entries, ...] = field(default=(), repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return self.decision == "same"

    @property
    def stops(self) -> bool:
        """Whether an up cannot go on."""
        return self.decision in {"conflict", "refused"}

    @property
    def outside(self) -> tuple[Change, ...]:
        """Every field that somebody else changed."""
        return tuple(change for change in (*self.changes, *self.left) if change.cause in OUTSIDE)

    @property
    def is_changed_outside(self) -> bool:
        """Whether somebody else changed a field of it, or took it away."""
        return bool(self.vanished or self.outside)

    @property
    def only_follows(self) -> bool:
        """Whether nothing of its own changes: it takes a new version of what it uses."""
        followed = bool(self.changes) and all(change.cause == "new version" for change in self.changes)
        return (
            self.decision == "update" and followed and not (self.vanished or self.left or self.unknown or self.hidden)
        )

    @property
    def items(self) -> tuple[str, ...]:
        """Of fields that are recorded by a digest, what moves in them: ``SKILL.md changed``."""
        return tuple(item for change in self.changes for item in change.items)

    @property
    def before(self) -> Body:
        """The effective form of what was last applied, without what only a fingerprint is known of."""
        return tree(self.side(_as_recorded))

    @property
    def live(self) -> Body:
        """The effective form of what is live."""
        return tree(self.side(as_live))

    def side(self, value: Callable[[Change], Any]) -> Leaves:
        """The leaves of a side that `value` tells from a change: what is desired with every change taken back."""
        table = leaves(self.desired) | {change.path: value(change) for change in (*self.changes, *self.left)}
        return {path: leaf for path, leaf in table.items() if not is_blank(leaf)}


def _as_recorded(change: Change) -> Any:
    if is_digest(change.recorded):
        return None if change.cause in OUTSIDE else change.live
    return change.recorded


def as_live(change: Change) -> Any:
    """What is live now; where nobody else changed anything, that is what was recorded."""
    return change.live if change.cause in OUTSIDE else _as_recorded(change)


def creation(subject: Subject, declared: DeclaredInputs, adopts: str = "") -> Plan:
    """The plan for a resource that is new."""
    return settled(replace(_about(subject, declared), adopts=adopts), "create", subject.facts)


def plan(
    subject: Subject,
    desired: Body,
    record: Record,
    live: Body | None,
    rules: Policy,
    declared: DeclaredInputs | None = None,
) -> Plan:
    """Decide by cause and policy; `declared` has the names and what is not known yet, where there is any of these."""
    known = declared or DeclaredInputs(desired)
    moves = bool(known.pending or known.unknown)
    if live is None or is_gone(live):
        gone = _compared(subject, known, record, live, _pending(subject, known, record, live))
        if rules.on_drift == "heal":
            return settled(replace(gone, replaces=("name",)), "replace", subject.facts)
        left: Decision = "update" if moves else "same"
        return settled(gone, "refused" if rules.on_drift == "fail" else left, subject.facts)
    found = compare(subject.facts, desired, record, live, subject.ignore)
    moving = _moving(found, rules)
    replaces = tuple(dict.fromkeys(change.field for change in replacing(subject.facts, moving)))
    stop = _stop(subject, found, live, rules)
    edited = subject.facts.operations.itemised(desired) if declared and _edits_items(subject, found) else {}
    told = _told(subject, known, record, live, found, edited)
    ignored = [one for one in told if one.cause == "drift"] if rules.on_drift == "ignore" else []
    known_paths = {one.path for one in told}
    waiting = _pending(subject, known, record, live)
    changes = [one for one in told if one not in ignored]
    changes += [one for one in waiting if one.path not in known_paths or one.source]
    made = replace(
        _compared(subject, known, record, live, changes),
        left=tuple(ignored),
        replaces=replaces,
        acceptance=_acceptance(subject, live) if stop == "conflict" else "",
    )
    going_on: Decision = "replace" if replaces else "update" if moving or moves else "same"
    return settled(made, stop or going_on, subject.facts)


def changes_to_make(subject: Subject, desired: Body, record: Record, live: Body, rules: Policy) -> tuple[Change, ...]:
    """The changes of a plan that goes on as an update needs them, with ids and secrets in them."""
    return tuple(_moving(compare(subject.facts, desired, record, live, subject.ignore), rules))


def observed(subject: Subject, record: Record, live: Body | None, declared: DeclaredInputs | None = None) -> Plan:
    """What somebody else made of an object since it was recorded; nothing is planned."""
    known = declared or DeclaredInputs(record.desired)
    if live is None or is_gone(live):
        return _compared(subject, known, record, live, ())
    found = compare(subject.facts, record.desired, record, live, subject.ignore)
    # The entries of a table are told with the field that stands for it.
    drifted = [one for one in found if one.cause == "drift" and one.field not in subject.facts.itemised.values()]
    left = tuple(_told(subject, known, record, live, drifted, {}))
    return replace(_compared(subject, known, record, live, ()), left=left)


def resumption(
    subject: Subject, record: Record, live: Body | None, field: str, remark: str, declared: DeclaredInputs
) -> Plan:
    """The plan that goes on with a replacement of ours which an earlier run began, for the sake of `field`."""
    begun = replace(_compared(subject, declared, record, live, ()), vanished="", replaces=(field,))
    return settled(replace(begun, resumes=True, remark=remark), "replace", subject.facts)


def settled(plan: Plan, decision: Decision, facts: Facts) -> Plan:
    """The plan with a decision and what follows from it: the next version, and what is lost for ever."""
    gone = decision == "delete" or (decision == "replace" and not plan.vanished)
    lost = facts.fate if gone else ""
    return replace(plan, decision=decision, next_version=_next_version(plan, decision, facts), lost=lost)


def _next_version(plan: Plan, decision: Decision, facts: Facts) -> str:
    """The version after the up: the API counts agents' versions, and makes up those of skills."""
    if decision in {"create", "replace"}:
        return "1" if facts.versioned else ""
    if decision != "update" or not plan.live_version:
        return ""
    if not (plan.unknown or any(map(_is_written, plan.changes))):
        return plan.live_version
    return str(int(plan.live_version) + 1) if plan.live_version.isdigit() else "new"


def _is_written(change: Change) -> bool:
    """Whether a change needs a request; one that is live already was only taken over into the file."""
    return change.desired is None or change.desired == SECRET or change.desired != change.live


def _moving(changes: Iterable[Change], rules: Policy) -> list[Change]:
    return [one for one in changes if not (rules.on_drift == "ignore" and one.cause == "drift")]


def _stop(subject: Subject, changes: Iterable[Change], live: Body, rules: Policy) -> Decision | None:
    causes = {change.cause for change in changes}
    if "drift" in causes and rules.on_drift == "fail":
        return "refused"
    return "conflict" if "conflict" in causes and _acceptance(subject, live) not in rules.accepted else None


def _acceptance(subject: Subject, live: Body) -> str:
    """What accepts a conflict, and stops doing so as soon as the live object moves again."""
    return f"{subject.name}@{next(iter(revision(live).values()), None)}"


def _about(subject: Subject, declared: DeclaredInputs, own_id: str = "") -> Plan:
    """The part of a plan that only a definition tells."""
    return Plan(
        kind=subject.facts.kind,
        name=subject.name,
        file=subject.file,
        desired=tree(declared.leaves(subject, declared.body, own_id)),
        unknown=tuple(sorted(declared.unknown)),
        hidden=tuple(sorted(subject.hidden)),
        entries=subject.facts.entries,
    )


def _compared(
    subject: Subject, declared: DeclaredInputs, record: Record, live: Body | None, changes: Iterable[Change]
) -> Plan:
    """A plan without a decision for a resource that was held against its live object."""
    now = live or {}
    return replace(
        _about(subject, declared, str(now.get("id", ""))),
        changes=tuple(sorted(changes, key=lambda one: one.path)),
        recorded_version=_version(record.revision),
        recorded_at=str(record.revision.get("updated_at") or ""),
        live_version=_version(revision(now)),
        live_at=str(now.get("archived_at") or now.get("updated_at") or ""),
        vanished="" if not is_gone(live) else "archived" if live else "deleted",
    )


def _version(revision: Mapping[str, Any]) -> str:
    return str(version_number(revision.get("version")) or revision.get("latest_version_id") or "")


def _told(
    subject: Subject,
    declared: DeclaredInputs,
    record: Record,
    live: Body,
    changes: Iterable[Change],
    edited: Body,
) -> list[Change]:
    """Changes by names; of a secret only that it moved, of a digest what moved in what it stands for.

    `edited` holds the tables that the digests of a definition stand for.
    """
    told: list[Change] = []
    hidden: dict[str, Change] = {}
    for change in changes:
        if change.field in subject.hidden:
            hidden[change.field] = Change(change.path[:1], change.cause, SECRET, SECRET, SECRET)
            continue
        values = [change.recorded, change.desired, change.live]
        if any(_fits(change.path, place) for place in subject.facts.secrets):
            values = [None if value is None else SECRET for value in values]
        path = tuple(map(declared.named, change.path))
        items: tuple[str, ...] = ()
        if change.field in subject.facts.itemised:
            is_outside = change.cause in OUTSIDE
            now = live_leaves(subject.facts, live, record.desired) if is_outside else leaves(edited)
            items = _moved_items(subject.facts, change.field, record, now)
        recorded, desired, seen = map(declared.named, values)
        told.append(Change(path, change.cause, recorded, desired, seen, items=items))
    return [*told, *hidden.values()]


def _edits_items(subject: Subject, changes: Iterable[Change]) -> bool:
    return any(one.field in subject.facts.itemised and one.cause == "edit" for one in changes)


def _moved_items(facts: Facts, field: str, record: Record, now: Leaves) -> tuple[str, ...]:
    """The entries of a field's table that moved, ``a/x.py changed`` or ``new.md added``; none if that is unknown."""
    table = facts.itemised[field]
    after = {path: one for path, one in now.items() if path[0] == table}
    before = {path: one for path, one in record.live.items() if path[0] == table}
    return tuple(
        f"{'/'.join(path[1:])} {'added' if path not in before else 'changed' if path in after else 'removed'}"
        for path in sorted({*before, *after} if before and after else ())
        if before.get(path) != fingerprint(path, after.get(path), record.salt)
    )


def _fits(path: LeafPath, place: LeafPath) -> bool:
    """Whether a path leads to a place, in which ``*`` is any entry of a list."""
    return len(path) == len(place) and all(step in {part, "*"} for part, step in zip(path, place, strict=True))


def _pending(subject: Subject, declared: DeclaredInputs, record: Record, live: Body | None) -> list[Change]:
    """The changes in fields that are held back until their ids and versions are known."""
    if not (declared.pending or declared.renewed):
        return []
    own_id = str((live or {}).get("id", ""))
    before = declared.leaves(subject, record.desired, own_id)
    after = declared.leaves(subject, declared.body, own_id)
    found = [
        _awaited(path, before.get(path), after)
        for path in sorted({*before, *after})
        if path[0] in declared.pending and before.get(path) != after.get(path)
    ]
    for top, name in sorted(declared.renewed):
        for path in [one for one, value in before.items() if one[0] == top and name in (*one[1:], value)][:1]:
            place = path[: path.index(name) + 1] if name in path[1:] else path
            found.append(Change(place, "new version", name, PENDING, name, name))
    return found


def _awaited(path: LeafPath, was: Any, after: Leaves) -> Change:
    """A change in such a field; a version that replaces another is that of the resource beside it."""
    wanted = after.get(path)
    follows = wanted == PENDING and was is not None and len(path) > 1
    moved = str(after.get((*path[:-1], "id"), path[-2])) if follows else ""
    return Change(path, "new version" if moved else "edit", was, wanted, was, moved)
