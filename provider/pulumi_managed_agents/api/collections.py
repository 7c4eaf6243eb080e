"""The endpoints we use, grouped as the API groups them; paths and beta headers are those of the official SDK."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_managed_agents.api.answers import in_path
from pulumi_managed_agents.api.paging import Cursor
from pulumi_managed_agents.api.stream import EventStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import httpx

Object = dict[str, Any]
MANAGED_AGENTS = "managed-agents-2026-04-01"
AGENT_MEMORY = "agent-memory-2026-07-22"
LARGEST_PAGE = 100


class Requests(Protocol):
    """What a collection needs of `Client`."""

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes]]] | None = None,
        beta: str = "",
    ) -> Object:
        """See `Client.request`."""

    def download(self, path: str, *, beta: str = "") -> bytes:
        """See `Client.download`."""

    def stream(
        self, path: str, *, beta: str = "", read_timeout: float = 30.0
    ) -> AbstractContextManager[httpx.Response]:
        """See `Client.stream`."""


class Collection:
    """A kind's endpoints: create, get, list, update, archive, delete. Answers are the API's objects as they came."""

    def __init__(self, client: Requests, path: str, beta: str = MANAGED_AGENTS) -> None:
        self._client = client
        self.path = path
        self.beta = beta

    def create(self, body: Mapping[str, Any]) -> Object:
        """POST the collection."""
        return self._client.request("POST", self.path, json=body, beta=self.beta)

    def get(self, id: str) -> Object:
        """GET one object."""
        return self._client.request("GET", f"{self.path}/{in_path(id)}", beta=self.beta)

    def page(self, **params: Any) -> Object:
        """GET one page: ``{"data": […], "next_page": …}``."""
        return self._client.request("GET", self.path, params=params, beta=self.beta)

    def list(self, **params: Any) -> Iterator[Object]:
        """Every object, page by page, newest first."""
        return self._items(self.path, {"limit": LARGEST_PAGE, **params})

    def update(self, id: str, body: Mapping[str, Any]) -> Object:
        """POST one object; fields left out keep their value."""
        return self._client.request("POST", f"{self.path}/{in_path(id)}", json=body, beta=self.beta)

    def archive(self, id: str) -> Object:
        """Archive for ever; there is no way back."""
        return self._client.request("POST", f"{self.path}/{in_path(id)}/archive", beta=self.beta)

    def delete(self, id: str) -> Object:
        """DELETE one object."""
        return self._client.request("DELETE", f"{self.path}/{in_path(id)}", beta=self.beta)

    def _items(self, path: str, params: Mapping[str, Any]) -> Iterator[Object]:
        cursor = Cursor(f"GET {path}")
        while cursor.next is not None:
            query = {**params, "page": cursor.next} if cursor.next else dict(params)
            answer = self._client.request("GET", path, params=query, beta=self.beta)
            yield from answer["data"]
            cursor.follow(answer)


class Agents(Collection):
    """`/v1/agents`; there is no delete, an agent is archived."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/agents")

    def version(self, id: str, number: int) -> Object:
        """GET the agent as it was at a version."""
        return self._client.request("GET", f"{self.path}/{in_path(id)}", params={"version": number}, beta=self.beta)

    def versions(self, id: str) -> Iterator[Object]:
        """Every version, newest first, each a full agent object."""
        return self._items(f"{self.path}/{in_path(id)}/versions", {"limit": LARGEST_PAGE})


class Skills(Collection):
    """`/v1/skills`, without a beta header since August 2026; a skill's files are uploaded as one version."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/skills", beta="")

    def upload(self, files: Sequence[tuple[str, bytes]], display_name: str | None = None) -> Object:
        """Create a skill from ``(relative name, bytes)`` pairs that share one top-level directory."""
        data = {"display_name": display_name} if display_name else None
        return self._client.request("POST", self.path, data=data, files=_parts(files))

    def upload_version(self, id: str, files: Sequence[tuple[str, bytes]]) -> Object:
        """Add a version; it becomes the latest."""
        return self._client.request("POST", f"{self.path}/{in_path(id)}/versions", files=_parts(files))

    def versions(self, id: str) -> Iterator[Object]:
        """Every version, newest first."""
        return self._items(f"{self.path}/{in_path(id)}/versions", {"limit": LARGEST_PAGE})

    def content(self, id: str, version: str) -> bytes:
        """A version's files as a zip archive."""
        return self._client.download(f"{self.path}/{in_path(id)}/versions/{in_path(version)}/content")


