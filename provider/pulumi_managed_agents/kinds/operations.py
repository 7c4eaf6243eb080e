"""How an object of a kind is made, changed and removed; where a kind differs, its module says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.mark import mark_of, marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.leaves import Body
    from pulumi_managed_agents.kinds.live import Live


class Operations:
    """The plain way: JSON bodies to the kind's endpoints (a `Collection`, or a kind's own class of it)."""

    def owned(self, body: Body, mark: str) -> Body:
        """The body with the mark that says whose it is."""
        return marked(body, mark)

    def owner(self, live: Body) -> str:
        """The mark on an object that was inspected, or an empty text."""
        return mark_of(live)

    def find(self, live: Live, facts: Facts, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The candidate that carries the mark; `body` is what it was to be."""
        return next((one for one in candidates if mark_of(one) == mark), None)

    def went_with(self, live: Live, gone: Body) -> str:
        """The id of the replaced object with which the server has archived this one, or an empty text."""
        return ""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Make the object; the live object."""
        made: Body = endpoints.create(body)
        return made

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change the object; the live object after it."""
        changed: Body = endpoints.update(live["id"], body)
        return changed

    def itemised(self, body: Body) -> Body:
        """The body with the tables that tell what of a digest is to move; may read files."""
        return body

    def inspect(self, client: Client, live: Body) -> Body:
        """The live object with what a definition is compared by but the API does not list; may cost a request."""
        return live

    def look_inside(self, endpoints: Any, live: Body, declared: Body) -> Body:
        """The live object with what `declared` names of things inside it, which move without it; asked each time."""
        return live
