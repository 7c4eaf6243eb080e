from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def store(sdk: anthropic.Anthropic) -> str:
    return sdk.beta.memory_stores.create(name="User notes").id


def test_stores_can_be_changed_archived_and_deleted(sdk: anthropic.Anthropic, store: str) -> None:
    """A store without a description has an empty one; archived it is read-only, and may be deleted."""
    stores = sdk.beta.memory_stores
    assert stores.retrieve(store).description == ""
    changed = stores.update(store, description="d", metadata={"a": "1"})
    assert (changed.description, changed.metadata, changed.name) == ("d", {"a": "1"}, "User notes")
    assert stores.update(store, description="").description == ""
    memory = stores.memories.create(store, path="/a.md", content="x")
    archived = stores.archive(store)
    assert stores.archive(store) == archived
    with pytest.raises(anthropic.BadRequestError):
        stores.memories.create(store, path="/b.md", content="x")
    assert stores.memories.retrieve(memory.id, memory_store_id=store).content == "x"
    assert stores.delete(store).type == "memory_store_deleted"
    with pytest.raises(anthropic.NotFoundError):
        stores.memories.list(store)


def test_memories_are_measured_and_versioned(sdk: anthropic.Anthropic, store: str) -> None:
    """Content comes with its hash and size; every real write is a version, and basic views leave content out."""
    memories = sdk.beta.memory_stores.memories
    created = memories.create(store, path="/notes/ä.md", content="grün")
    assert created.content is None
    assert (created.content_sha256, created.content_size_bytes) == (sha256("grün".encode()).hexdigest(), 5)
    assert memories.update(created.id, memory_store_id=store, content="grün").updated_at == created.updated_at
    moved = memories.update(created.id, memory_store_id=store, path="/b.md", content="blau", view="full")
    assert (moved.path, moved.content) == ("/b.md", "blau")
    memories.delete(created.id, memory_store_id=store)
    versions = sdk.beta.memory_stores.memory_versions.list(store, memory_id=created.id).data
    assert [version.operation for version in versions] == ["deleted", "modified", "created"]


def test_paths_and_preconditions_conflict(http: httpx.Client, sdk: anthropic.Anthropic, store: str) -> None:
    """A taken path and a hash that is not the current one are 409s of their own types."""
    first = sdk.beta.memory_stores.memories.create(store, path="/a.md", content="x")
    url, headers = f"/v1/memory_stores/{store}/memories", {"anthropic-beta": "agent-memory-2026-07-22"}
    taken = http.post(url, json={"path": "/a.md", "content": "y"}, headers=headers)
    assert (taken.status_code, taken.json()["error"]["type"]) == (409, "memory_path_conflict_error")
    stale = {"content": "y", "precondition": {"type": "content_sha256", "content_sha256": "0" * 64}}
    for answer in (
        http.post(f"{url}/{first.id}", json=stale, headers=headers),
        http.delete(f"{url}/{first.id}?expected_content_sha256=0", headers=headers),
    ):
        assert (answer.status_code, answer.json()["error"]["type"]) == (409, "memory_precondition_failed_error")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a.md", id="relative"),
        pytest.param("/", id="empty"),
        pytest.param("/a//b", id="empty segment"),
        pytest.param("/a/../b", id="dots"),
        pytest.param("/a\u200bb", id="format character"),
        pytest.param("/a\u0308", id="not normalised"),
        pytest.param("/" + "/".join("a" * 21), id="too deep"),
        pytest.param("/" + "a" * 1024, id="too long"),
    ],
)
def test_wrong_paths_are_refused(sdk: anthropic.Anthropic, store: str, path: str) -> None:
    """A path that breaks a rule is a 400 that names it."""
    with pytest.raises(anthropic.BadRequestError, match="path: "):
        sdk.beta.memory_stores.memories.create(store, path=path, content="")


def test_lists_go_by_prefix_and_depth(sdk: anthropic.Anthropic, store: str) -> None:
    """A prefix matches whole segments, depth 1 rolls deeper paths up, and pages cover all of it once."""
    memories: Any = sdk.beta.memory_stores.memories
    for path in ("/b.md", "/a/x.md", "/a/deep/y.md", "/a-z.md", "/a/deep/z.md"):
        memories.create(store, path=path, content="x")
    assert [item.path for item in memories.list(store, path_prefix="/a/")] == [
        "/a/deep/y.md",
        "/a/deep/z.md",
        "/a/x.md",
    ]
    children = [(item.type, item.path) for item in memories.list(store, path_prefix="/a/", depth=1, limit=1)]
    assert children == [("memory_prefix", "/a/deep/"), ("memory", "/a/x.md")]
    with pytest.raises(anthropic.BadRequestError, match="path_prefix"):
        memories.list(store, path_prefix="/a")
    with pytest.raises(anthropic.BadRequestError, match="depth"):
        memories.list(store, depth=2)


def test_versions_can_be_redacted_but_the_newest(sdk: anthropic.Anthropic, store: str) -> None:
    """A redacted version keeps that it happened and forgets what it said."""
    memory = sdk.beta.memory_stores.memories.create(store, path="/a.md", content="secret")
    first = memory.memory_version_id
    versions = sdk.beta.memory_stores.memory_versions
    with pytest.raises(anthropic.BadRequestError):
        versions.redact(first, memory_store_id=store)
    sdk.beta.memory_stores.memories.update(memory.id, memory_store_id=store, content="public")
    assert versions.retrieve(first, memory_store_id=store).content == "secret"
    versions.redact(first, memory_store_id=store)
    redacted = versions.retrieve(first, memory_store_id=store)
    assert (redacted.content, redacted.path, redacted.redacted_at is not None) == (None, None, True)


def test_sessions_mount_stores_and_files(sdk: anthropic.Anthropic, store: str, environment: str) -> None:
    """A store is mounted under its name, a file as a copy with another id; filters find the session."""
    agent = sdk.beta.agents.create(name="a", model="m").id
    file = sdk.files.upload(file=("notes.txt", b"x", "text/plain"))
    resources: Any = [
        {"type": "memory_store", "memory_store_id": store},
        {"type": "file", "file_id": file.id, "mount_path": "/in/notes.txt"},
    ]
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, resources=resources)
    mounted: Any = session.resources
    assert (mounted[0].mount_path, mounted[0].access) == ("/mnt/memory/user-notes", "read_write")
    assert mounted[1].mount_path == "/mnt/session/uploads/in/notes.txt"
    assert mounted[1].file_id != file.id
    assert [found.id for found in sdk.beta.sessions.list(memory_store_id=store)] == [session.id]
    added = sdk.beta.sessions.resources.add(session.id, type="file", file_id=file.id)
    sdk.beta.sessions.resources.delete(added.id, session_id=session.id)
    sdk.beta.memory_stores.archive(store)
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.create(agent=agent, environment_id=environment, resources=resources)
