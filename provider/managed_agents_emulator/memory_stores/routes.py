"""The operations on memory stores themselves; those on their memories are in `memories`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from managed_agents_emulator import paging
from managed_agents_emulator.access import MEMORY
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, patched
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.memory_stores import memories
from managed_agents_emulator.store import Document

Json = dict[str, Any]
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
    request, at = call.read(StoreCreate), now()
    body: Json = {
        "id": new_id("memstore"),
        "type": "memory_store",
        "name": request.name,
        "description": request.description,
        "metadata": request.metadata,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
    call.store.insert(Document("memory_store", body["id"], call.workspace, body))
    return body


def list_stores(call: Call) -> Json:
    """The memory stores of the workspace."""
    page = call.list("memory_store", paging.unarchived(call.query), paging.in_time(call.query))
    return {"data": [store.body for store in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One memory store."""
    return call.find("memory_store", call.path["id"]).body


def update(call: Call) -> Json:
    """Change a memory store's name, description or metadata."""
    store, request = call.find("memory_store", call.path["id"]), call.read(StoreUpdate)
    if store.body["archived_at"]:
        raise invalid(f"Memory store {store.id} is archived.")
    changes: Json = {"metadata": patched(store.body["metadata"], request.metadata)}
    if request.name:
        changes["name"] = request.name
    if "description" in request.model_fields_set:
        changes["description"] = request.description or ""
    if store.body | changes != store.body:
        store.body |= changes | {"updated_at": now()}
        call.store.save(store)
    return store.body


def archive(call: Call) -> Json:
    """Archive a memory store: it is read-only from now on."""
    store = call.find("memory_store", call.path["id"])
    if call.archive(store):
        call.store.save(store)
    return store.body


def delete(call: Call) -> Json:
    """Delete a memory store with its memories and their history."""
    store = call.find("memory_store", call.path["id"])
    call.store.delete_children("memory", store.workspace, store.id)
    call.store.delete_children("memory_version", store.workspace, store.id)
    call.store.delete(store)
    return {"id": store.id, "type": "memory_store_deleted"}


OPERATIONS = (
    Operation("POST", "/v1/memory_stores", create, beta=MEMORY),
    Operation("GET", "/v1/memory_stores", list_stores, beta=MEMORY),
    Operation("GET", "/v1/memory_stores/{id}", get, beta=MEMORY),
    Operation("POST", "/v1/memory_stores/{id}", update, beta=MEMORY),
    Operation("DELETE", "/v1/memory_stores/{id}", delete, beta=MEMORY),
    Operation("POST", "/v1/memory_stores/{id}/archive", archive, beta=MEMORY),
    *memories.OPERATIONS,
)
