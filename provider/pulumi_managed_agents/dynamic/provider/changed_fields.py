"""The changes of a plan as places among the inputs of its resource, which is what an engine can mark.

A plan spells fields in the effective form, in which the entries of a list go by identity. Inputs know positions, and
leave out what the API fills in: a change that has no place is reported at the nearest place above it.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.provider.handler import ChangedField
from pulumi_managed_agents.reconcile.leaves import is_blank
from pulumi_managed_agents.reconcile.plan_rows import DRIFT
from pulumi_managed_agents.schema.identity import body_path, entry_at
from pulumi_managed_agents.schema.paths import at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.dynamic.provider.handler import ChangeKind, Path
    from pulumi_managed_agents.reconcile.compare import Change
    from pulumi_managed_agents.reconcile.leaves import LeafPath
    from pulumi_managed_agents.reconcile.plan import Plan

Props = dict[str, Any]


def changed_fields(plan: Plan, olds: Props, news: Props, unknown: Iterable[str] = ()) -> tuple[ChangedField, ...]:
    """What an up would change among the inputs `news`; `olds` are the recorded outputs.

    Fields that hold something `unknown` are reported whole, where the plan says nothing of them.
    """
    found: dict[Path, ChangedField] = {}
    for field in _fields(plan, olds, news):
        known = found.get(field.path)
        found[field.path] = field if known in (None, field) else ChangedField(field.path, "update", field.replaces)
    reported = {path[0] for path in found}
    found |= {
        (name,): ChangedField((name,), replaces=name in plan.replaces) for name in unknown if name not in reported
    }
    # A place is either marked itself or by what is marked inside it.
    return tuple(
        field for path, field in found.items() if not any(path[:depth] in found for depth in range(1, len(path)))
    )


def _fields(plan: Plan, olds: Props, news: Props) -> Iterator[ChangedField]:
    gone = _entries_gone(plan)
    for change in plan.changes:
        replaces = change.field in plan.replaces
        entry = entry_at(plan.entries, change.path)
        if change.cause in DRIFT:
            path = body_path(plan.entries, news, entry if entry in gone else change.path) or (change.field,)
            yield ChangedField(path, _outside(change, at(news, *path), whole=entry in gone), replaces)
            continue
        before, after = (body_path(plan.entries, body, change.path) for body in (olds, news))
        path = _changed_place(before, after) or (change.field,)
        yield ChangedField(path, _kind(at(olds, *path), at(news, *path)), replaces)


def _entries_gone(plan: Plan) -> set[LeafPath]:
    """The entries of lists that somebody else removed as a whole."""
    gone = {change.path for change in plan.changes if change.cause in DRIFT and change.live is None}
    if not gone:
        return set()
    leaves: dict[LeafPath, list[LeafPath]] = {}
    for path in plan.side(lambda change: change.desired):
        leaves.setdefault(entry_at(plan.entries, path), []).append(path)
    return {entry for entry, inside in leaves.items() if entry and gone.issuperset(inside)}


def _changed_place(before: Path, after: Path) -> Path:
    """Where two places part: the one that is inside the other if there is one, as far as one step below that other."""
    shared = tuple(step for step, _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    longer = max(before, after, key=len)
    return longer[: len(shared) + 1] if len(shared) == min(len(before), len(after)) else shared


def _kind(before: Any, after: Any) -> ChangeKind:
    if is_blank(before) == is_blank(after):
        return "update"
    return "add" if is_blank(before) else "delete"


def _outside(change: Change, desired: Any, *, whole: bool) -> ChangeKind:
    """What an up does about what somebody else did, at a place where the inputs say `desired`."""
    if is_blank(desired):
        return "delete"
    return "add" if change.live is None and (whole or not isinstance(desired, dict)) else "update"
