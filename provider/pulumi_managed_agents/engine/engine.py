"""What runs a stage, whichever of the two it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_managed_agents.engine.events import Listener, Outcome


class Engine(Protocol):
    """What both engines do."""

    def preview(self, on_event: Listener) -> Outcome:
        """Tell what `up` would do, and change nothing."""

    def up(self, on_event: Listener, targets: Collection[str] = ()) -> Outcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay."""

    def destroy(self, on_event: Listener) -> Outcome:
        """Delete all that is recorded."""

    def resources(self) -> list[dict[str, Any]]:
        """Type, urn, id, inputs and outputs of each recorded resource."""
