"""The operations on memory stores themselves; those on their memories are in `memories`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import MEMORY, Call, Operation
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, patched
from managed_agents_emulator.memory_stores import memories
from managed_agents_emulator.memory_stores.memories import MEMORY_STORE

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json

StoreName = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
Description = Annotated[str, Field(max_length=1024)]


class StoreCreate(Fields):
    """The body of `POST /v1/memory_stores`."""

    name: StoreName
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict)


class StoreUpdate(Fields):
    """The body of `POST /v1/memory_stores/{id}`; what is not sent stays."""

    name: StoreName | None = None
    description: Description | None = None
    metadata: MetadataPatch = Field(default_factory=dict)


def create(call: Call) -> Json:
    """Make an empty memory store."""
    return MEMORY_STORE.new(call, call.read(StoreCreate).model_dump()).body


def list_stores(call: Call) -> Json:
    """List the memory stores of the workspace."""
    return MEMORY_STORE.listed(call, paging.unarchived(call.query), paging.in_time(call.query))


def update(call: Call) -> Json:
    """Change a memory store's name, description or metadata."""
    store, request = MEMORY_STORE.active(call), call.read(StoreUpdate)
    sent_description = "description" in request.model_fields_set
    fields = {
        "name": request.name or store.body["name"],
        "description": request.description or "" if sent_description else store.body["description"],
        "metadata": patched(store.body["metadata"], request.metadata),
    }
    return MEMORY_STORE.change(call, store, fields)


OPERATIONS = (
    Operation("POST", "/v1/memory_stores", create, beta=MEMORY),
    Operation("GET", "/v1/memory_stores", list_stores, beta=MEMORY),
    Operation("GET", "/v1/memory_stores/{id}", MEMORY_STORE.get, beta=MEMORY),
    Operation("POST", "/v1/memory_stores/{id}", update, beta=MEMORY),
    Operation("DELETE", "/v1/memory_stores/{id}", MEMORY_STORE.delete, beta=MEMORY),
    Operation("POST", "/v1/memory_stores/{id}/archive", MEMORY_STORE.archive, beta=MEMORY),
    *memories.OPERATIONS,
)
