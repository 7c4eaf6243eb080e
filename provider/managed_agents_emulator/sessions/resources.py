"""What a session has beside its agent: mounted files, repositories and memory stores, and the files it writes."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty
from managed_agents_emulator.sessions.plan import filled
from managed_agents_emulator.store import Document, Json, new_id, now

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Store

_UPLOADS = PurePosixPath("/mnt/session/uploads")


class FileResource(Fields):
    """An uploaded file."""

    type: Literal["file"]
    file_id: NonEmpty
    mount_path: str | None = None


class Branch(Fields):
    """The head of a branch."""

    type: Literal["branch"]
    name: NonEmpty


class Commit(Fields):
    """One commit."""

    type: Literal["commit"]
    sha: NonEmpty


class RepositoryResource(Fields):
    """A GitHub repository."""

    type: Literal["github_repository"]
    url: Annotated[str, StringConstraints(pattern=r"^https://github\.com/[\w.-]+/[\w-][\w.-]*$")]
    authorization_token: str | None = None
    checkout: Annotated[Branch | Commit, Field(discriminator="type")] | None = None
    mount_path: str | None = None


class MemoryStoreResource(Fields):
    """A memory store."""

    type: Literal["memory_store"]
    memory_store_id: NonEmpty
    access: Literal["read_write", "read_only"] | None = None
    instructions: Annotated[str, Field(max_length=4096)] | None = None


ResourceField = Annotated[FileResource | RepositoryResource | MemoryStoreResource, Field(discriminator="type")]


class TokenRotation(Fields):
    """The body of `POST /v1/sessions/{id}/resources/{rid}`."""

    authorization_token: NonEmpty


def mounted_all(
    resources: list[FileResource | RepositoryResource | MemoryStoreResource],
    environment: Document,
    session_id: str,
    call: Call,
) -> list[Json]:
    """Mount the resources of a new session; 400 beyond the limits, 404 for what does not exist."""
    counts = {kind: sum(resource.type == kind for resource in resources) for kind in ("file", "memory_store")}
    if counts["file"] > 500 or counts["memory_store"] > 8:
        raise invalid("resources: at most 500 files and 8 memory stores are allowed")
    if environment.body["config"]["type"] == "self_hosted" and counts["memory_store"] < len(resources):
        raise invalid("resources: a self_hosted environment takes memory stores only")
    return [mounted(resource, session_id, call) for resource in resources]


def mounted(resource: FileResource | RepositoryResource | MemoryStoreResource, session_id: str, call: Call) -> Json:
    """Mount one resource: what the session shows of it, without its token."""
    if isinstance(resource, MemoryStoreResource):
        return _mounted_store(resource, call)
    at = now()
    common = {"id": new_id("sesrsc"), "type": resource.type, "created_at": at, "updated_at": at}
    if isinstance(resource, FileResource):
        return common | _mounted_file(resource, session_id, call)
    name = resource.url.rsplit("/", 1)[1]
    if name.endswith(".git"):
        raise invalid("resources: the repository url must not end in .git")
    return common | {
        "url": resource.url,
        "checkout": resource.checkout.model_dump() if resource.checkout else None,
        "mount_path": resource.mount_path or f"/workspace/{name}",
    }


def _mounted_file(resource: FileResource, session_id: str, call: Call) -> Json:
    file = call.find("file", resource.file_id)
    path = resource.mount_path or file.id
    # A session works on a copy of the file, which has another id.
    about = {"created_at": now(), "scope": {"type": "session", "id": session_id}}
    copy = Document("file", new_id("file"), call.workspace, file.body | about, private={"session": session_id})
    copy.body["id"] = copy.id
    call.store.insert(copy)
    call.store.put_blob(copy.id, call.store.get_blob(file.id))
    return {"file_id": copy.id, "mount_path": str(_UPLOADS / path.lstrip("/"))}


def _mounted_store(resource: MemoryStoreResource, call: Call) -> Json:
    store = call.find("memory_store", resource.memory_store_id)
    if store.body["archived_at"]:
        raise invalid(f"resources: memory store {store.id} is archived")
    slug = "-".join("".join(c if c.isalnum() else " " for c in store.body["name"].lower()).split())
    return {
        "type": "memory_store",
        "memory_store_id": store.id,
        "access": resource.access or "read_write",
        "instructions": resource.instructions,
        "name": store.body["name"],
        "description": store.body["description"],
        "mount_path": f"/mnt/memory/{slug}",
    }


def write_output_files(emulator: Emulator, session: Document, files: list[Json]) -> None:
    """Keep the files of a model request, each under a new id."""
    for file in files:
        content = filled(file["content"], session.private["variables"]).encode()
        body = {
            "id": new_id("file"),
            "type": "file",
            "filename": file["name"],
            "mime_type": mimetypes.guess_type(file["name"])[0] or "application/octet-stream",
            "size_bytes": len(content),
            "created_at": now(),
            "expires_at": None,
            "downloadable": True,
            "scope": {"type": "session", "id": session.id},
        }
        emulator.store.insert(Document("file", body["id"], session.workspace, body, private={"session": session.id}))
        emulator.store.put_blob(body["id"], content)


def delete_output_files(store: Store, session: Document) -> None:
    """Delete what a session wrote."""
    for file in list(store.everywhere("file")):
        if file.private.get("session") == session.id:
            store.delete(file)
            store.delete_blob(file.id)
