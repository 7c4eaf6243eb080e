"""What an endpoint is given and what it declares: the border between transport and the kinds of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from managed_agents_emulator import paging
from managed_agents_emulator.access import MANAGED_AGENTS
from managed_agents_emulator.errors import ApiError, invalid, not_found
from managed_agents_emulator.fields import Fields, read
from managed_agents_emulator.ids import now
from managed_agents_emulator.store import Document

if TYPE_CHECKING:
    from starlette.datastructures import FormData, QueryParams

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Store
    from managed_agents_emulator.switches import Switches

F = TypeVar("F", bound=Fields)


@dataclass(frozen=True)
class Call:
    """One authenticated request as an endpoint sees it."""

    emulator: Emulator
    workspace: str
    path: dict[str, str]
    query: QueryParams
    body: dict[str, Any]
    form: FormData | None = None
    stream_events: int | None = None
    client: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """Where everything is remembered."""
        return self.emulator.store

    @property
    def switches(self) -> Switches:
        """The chosen answers to unsettled facts."""
        return self.emulator.switches

    def read(self, model: type[F]) -> F:
        """The body as a request model; 400 naming the first wrong field."""
        return read(model, self.body, self.switches)

    def find(self, kind: str, id_: str) -> Document:
        """A document of the caller's workspace; 404 for anything else."""
        document = self.store.get(kind, id_, self.workspace)
        if document is None:
            raise not_found(kind.replace("_", " ").capitalize(), id_)
        return document

    def find_child(self, kind: str, id_: str, parent: Document) -> Document:
        """A document that belongs to `parent`; 404 for anything else."""
        document = self.find(kind, id_)
        if document.parent != parent.id:
            raise not_found(kind.replace("_", " ").capitalize(), id_)
        return document

    def archive(self, document: Document) -> bool:
        """Archive a document; False where that was done before, or a 400 where the switches say so."""
        if document.body["archived_at"] is None:
            document.body["archived_at"] = document.body["updated_at"] = now()
            return True
        if self.switches.archive_again == "refuse":
            raise invalid(f"{document.id} is archived already.")
        return False

    def conflict(self, message: str) -> ApiError:
        """A 409 of the type the switches say."""
        return ApiError(409, self.switches.conflict_type, message)

    def list(
        self,
        kind: str,
        *keeps: paging.Keep,
        parent: str = "",
        size: int | None = None,
        ascending: bool = False,
    ) -> paging.Page:
        """One page of a workspace's documents of a kind, newest first unless `ascending`."""

        def fetch(upwards: bool, beyond: int | None) -> Any:
            return self.store.children(kind, self.workspace, parent, ascending=upwards, beyond=beyond)

        return paging.page(
            self.query,
            fetch,
            *keeps,
            size=size or paging.limit(self.query),
            ascending=ascending,
            scope=f"{kind}/{self.workspace}/{parent}",
        )

    def list_of(self, bodies: Sequence[dict[str, Any]], scope: str, *, size: int) -> dict[str, Any]:
        """One page of objects that are part of a document, in the order given."""
        numbered = [Document("", "", self.workspace, body, seq=number) for number, body in enumerate(bodies, 1)]

        def fetch(_: bool, beyond: int | None) -> Any:
            return iter(numbered[beyond or 0 :])

        page = paging.page(self.query, fetch, size=size, ascending=True, scope=scope)
        return {"data": [one.body for one in page.documents], "next_page": page.next_page}


Reply = dict[str, Any] | Response
Run = Callable[[Call], Reply]


@dataclass(frozen=True)
class Operation:
    """One route of the API: what runs for a method and path, and the beta header it needs (None for none).

    `admits_anyone` is for the route by which a caller gets its credential.
    """

    method: str
    path: str
    run: Run
    beta: str | None = MANAGED_AGENTS
    admits_anyone: bool = False