class Deployments(Collection):
    """`/v1/deployments`; there is no delete, and pausing is a separate call."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/deployments")

    def pause(self, id: str) -> Object:
        """Pause the schedule; the deployment after it."""
        return self._client.request("POST", f"{self.path}/{in_path(id)}/pause", beta=self.beta)

    def unpause(self, id: str) -> Object:
        """Resume the schedule; the deployment after it."""
        return self._client.request("POST", f"{self.path}/{in_path(id)}/unpause", beta=self.beta)


class Vaults(Collection):
    """`/v1/vaults`, each with a collection of credentials."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/vaults")

    def within(self, vault_id: str) -> Collection:
        """The credentials of one vault."""
        return Collection(self._client, f"{self.path}/{in_path(vault_id)}/credentials")


class MemoryStores(Collection):
    """`/v1/memory_stores`, each with a collection of memories; their beta header replaces the usual one."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/memory_stores", AGENT_MEMORY)

    def memories(self, store_id: str) -> Collection:
        """The memories of one store."""
        return Collection(self._client, f"{self.path}/{in_path(store_id)}/memories", self.beta)

    def versions(self, store_id: str) -> Collection:
        """Who wrote what in one store, and when."""
        return Collection(self._client, f"{self.path}/{in_path(store_id)}/memory_versions", self.beta)


class Files(Collection):
    """`/v1/files`, without a beta header since August 2026; a file never changes."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/files", beta="")

    def of_session(self, session_id: str) -> list[Object]:
        """The files a session has written, a few seconds after it went idle; this filter wants the beta header."""
        params = {"scope_id": session_id, "limit": LARGEST_PAGE}
        return list(self._client.request("GET", self.path, params=params, beta=MANAGED_AGENTS)["data"])

    def content(self, id: str) -> bytes:
        """The bytes of a file that a session wrote; an uploaded one cannot be downloaded."""
        return self._client.download(f"{self.path}/{in_path(id)}/content")

    def upload(self, name: str, content: bytes, expires_in_seconds: int | None = None) -> Object:
        """Keep a file under a new id."""
        data = {"expires_in_seconds": str(expires_in_seconds)} if expires_in_seconds else None
        return self._client.request("POST", self.path, data=data, files=[("file", (name, content))])


class Models(Collection):
    """`/v1/models`, which pages by the first and last id."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/models", beta="")

    def list(self, **params: Any) -> Iterator[Object]:
        """Every model that agents can have, newest first, including those that will be retired."""
        cursor, query = Cursor(f"GET {self.path}"), {"limit": LARGEST_PAGE, **params}
        while cursor.next is not None:
            answer = self.page(**query, **({"after_id": cursor.next} if cursor.next else {}))
            yield from answer["data"]
            cursor.follow({"next_page": answer["last_id"] if answer.get("has_more") else None})


class Sessions(Collection):
    """`/v1/sessions`, its events and its event stream."""

    def __init__(self, client: Requests) -> None:
        super().__init__(client, "/v1/sessions")

    def send(self, id: str, events: Sequence[Mapping[str, Any]]) -> list[Object]:
        """POST events; the echoed events with their ids."""
        answer = self._client.request(
            "POST", f"{self.path}/{in_path(id)}/events", json={"events": list(events)}, beta=self.beta
        )
        return list(answer["data"])

    def events(self, id: str, *types: str) -> Iterator[Object]:
        """The whole history, oldest first."""
        filters = {"types[]": list(types)} if types else {}
        return self._items(f"{self.path}/{in_path(id)}/events", {"limit": 1000, **filters})

    @contextmanager
    def stream(self, id: str, *, read_timeout: float = 30.0) -> Iterator[EventStream]:
        """The events from now on: the stream is open once the block is entered."""
        path = f"{self.path}/{in_path(id)}/events/stream"
        with self._client.stream(path, beta=self.beta, read_timeout=read_timeout) as response:
            yield EventStream(response)


def _parts(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files[]", (name, content)) for name, content in files]
