"""How an object of a kind is made, changed and removed; where a kind differs, its module says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.kinds.leaves import Body


class Operations:
    """The plain way: JSON bodies to the kind's endpoints (a `Collection`, or a kind's own class of it)."""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Make the object; the live object."""
        made: Body = endpoints.create(body)
        return made

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change the object; the live object after it."""
        changed: Body = endpoints.update(live["id"], body)
        return changed

    def inspect(self, client: Client, live: Body) -> Body:  # noqa: ARG002 - most kinds tell everything by themselves
        """The live object with what a definition is compared by but the API does not list; may cost a request."""
        return live
