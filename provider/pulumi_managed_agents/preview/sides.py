"""A resource's effective definition before the up, told from what is desired by taking every change back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.fingerprint import is_digest
from pulumi_managed_agents.kinds.leaves import is_blank, leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.kinds.leaves import Leaves
    from pulumi_managed_agents.preview.record import FieldChange, PlanRecord

OUTSIDE = frozenset({"drift", "conflict"})
"""The causes that lie outside the files and Pulumi."""


def before(record: PlanRecord, value: Callable[[FieldChange], Any]) -> Leaves:
    """The leaves before the up, as `value` tells them from a change."""
    table = leaves(record.desired) | {change.path: value(change) for change in record.changes}
    return {path: leaf for path, leaf in table.items() if not is_blank(leaf)}


def as_recorded(change: FieldChange) -> Any:
    """What Pulumi's state last recorded; nothing where it holds only a fingerprint of what is no longer live."""
    if is_digest(change.recorded):
        return None if change.cause in OUTSIDE else change.live
    return change.recorded


def as_live(change: FieldChange) -> Any:
    """What is live now; where nobody else changed anything, that is what was recorded."""
    return change.live if change.cause in OUTSIDE else as_recorded(change)
