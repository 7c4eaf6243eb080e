"""What the behaviours answer to the engine's calls, in values of our own; `Entry` makes Pulumi's of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.reconcile.compare import OUTSIDE

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan

Props = dict[str, Any]

ChangeKind = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class ChangedField:
    """A field that an update would change.

    Attributes:
        path: Where it is among the inputs: the field and, as far as that can be told, the way inside it.
        kind: What becomes of it.
        replaces: Whether it forces a new object.
        outside: Whether somebody else changed it, so that the inputs do not tell the difference.
    """

    path: tuple[str, ...]
    kind: ChangeKind = "update"
    replaces: bool = False
    outside: bool = False


@dataclass(frozen=True)
class Diffed:
    """Whether there is something to do.

    Attributes:
        changes: Whether there is.
        fields: What would change, as far as that can be told.
        replaces: The fields for whose sake a new object takes the place of this one.
        delete_before_replace: Whether what is recorded goes first, since there is no object behind it.
        says: What a person is told now, a line each.
    """

    changes: bool
    fields: tuple[ChangedField, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """An object that was made or taken over: its id and what is recorded of it."""

    id: str
    outputs: Props
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a look at an object found; `inputs` None leaves the recorded ones as they are."""

    id: str
    outputs: Props
    inputs: Props | None = None
    says: tuple[str, ...] = ()


def changed_fields(plan: Plan, inputs: Props) -> tuple[ChangedField, ...]:
    """A plan's changes as far inside the inputs as their paths lead: entries of lists go by identity, inputs do not."""
    found: dict[tuple[str, ...], ChangedField] = {}
    for change in plan.changes:
        depth, place = 1, inputs.get(change.field)
        while depth < len(change.path) and isinstance(place, dict):
            place = place.get(change.path[depth])
            depth += 1
        was = change.live if change.cause in OUTSIDE else change.recorded
        kind: ChangeKind = "update"
        if depth == len(change.path) and (was is None or change.desired is None):
            kind = "add" if was is None else "delete"
        path = change.path[:depth]
        found[path] = ChangedField(path, kind, change.field in plan.replaces, change.cause in OUTSIDE)
    return tuple(found.values())
