"""The changes of a plan as rows: one per field, per entry of a list, or per group of tools that change alike.

What an up changes is shown from recorded to desired, what somebody else changed from recorded to live.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.compare import OUTSIDE
from pulumi_managed_agents.reconcile.fingerprint import is_digest
from pulumi_managed_agents.reconcile.leaves import LeafPath, leaves, tree
from pulumi_managed_agents.reconcile.plan import Plan, as_live
from pulumi_managed_agents.reconcile.wording import PENDING, SECRET, Difference, difference, excerpts, shown
from pulumi_managed_agents.schema.identity import entry_at
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, EVERY_OTHER, describe
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.reconcile.compare import Change

DISTINGUISHING = ("url", "version", "description", "model", "expression", "amount")
"""The few values that distinguish one entry of a table, or one object, from another."""

DRIFT = OUTSIDE - {"conflict"}

PUT_BACK = "will be put back"
LEFT = "is left as it is (onDrift: ignore)"
REPORTED = "is left as it is (onUndeclared: report)"
LASTING = "cannot be put back, since only a fingerprint of it is recorded: set it by hand, or name it in the file"


@dataclass(frozen=True)
class Row:
    """One line about a change, and the lines of a diff below it. `cause` says who wants it and what becomes of it.

    A new tool set has some twenty leaves, and a changed default moves every built-in tool: each becomes one row.
    """

    label: str
    difference: Difference
    cause: str

    @property
    def text(self) -> str:
        """The change where its diff is below it."""
        return self.difference.text

    @property
    def diff(self) -> tuple[str, ...]:
        """The lines of a unified diff, where long texts changed."""
        return self.difference.diff


def rows(plan: Plan) -> list[Row]:
    """The changes of a plan, those left as they are last; none of a resource that is new, since all of it is."""
    if plan.decision in {"create", "delete"}:
        return []
    return rows_of(plan, (*plan.changes, *plan.left))


def rows_of(plan: Plan, changes: Iterable[Change]) -> list[Row]:
    """Some of a plan's changes: one row per field, entry, object that goes, or group of tools that change alike."""
    whole: dict[tuple[bool, LeafPath], list[Change]] = {}
    clashes: dict[LeafPath, list[Change]] = {}
    single: list[Change] = []
    come_or_go = {
        outside: _objects_gone(plan, outside=outside) | _made(plan, outside=outside) for outside in (False, True)
    }
    clashing = {_entry(plan, change.path) for change in (*plan.changes, *plan.left) if change.cause == "conflict"}
    clashing = {entry for entry in clashing if entry in come_or_go[False] or entry in come_or_go[True]}
    for change in changes:
        is_drift = change.cause in DRIFT
        entry = next((path for path in come_or_go[is_drift] if change.path[: len(path)] == path), None)
        if (clash := _entry(plan, change.path)) in clashing:
            clashes.setdefault(clash, []).append(change)
        elif entry is None:
            single.append(change)
        else:
            whole.setdefault((is_drift, entry), []).append(change)
    entries = [
        _entry_row(plan, entry, found, come_or_go[is_drift][entry]) for (is_drift, entry), found in whole.items()
    ]
    rows = [_clash_row(plan, entry, found) for entry, found in clashes.items()]
    return [*rows, *entries, *(_row(plan, group) for group in _alike(single))]


def added(plan: Plan) -> tuple[LeafPath, ...]:
    """Entries of tables (a tool, a server, a skill) that are new as a whole, by path."""
    return tuple(path for path, is_new in _made(plan, outside=False).items() if is_new)


def removed(plan: Plan) -> tuple[LeafPath, ...]:
    """Entries of tables that go as a whole, by path."""
    return tuple(path for path, is_new in _made(plan, outside=False).items() if not is_new)


def _made(plan: Plan, *, outside: bool) -> dict[LeafPath, bool]:
    """The entries that come (true) or go as a whole: from what is live to what is desired, or from recorded to live."""
    recorded: Callable[[Change], Any] = lambda change: change.recorded  # noqa: E731 - one of two sides
    plan = plan if outside else replace(plan, left=(), undeclared={})  # of what is left, an up changes nothing
    was = {_entry(plan, path) for path in plan.side(recorded if outside else as_live)}
    now = {_entry(plan, path) for path in (plan.side(as_live) if outside else leaves(plan.desired))}
    return {path: path in now for path in sorted(was ^ now) if path}


def _objects_gone(plan: Plan, *, outside: bool) -> dict[LeafPath, bool]:
    """The fields that are objects and go as a whole, and not entry by entry as lists do, nor key by key as metadata."""
    plan = plan if outside else replace(plan, left=(), undeclared={})  # of what is left, an up changes nothing
    by_entry = {"metadata", *(entries.place[0] for entries in plan.entries if len(entries.place) == 1)}
    sides: tuple[Callable[[Change], Any], ...] = (
        lambda change: change.recorded,
        as_live,
        lambda change: change.desired,
    )
    was, now = (plan.side(side) for side in (sides[:2] if outside else sides[1:]))
    left = {path[0] for path in now} | {path[0] for path in was if len(path) == 1}
    return {(name,): False for name in sorted({path[0] for path in was} - left - by_entry)}


