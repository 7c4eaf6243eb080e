"""The plan for one resource: what an up would do to it, and why.

The provider's `diff` makes it, once (see `planner`). What people and programs read of it, in a message, a review, a
report of drift or an error, is a rendering of this one value. Resources go by their names in it, not by the API's ids,
so that a skill that is only about to be made and one that exists read alike; nothing in it is secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.reconcile.compare import OUTSIDE, UNDECLARED, Change
from pulumi_managed_agents.reconcile.fingerprint import is_digest
from pulumi_managed_agents.reconcile.leaves import Body, is_blank, leaves, tree
from pulumi_managed_agents.schema.identity import Entries  # noqa: TC001 - the JSON Schemas of reports resolve it

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.leaves import Leaves

Decision = Literal["conflict", "refused", "replace", "delete", "update", "create", "same"]
"""What an up does with a resource, most urgent first; the first two stop it."""
RefusedBy = Literal["", "onDrift", "onUndeclared"]
Vanished = Literal["", "archived", "deleted"]


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
        undeclared: The live effective form of the fields among them that no file names, whole.
        widens: What those fields let it do that it could not do as they were recorded, by the rules about power.
        refused_by: The setting for whose sake changes by somebody else are refused, or empty.
        lasting: Whether undeclared drift was to be put back, so that what is left of it could not be.
        replaces: The fields for whose sake a new object takes the place of this one.
        recorded_version: The version last applied, or empty.
        recorded_at: When it was last applied, as the API says, or empty.
        live_version: The version that is live, or empty.
        live_at: When it was last changed or archived, as the API says, or empty. The API does not say by whom.
        next_version: The version after the up as far as it is known, or empty; ``new`` where only the API counts.
        vanished: How somebody else took it away, or empty.
        lost: What becomes for ever of the object that is live, or empty.
        acceptance: What accepts its conflict, in ``managed-agents:acceptConflicts``, or empty.
        adopts: The id of the object that it takes over, or empty.
        waits: Why it is not made yet, or empty.
        resumes: Whether an up goes on with a replacement of ours that an earlier run began, so that nothing is drift.
        is_behind: Whether the API still answers from before our own write, so that nothing is known of what is live.
        remark: What else is to be said of it, or empty.
        unknown: Fields of which nothing is known before the up.
        hidden: Fields that hold a secret and are not shown.
        stage: The stage it belongs to, or empty.
        entries: What identifies the entries of the lists of its kind, by which its changes are put together.
    """

    kind: str = ""
    name: str = ""
    file: str = ""
    decision: Decision = "same"
    desired: Body = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    undeclared: Body = field(default_factory=dict)
    widens: tuple[str, ...] = ()
    refused_by: RefusedBy = ""
    lasting: bool = False
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
    is_behind: bool = False
    remark: str = ""
    unknown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    stage: str = ""
    entries: tuple[Entries, ...] = field(default=(), repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return self.decision == "same"

    @property
    def is_remarkable(self) -> bool:
        """Whether there is something to say about the resource even if it stays as it is."""
        return self.is_changed_outside or bool(self.waits) or self.is_ahead or self.is_behind

    @property
    def stops(self) -> bool:
        """Whether an up cannot go on."""
        return self.decision in {"conflict", "refused"}

    @property
    def outside(self) -> tuple[Change, ...]:
        """Every field that somebody else changed."""
        return tuple(change for change in (*self.changes, *self.left) if change.cause in OUTSIDE)

    @property
    def drift_undeclared(self) -> tuple[Change, ...]:
        """Every field that no file names and that somebody else changed."""
        return tuple(change for change in self.outside if change.cause == UNDECLARED)

    @property
    def is_ahead(self) -> bool:
        """Whether a later version is live than the recorded one."""
        recorded, live = self.recorded_version, self.live_version
        if recorded.isdigit() and live.isdigit():
            return int(live) > int(recorded)
        return bool(recorded and live and recorded != live)

    @property
    def is_changed_outside(self) -> bool:
        """Whether somebody else changed a field of it, or removed it."""
        return bool(self.vanished or self.outside)

    @property
    def only_records(self) -> bool:
        """Whether the file has taken over what is live already, so that an up records it and sends nothing."""
        is_live = bool(self.changes) and all(change.cause == "edit" and change.is_live for change in self.changes)
        return self.decision == "update" and is_live and not (self.left or self.unknown or self.hidden)

    @property
    def only_follows(self) -> bool:
        """Whether only what it uses changes: it takes a new version of what it uses."""
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
        """The leaves of the side that `value` picks from a change: what is desired with every change taken back."""
        table = leaves(self.undeclared) | leaves(self.desired)
        table |= {change.path: value(change) for change in (*self.changes, *self.left)}
        return {path: leaf for path, leaf in table.items() if not is_blank(leaf)}


def _as_recorded(change: Change) -> Any:
    if is_digest(change.recorded):
        return None if change.cause in OUTSIDE else change.live
    return change.recorded


def as_live(change: Change) -> Any:
    """What is live now; where nobody else changed anything, that is what was recorded."""
    return change.live if change.cause in OUTSIDE else _as_recorded(change)
