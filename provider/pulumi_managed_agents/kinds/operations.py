"""How an object of a kind is made, changed and removed; skills differ, all others are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.collections import Collection
    from pulumi_managed_agents.kinds.leaves import Body


class Operations:
    """The plain way: JSON bodies to the kind's collection."""

    def create(self, client: Client, collection: str, body: Body) -> Body:
        """Make the object; the live object."""
        return self._of(client, collection).create(body)

    def update(self, client: Client, collection: str, live: Body, body: Body) -> Body:
        """Change the object; the live object after it."""
        return self._of(client, collection).update(live["id"], body)

    def _of(self, client: Client, collection: str) -> Collection:
        found: Collection = getattr(client, collection)
        return found
