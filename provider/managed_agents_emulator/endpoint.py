"""What an endpoint is given and what it declares: the border between transport and the kinds of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import Response

from managed_agents_emulator.errors import ApiError, not_found
from managed_agents_emulator.fields import Fields, read
from managed_agents_emulator.store import Json

if TYPE_CHECKING:
    from starlette.datastructures import FormData, QueryParams

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document, Store
    from managed_agents_emulator.switches import Switches

MANAGED_AGENTS = "managed-agents-2026-04-01"
AGENT_MEMORY = "agent-memory-2026-07-22"

F = TypeVar("F", bound=Fields)


@dataclass(frozen=True)
class Call:
    """One authenticated request as an endpoint sees it."""

    emulator: Emulator
    workspace: str
    path: dict[str, str]
    query: QueryParams
    body: Json
    form: FormData | None = None
    betas: frozenset[str] = frozenset()
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
        """Read the body as a request model; 400 naming the first wrong field."""
        return read(model, self.body, self.switches)

    def find(self, kind: str, id_: str) -> Document:
        """Find a document of the caller's workspace; 404 for anything else."""
        document = self.store.get(kind, id_, self.workspace)
        if document is None:
            raise not_found(kind.replace("_", " ").capitalize(), id_)
        return document

    def conflict(self, message: str) -> ApiError:
        """Make a 409 of the type the switches say."""
        return ApiError(409, self.switches.conflict_type, message)


Reply = Json | Response
Run = Callable[[Call], Reply]


@dataclass(frozen=True)
class Operation:
    """One route of the API: what runs for a method and path, and the betas of which it needs one (none for none).

    `admits_anyone` is for the route by which a caller gets its credential.
    """

    method: str
    path: str
    run: Run
    betas: tuple[str, ...] = (MANAGED_AGENTS,)
    admits_anyone: bool = False
