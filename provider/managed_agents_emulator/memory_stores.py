"""Memory stores, their memories and what these were: every write is kept, none overwrites another path."""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, page_of
from managed_agents_emulator.endpoint import AGENT_MEMORY, MANAGED_AGENTS, Call, Operation
from managed_agents_emulator.errors import ApiError, invalid
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, patched
from managed_agents_emulator.store import Document, Json, now

MEMORY_STORE = Kind(name="memory_store", prefix="memstore", children=("memory", "memory_version"))
MEMORY = Kind(name="memory", prefix="mem", parameter="memory", parent=MEMORY_STORE, archives=False)
MEMORY_VERSION = Kind(
    name="memory_version",
    prefix="memver",
    parameter="version",
    parent=MEMORY_STORE,
    times=("created_at",),
    archives=False,
)
_BETAS = (AGENT_MEMORY, MANAGED_AGENTS)
_ACTOR = {"type": "api_actor", "api_key_id": "apikey_emulator"}
_MOST_MEMORIES = 2000


def _check_path(path: str) -> str:
    segments = path.split("/")[1:]
    if not path.startswith("/") or not 1 <= len(segments) <= 20:
        raise ValueError("must start with / and have 1 to 20 segments")
    if any(segment in {"", ".", ".."} for segment in segments):
        raise ValueError("segments must not be empty, '.' or '..'")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in path):
        raise ValueError("must not contain control or format characters")
    if not unicodedata.is_normalized("NFC", path):
        raise ValueError("must be in Unicode Normalization Form C")
    if len(path.encode()) > 1024:
        raise ValueError("must have at most 1024 bytes")
    return path


def _check_size(content: str) -> str:
    if len(content.encode()) > 102_400:
        raise ValueError("must have at most 102400 bytes")
    return content


Content = Annotated[str, AfterValidator(_check_size)]
Path = Annotated[str, AfterValidator(_check_path)]
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


class MemoryCreate(Fields):
    """The body of `POST /v1/memory_stores/{id}/memories`."""

    path: Path
    content: Content | None


class Precondition(Fields):
    """What a memory must still be for an update to apply."""

    type: Literal["content_sha256"]
    content_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class MemoryUpdate(Fields):
    """The body of `POST /v1/memory_stores/{id}/memories/{id}`; what is not sent stays."""

    path: Path | None = None
    content: Content | None = None
    precondition: Precondition | None = None


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


def create_memory(call: Call) -> Json:
    """Write a memory at a path that is free."""
    store, request = MEMORY_STORE.active(call), call.read(MemoryCreate)
    _check_free(call, store, request.path)
    if sum(1 for _ in call.store.children("memory", call.workspace, store.id)) >= _MOST_MEMORIES:
        raise invalid(f"Memory store {store.id} holds {_MOST_MEMORIES} memories already.")
    fields = {"memory_store_id": store.id, "path": request.path} | _measured(request.content or "")
    memory = MEMORY.new(call, fields, parent=store.id, name=request.path)
    _keep_version(call, memory, "created")
    call.store.save(memory)
    return _shown(memory.body, call, "basic")


def list_memories(call: Call) -> Json:
    """List the memories below a path prefix, or with `depth=1` its direct children."""
    store = MEMORY_STORE.find(call)
    prefix, depth = call.query.get("path_prefix", "/"), call.query.get("depth", "0")
    if not prefix.startswith("/") or not prefix.endswith("/"):
        raise invalid("path_prefix: must start and end with /")
    if depth not in {"0", "1"}:
        raise invalid("depth: must be 0 or 1")
    memories = [m for m in call.store.children("memory", call.workspace, store.id) if m.body["path"].startswith(prefix)]
    items = _direct_children(memories, prefix) if depth == "1" else sorted(memories, key=lambda m: m.body["path"])
    shown = [_shown(item.body, call, "basic") for item in items]
    return page_of(call, shown, f"memory/{store.id}", size=_page_size(call))


def get_memory(call: Call) -> Json:
    """Answer with one memory."""
    return _shown(MEMORY.find(call).body, call, "full")


def update_memory(call: Call) -> Json:
    """Rewrite or move a memory; a request that changes nothing makes no version."""
    store, memory, request = MEMORY_STORE.active(call), MEMORY.find(call), call.read(MemoryUpdate)
    _check_precondition(memory, request.precondition.content_sha256 if request.precondition else None)
    path = request.path or memory.body["path"]
    content = memory.body["content"] if request.content is None else request.content
    if path != memory.body["path"]:
        _check_free(call, store, path)
    if (path, content) != (memory.body["path"], memory.body["content"]):
        memory.body |= {"path": path, "updated_at": now()} | _measured(content)
        memory.name = path
        _keep_version(call, memory, "modified")
        call.store.save(memory)
    return _shown(memory.body, call, "basic")


def delete_memory(call: Call) -> Json:
    """Delete a memory; its history stays."""
    memory = MEMORY.find(call)
    _check_precondition(memory, call.query.get("expected_content_sha256"))
    _keep_version(call, memory, "deleted")
    return MEMORY.remove(call, memory)


