"""A workspace full of objects behind an HTTP transport, which counts what is asked of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.reconcile.mark import KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.kinds.server_habits import Body


def agent(number: int, stack: str = "", **fields: object) -> Body:
    """The agent of this number; with a stack, marked as its resource."""
    metadata = {KEY: f"{stack}/agents/{number}"} if stack else {}
    return {"id": f"agent_{number}", "version": 1, "metadata": metadata, "archived_at": None, **fields}


class Workspace(httpx.BaseTransport):
    """Lists its objects newest first (as they are given), page by page, and gets single ones."""

    def __init__(self, objects: Iterable[Body]) -> None:
        self.objects = {one["id"]: one for one in objects}
        self.pages = 0
        self.singles: list[str] = []
        self._lock = threading.Lock()

    @property
    def requests(self) -> int:
        """How much was asked."""
        return self.pages + len(self.singles)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a list or a get."""
        last = request.url.path.rpartition("/")[2]
        return self._page(request.url.params) if last == "agents" else self._single(last)

    def _page(self, params: httpx.QueryParams) -> httpx.Response:
        with self._lock:
            self.pages += 1
        start, size = int(params.get("page", "0")), int(params["limit"])
        objects = list(self.objects.values())
        more = str(start + size) if start + size < len(objects) else None
        return httpx.Response(200, json={"data": objects[start : start + size], "next_page": more})

    def _single(self, id: str) -> httpx.Response:
        with self._lock:
            self.singles.append(id)
        found = self.objects.get(id)
        return httpx.Response(200, json=found) if found else httpx.Response(404, json={})

    def client(self) -> Client:
        """A client of this workspace."""
        return Client(Settings("https://api.test", {"x-api-key": "k"}, "a key"), transport=self)
