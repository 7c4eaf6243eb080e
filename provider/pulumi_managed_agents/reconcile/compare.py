"""The three-way comparison: desired, recorded and live, field by field, each change with its cause.

desired ≠ recorded is an *edit*; live ≠ recorded is *drift*; both on one field to different values is a *conflict*. A
text that has taken in what somebody changed live overwrites nothing, so it is an edit.
Desired is never held against live directly, since the API enriches what it is sent: that would show changes nobody
made. Pure functions; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from pulumi_managed_agents.reconcile.effective import FIELDS, desired_leaves, live_leaves, same
from pulumi_managed_agents.reconcile.fingerprint import is_digest, is_recorded
from pulumi_managed_agents.reconcile.leaves import LeafPath, Leaves, leaves
from pulumi_managed_agents.reconcile.merged_text import holds
from pulumi_managed_agents.reconcile.record import is_behind, moved
from pulumi_managed_agents.reconcile.secrets import rotated
from pulumi_managed_agents.reconcile.undeclared import is_declared, is_watched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.record import Record

Cause = Literal["edit", "drift", "conflict", "new version", "undeclared drift"]
UNDECLARED: Final = "undeclared drift"
"""The cause of drift in a field that no file names."""
OUTSIDE = frozenset({"drift", UNDECLARED, "conflict"})
"""The causes that lie outside the files and Pulumi."""


@dataclass(frozen=True)
class Change:
    """One field on which desired, recorded and live do not agree.

    Attributes:
        path: Where it is in the effective definition; lists are keyed by identity, and ids replaced by names.
        cause: Who wants it: the file, somebody outside (also in a field that no file names), both, or a new version.
        recorded: What was last applied, or a fingerprint of it; null is unset.
        desired: What the file says, or what undeclared drift is put back to; null is unset.
        live: What is live; null is unset.
        source: The name of the resource whose new version is the cause, or empty.
        items: Of a field that is recorded by a digest, what moved in it: ``SKILL.md changed``.
        diff: The lines of a diff of those items, where somebody is to review them.
        restores: Whether it is undeclared drift that an up puts back.
    """

    path: LeafPath
    cause: Cause
    recorded: Any = None
    desired: Any = None
    live: Any = None
    source: str = ""
    items: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    restores: bool = False

    @property
    def field(self) -> str:
        """The top-level field, which is what an update request can name."""
        return self.path[0]

    @property
    def is_live(self) -> bool:
        """Whether the desired value is live already, so that nothing has to be sent for it."""
        # Of a secret that leaves the file only its mark was recorded, and what is live of it nobody can see.
        hidden = self.desired is None and is_digest(self.recorded)
        return self.desired == self.live and not hidden


def compare(facts: Facts, desired: Body, record: Record, live: Body, ignore: Iterable[LeafPath] = ()) -> list[Change]:
    """Every field on which the three do not agree, by path.

    `ignore` holds paths (or the beginnings of paths) whose drift does not count. Drift in a field that neither the file
    nor the recorded definition names is undeclared; see `undeclared` for which of it counts.
    """
    declared = {**record.desired, **desired}
    own_id = str(live.get("id", ""))
    after = desired_leaves(facts, desired, own_id)
    before = desired_leaves(facts, record.desired, own_id)
    # An answer from before our own write does not show what is live: that is what was recorded.
    now = before if is_behind(record.revision, live) else _now(facts, record, live, desired, {*before} - {*after})
    drifted = set(_drift(facts, declared, record, live, ignore))
    paths = sorted({*after, *before, *now, *record.live})
    changes = [
        Change(path, cause, before.get(path, record.live.get(path)), after.get(path), now.get(path))
        for path in paths
        if (cause := _cause(path, after, before, now, drifted, named=is_declared(facts, path, declared)))
    ]
    named = (change if _is_named(facts, change, declared) else replace(change, cause=UNDECLARED) for change in changes)
    return [*named, *_rotations(facts, desired, record)]


def _now(facts: Facts, record: Record, live: Body, desired: Body, dropped: Collection[LeafPath]) -> Leaves:
    """What is live; of what the file says no more, such as a skill's version, as far as the recorded definition did."""
    seen = live_leaves(facts, live, record.desired) if dropped else {}
    return live_leaves(facts, live, desired) | {path: seen[path] for path in dropped if path in seen}


def _is_named(facts: Facts, change: Change, declared: Body) -> bool:
    return change.cause != "drift" or is_declared(facts, change.path, declared)