def list_versions(call: Call) -> Json:
    """List the history of a store's memories, newest first."""
    store, query = MEMORY_STORE.find(call), call.query
    filters = {name: query.get(name) for name in ("memory_id", "operation")}
    actors = {name: query.get(name) for name in ("api_key_id", "session_id", "service_account_id")}

    def keep(version: Document) -> bool:
        body = version.body
        return all(value in (None, body[name]) for name, value in filters.items()) and all(
            value in (None, body["created_by"].get(name)) for name, value in actors.items()
        )

    page = MEMORY_VERSION.page(call, keep, paging.in_time(query), parent=store.id, size=_page_size(call))
    return {"data": [_shown(version.body, call, "basic") for version in page.documents], "next_page": page.next_page}


def get_version(call: Call) -> Json:
    """Answer with one version of a memory."""
    return _shown(MEMORY_VERSION.find(call).body, call, "full")


def redact_version(call: Call) -> Json:
    """Erase what a version said; the newest of a memory that lives cannot be redacted."""
    version = MEMORY_VERSION.find(call)
    memory = call.store.get("memory", version.body["memory_id"], call.workspace)
    if memory and memory.body["memory_version_id"] == version.id:
        raise invalid(f"Version {version.id} is the current one of memory {memory.id}.")
    blank = {"content": None, "content_sha256": None, "content_size_bytes": None, "path": None}
    version.body |= blank | {"redacted_at": now(), "redacted_by": _ACTOR}
    call.store.save(version)
    return _shown(version.body, call, "basic")


def _measured(content: str) -> Json:
    raw = content.encode()
    return {"content": content, "content_sha256": sha256(raw).hexdigest(), "content_size_bytes": len(raw)}


def _shown(body: Json, call: Call, default_view: str) -> Json:
    view = call.query.get("view", default_view)
    if view not in {"basic", "full"}:
        raise invalid("view: must be basic or full")
    return body if view == "full" or "content" not in body else body | {"content": None}


def _page_size(call: Call) -> int:
    size = paging.limit(call.query)
    return min(size, 20) if call.query.get("view") == "full" else size


def _check_free(call: Call, store: Document, path: str) -> None:
    if call.store.by_name("memory", path, call.workspace, store.id):
        raise ApiError(409, "memory_path_conflict_error", f"A memory at {path!r} exists already.")


def _check_precondition(memory: Document, expected: str | None) -> None:
    if expected not in (None, memory.body["content_sha256"]):
        raise ApiError(409, "memory_precondition_failed_error", f"The content of memory {memory.id} is another.")


def _keep_version(call: Call, memory: Document, operation: str) -> None:
    fields = ("content", "content_sha256", "content_size_bytes", "path")
    known_fields = {field: memory.body[field] for field in fields}
    if operation == "deleted":
        known_fields |= {"content": None, "content_sha256": None, "content_size_bytes": None}
    about = {
        "memory_id": memory.id,
        "memory_store_id": memory.parent,
        "operation": operation,
        "created_by": _ACTOR,
        "redacted_at": None,
        "redacted_by": None,
    }
    memory.body["memory_version_id"] = MEMORY_VERSION.new(call, about | known_fields, parent=memory.parent).id


def _direct_children(memories: list[Document], prefix: str) -> list[Document]:
    """List the memories directly below a prefix, and a `memory_prefix` for each deeper branch, in order of path."""
    children: dict[str, Document] = {}
    for memory in memories:
        head, deeper, _ = memory.body["path"].removeprefix(prefix).partition("/")
        path = prefix + head + deeper
        children[path] = memory
        if deeper:
            body = {"type": "memory_prefix", "path": path}
            children[path] = Document("memory_prefix", path, memory.workspace, body)
    return [children[path] for path in sorted(children)]


_MEMORIES, _VERSIONS = "/v1/memory_stores/{id}/memories", "/v1/memory_stores/{id}/memory_versions"
OPERATIONS = (
    Operation("POST", "/v1/memory_stores", create, betas=_BETAS),
    Operation("GET", "/v1/memory_stores", list_stores, betas=_BETAS),
    Operation("GET", "/v1/memory_stores/{id}", MEMORY_STORE.get, betas=_BETAS),
    Operation("POST", "/v1/memory_stores/{id}", update, betas=_BETAS),
    Operation("DELETE", "/v1/memory_stores/{id}", MEMORY_STORE.delete, betas=_BETAS),
    Operation("POST", "/v1/memory_stores/{id}/archive", MEMORY_STORE.archive, betas=_BETAS),
    Operation("POST", _MEMORIES, create_memory, betas=_BETAS),
    Operation("GET", _MEMORIES, list_memories, betas=_BETAS),
    Operation("GET", _MEMORIES + "/{memory}", get_memory, betas=_BETAS),
    Operation("POST", _MEMORIES + "/{memory}", update_memory, betas=_BETAS),
    Operation("DELETE", _MEMORIES + "/{memory}", delete_memory, betas=_BETAS),
    Operation("GET", _VERSIONS, list_versions, betas=_BETAS),
    Operation("GET", _VERSIONS + "/{version}", get_version, betas=_BETAS),
    Operation("POST", _VERSIONS + "/{version}/redact", redact_version, betas=_BETAS),
)