def _entry(plan: Plan, path: LeafPath) -> LeafPath:
    """The path of the table's entry that a leaf belongs to, or nothing; a leaf that is an entry speaks for itself."""
    entry = entry_at(plan.entries, path)
    return entry if len(entry) < len(path) else ()


def _entry_row(plan: Plan, entry: LeafPath, changes: list[Change], is_new: bool) -> Row:
    def value(change: Change) -> Any:
        if change.cause in DRIFT:
            return change.live if is_new else change.recorded
        return change.desired if is_new else as_live(change)

    details = {change.path[len(entry) :]: value(change) for change in changes}
    line = f"{'added' if is_new else 'removed'}{_summary(plan, entry, details)}"
    return Row(spelled(entry), Difference(line), _cause(plan, changes[0]))


def _clash_row(plan: Plan, entry: LeafPath, changes: list[Change]) -> Row:
    """An entry that one side removed and the other changed."""
    desired = any(path[: len(entry)] == entry for path in leaves(plan.desired))
    line = "changed in the file, removed outside" if desired else "removed in the file, changed outside"
    conflict = next((change for change in changes if change.cause == "conflict"), changes[0])
    return Row(spelled(entry), Difference(line), _cause(plan, conflict))


def _summary(plan: Plan, entry: LeafPath, details: Mapping[LeafPath, Any]) -> str:
    if entry[0] == "tools" and all(len(key) == 2 for key in details):
        return f" ({describe(tree(details), built_in=entry[1] == BUILT_IN_SET)})"
    inside = {key: _entry(plan, (*entry, *key))[len(entry) :] for key in details}
    names = dict.fromkeys(visible(steps[-1]) for steps in inside.values() if steps)
    own = [value for key, value in details.items() if key and key[-1] in DISTINGUISHING and not inside[key]]
    words = [*names, *(shown(value) for value in own if value != PENDING)]
    return f" ({', '.join(words)})" if words else ""


def _alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes of several tools of one set that are the same change."""
    groups: dict[Any, list[Change]] = {}
    for place, change in enumerate(changes):
        key: Any = place
        if change.path[0] == "tools" and len(change.path) == 4:
            values = (change.recorded, change.desired, change.live)
            key = (change.path[1], change.path[3], change.cause, repr(values))
        groups.setdefault(key, []).append(change)
    return list(groups.values())


def _row(plan: Plan, group: list[Change]) -> Row:
    """The field of a single change, or all tools that share one."""
    first = group[0]
    label = spelled(first.path)
    if len(group) > 1:
        tools = [change.path[2] for change in group if change.path[1] != BUILT_IN_SET or change.path[2] != EVERY_OTHER]
        names = "{" + ", ".join(tools) + "}" if len(tools) > 1 else tools[0]
        label = spelled((*first.path[:2], names, first.path[3]))
    return Row(label, _difference(first), _cause(plan, first))


def _difference(change: Change) -> Difference:
    if SECRET in (change.recorded, change.desired, change.live):
        goes = change.desired is None and change.cause == "edit"
        new = change.recorded is None and change.live is None
        return Difference(
            "no secret any more" if goes else "a secret, where there was none" if new else "another secret"
        )
    if change.items:
        return Difference(", ".join(map(visible, change.items)), diff=change.diff)
    if change.path == ("digest",) and change.cause in OUTSIDE:
        return Difference("other ones than ours")
    if change.cause == "conflict":
        return _three_sides(change)
    return difference(change.recorded, change.live if change.cause in DRIFT else change.desired)


def _three_sides(change: Change) -> Difference:
    """All three values; of long texts what the file made of the recorded one, and what somebody else did."""
    was, desired, live = excerpts(change.recorded, change.desired, change.live)
    line = f"was {was}, the file says {desired}, live is {live}"
    file, outside = (difference(change.recorded, now) for now in (change.desired, change.live))
    if is_digest(change.recorded) or not (file.diff or outside.diff):
        return Difference(line, diff=difference(change.live, change.desired).diff)
    diff = ("in the file:", *(file.diff or [file.text]), "outside:", *(outside.diff or [outside.text]))
    return Difference(line, f"the file {file.text}; outside {outside.text}", diff)


def spelled(path: LeafPath) -> str:
    """A path as people write it; the built-in tools need no name of their set."""
    shorter = (path[0], *path[2:]) if path[:2] == ("tools", BUILT_IN_SET) and len(path) > 2 else path
    names = {("digest",): "files", ("tools", BUILT_IN_SET): "tools.built-in"}
    return visible(names.get(shorter) or ".".join(shorter))


def _cause(plan: Plan, change: Change) -> str:
    """Who wants a change, and what becomes of one that somebody else made."""
    if change.cause == "new version":
        return f"new version of {visible(change.source)}"
    if change.cause in DRIFT:
        becomes = "" if plan.decision == "refused" else fate(plan, change)
        return f"{change.cause}: {becomes}" if becomes else change.cause
    if change.cause == "edit" and change.is_live and change.live != change.recorded:
        return "edit" if SECRET in (change.desired, change.recorded) else "edit: live already"
    return "conflict, accepted: the file wins" if change.cause == "conflict" and not plan.stops else change.cause


def fate(plan: Plan, change: Change) -> str:
    """What becomes of a change that somebody else made."""
    if change not in plan.left:
        return PUT_BACK
    return LEFT if change.cause == "drift" else LASTING if plan.lasting else REPORTED