def _rotations(facts: Facts, desired: Body, record: Record) -> Iterator[Change]:
    """Another secret is an edit; which one it is, only its mark says. What is live cannot be seen."""
    for path, (before, now) in sorted(rotated(facts, desired, record.desired, record.sealed).items()):
        yield Change(path, "edit", before, now, None)


def _cause(
    path: LeafPath, after: Leaves, before: Leaves, now: Leaves, drifted: set[LeafPath], *, named: bool
) -> Cause | None:
    edited = not same(after.get(path), before.get(path))
    if path not in drifted:
        return "edit" if edited else None
    if edited:
        is_live_already = same(after.get(path), now.get(path)) or holds(
            before.get(path), after.get(path), now.get(path)
        )
        return "edit" if is_live_already else "conflict"
    # A field that no file names has no desired value, even where somebody set it to the API's default.
    return None if named and path in after and same(after[path], now.get(path)) else "drift"


def _drift(facts: Facts, declared: Body, record: Record, live: Body, ignore: Iterable[LeafPath]) -> Iterator[LeafPath]:
    has_moved = moved(record.revision, live)
    if is_behind(record.revision, live) or not (has_moved or record.standing):
        return
    tables = {table: field for field, table in facts.itemised.items()}
    ignored = (*facts.unsteady, *((tables.get(path[0], path[0]), *path[1:]) for path in ignore))
    now = live_leaves(facts, live, record.desired)
    for path in dict.fromkeys((*record.live, *now)):
        if not (has_moved or path[0] in record.standing) or any(path[: len(start)] == start for start in ignored):
            continue
        if not (is_declared(facts, path, declared) or is_watched(facts, record, path)):
            continue
        if not is_recorded(path, now.get(path), record.live.get(path), record.salt):
            yield path


def contains(facts: Facts, desired: Body, live: Body) -> bool:
    """Whether a live object already is what a body asks for, apart from what the API added."""
    now = live_leaves(facts, live, desired)
    after = leaves(facts.effective(desired, desired, str(live.get("id", ""))))
    return all(same(now.get(path), value) for path, value in after.items() if path not in facts.unsteady)


def is_exactly(facts: Facts, desired: Body, live: Body) -> bool:
    """Whether a live object is what a body asks for and, in the fields the body names, nothing else."""
    after = leaves(facts.effective(desired, desired, str(live.get("id", ""))))
    now = {path: value for path, value in live_leaves(facts, live, desired).items() if path[0] in desired}
    return all(same(after.get(path), now.get(path)) for path in {*after, *now} - {*facts.unsteady})


def unchangeable(facts: Facts, desired: Body, live: Body) -> list[LeafPath]:
    """The fields in which a live object is not what a body asks for and can never become it."""
    now = live_leaves(facts, live, desired)
    after = leaves(facts.effective(desired, desired, str(live.get("id", ""))))
    fixed = [path for path in facts.replaced_by if path[0] in desired and path != (facts.parent,)]
    return [path for path in fixed if not same(now.get(path), after.get(path)) and path not in facts.unsteady]


def is_applied(facts: Facts, changes: Collection[Change], desired: Body, before: Body, now: Body) -> bool:
    """Whether the changes, and no others, are what became of the object `before`: then the write was our own."""
    was, became = (live_leaves(facts, live, desired) for live in (before, now))
    written = {change.field for change in changes}
    others = [path for path in {*was, *became} if path[0] not in written and is_declared(facts, path, desired)]
    untouched = all(same(was.get(path), became.get(path)) for path in others)
    whole = live_leaves(facts, now, {})  # also what the file says no more
    return untouched and all(_reached(change, whole if change.desired is None else became) for change in changes)


def is_untouched(facts: Facts, before: Body, now: Body, desired: Body) -> bool:
    """Whether two live objects are the same in every field that a definition can set."""
    was, became = (live_leaves(facts, live, desired) for live in (before, now))
    paths = [path for path in {*was, *became} - {*facts.unsteady} if path[0] in {*FIELDS, *desired}]
    return all(same(was.get(path), became.get(path)) for path in paths)


def _reached(change: Change, now: Leaves) -> bool:
    """Whether a field is as desired."""
    # A field that left the file need only have changed: the API may have put its default there.
    if change.desired is None:
        return change.live is None or not same(now.get(change.path), change.live)
    return same(now.get(change.path), change.desired)


def replacing(facts: Facts, changes: Iterable[Change]) -> list[Change]:
    """The changes that the API cannot make to an existing object."""
    drift_causes = {"drift", UNDECLARED}
    return [change for change in changes if change.path in facts.replaced_by and change.cause not in drift_causes]
