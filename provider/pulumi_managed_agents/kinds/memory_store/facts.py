"""Facts about memory stores (`/v1/memory_stores`), and the memories that a new one begins with.

What a file lists under `memories` are seeds: written when they are new in the file, changed later only as long as no
agent has changed them. What agents write is theirs, and no drift. With `strict_memories` the listed ones are the file's
for good: changed or deleted by an agent they are drift, and put back; what else agents write is theirs all the same.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.reconcile.kind import Facts, Operations
from pulumi_managed_agents.schema.identity import Entries, keyed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.record import Record

log = logging.getLogger(__name__)

SEEDS = "memories"
STRICT = "strict_memories"
"""Ours alone: the API knows no such field."""
SEEN = "memories_seen"
"""The digest of the listed memories as they are, which distinguishes two states of a strict store."""
BEFORE = "before"
"""The key under which an update carries what a seed was when it was last written."""
UNFINISHED = "unfinished"
"""The key under which an update says that an interrupted run of ours may have written the seed; nobody recorded it."""
BY_API = {"api_actor", "service_account_actor"}
ENTRIES = (Entries((SEEDS,), ("path",)),)


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """A memory store with its seeds by path; the API's object has them only where it was looked into."""
    seeds = {SEEDS: _contents(body)} if SEEDS in body else {}
    return {**{key: value for key, value in body.items() if key != SEEN}, **seeds}


def _contents(body: Body) -> dict[str, str]:
    seeds = keyed(ENTRIES, (SEEDS,), body.get(SEEDS))
    return {path: str(seed["content"]) for path, seed in seeds.items()}


def update_body(body: Body, record: Record) -> Body:
    """An empty description instead of none, and of the seeds those that are new or others than recorded, or all."""
    described = {**body, "description": body["description"] or ""} if "description" in body else body
    if body.get(STRICT, record.desired.get(STRICT)) and {SEEDS, STRICT} & body.keys():
        return {**described, STRICT: True, SEEDS: body.get(SEEDS, record.desired.get(SEEDS))}
    if SEEDS not in body:
        return described
    before = _contents(record.desired)
    moved = [seed for seed in body[SEEDS] or [] if before.get(seed["path"]) != seed["content"]]
    unfinished = {UNFINISHED: True} if "id" in record.desired else {}  # a live store stands for the missing record
    return {**described, SEEDS: [{**seed, BEFORE: before.get(seed["path"]), **unfinished} for seed in moved]}


class MemoryStoreOperations(Operations):
    """Seeds are written after the store, each by a separate request."""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Make the store and write its seeds."""
        store = super().create(endpoints, _without_seeds(body))
        _write(endpoints, store, body)
        return store

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change the store, and write seeds that are new or still as they were; of a strict store all that differ."""
        fields = _without_seeds(body)
        store = super().update(endpoints, live, fields) if fields else live
        _write(endpoints, store, body)
        return store

    def look_inside(self, endpoints: Any, live: Body, declared: Body) -> Body:
        """A strict store with those memories that its file lists, as they are now."""
        plain = {key: value for key, value in live.items() if key not in {SEEDS, SEEN}}
        if not declared.get(STRICT):
            return plain
        contents = _contents(declared)
        by_path = _found(endpoints.memories(live["id"]), contents)
        digests = sorted((path, memory["content_sha256"]) for path, memory in by_path.items())
        seeds = [
            {"path": path, "content": _content(endpoints, live, memory, contents)} for path, memory in by_path.items()
        ]
        return {**plain, SEEDS: seeds, SEEN: _digest(repr(digests))}


def _without_seeds(body: Body) -> Body:
    return {key: value for key, value in body.items() if key not in {SEEDS, STRICT}}


def _found(memories: Any, paths: Iterable[str]) -> dict[str, Body]:
    """The memories at these paths, without their contents: each folder is listed once."""
    seeded = set(paths)
    folders = sorted({path.rpartition("/")[0] + "/" for path in seeded})
    listed = (memory for folder in folders for memory in memories.list(path_prefix=folder, depth=1))
    return {memory["path"]: memory for memory in listed if memory.get("type") == "memory" and memory["path"] in seeded}


def _content(endpoints: Any, store: Body, memory: Body, contents: dict[str, str]) -> str:
    """What a memory says; asked for only where it is not what its file says."""
    expected = contents[memory["path"]]
    if memory["content_sha256"] == _digest(expected):
        return expected
    return str(endpoints.memories(store["id"]).get(memory["id"])["content"])


def _write(endpoints: Any, store: Body, body: Body) -> None:
    memories, seeds = endpoints.memories(store["id"]), body.get(SEEDS) or []
    if body.get(STRICT):
        _enforce(memories, store, seeds)
        return
    for seed in seeds:
        if seed.get(BEFORE) is not None or not _created(memories, seed):
            _rewrite(endpoints, store, seed)


def _enforce(memories: Any, store: Body, seeds: list[Body]) -> None:
    """Write every seed that differs from its file, no matter who changed it; a concurrent change wins."""
    by_path = _found(memories, (seed["path"] for seed in seeds))
    for seed in seeds:
        now = by_path.get(seed["path"])
        if now is None:
            done = _created(memories, seed)
        else:
            done = now["content_sha256"] == _digest(seed["content"]) or _replaced(memories, now, seed)
        if not done:
            log.warning("memory %s of '%s' is being changed by an agent; run again", seed["path"], store["name"])


def _created(memories: Any, seed: Body) -> bool:
    """Write a seed at a free path; False if one is taken."""
    try:
        memories.create({"path": seed["path"], "content": seed["content"]})
    except ApiError as error:
        if error.status != 409:
            raise
        return False
    return True


def _rewrite(endpoints: Any, store: Body, seed: Body) -> None:
    """Bring a memory to the seed's new content, unless somebody has changed, moved or deleted it."""
    memories, folder = endpoints.memories(store["id"]), seed["path"].rpartition("/")[0] + "/"
    stored = next((memory for memory in memories.list(path_prefix=folder) if memory.get("path") == seed["path"]), None)
    if stored and stored["content_sha256"] == _digest(seed["content"]):
        return
    if not stored or not _is_ours(endpoints, store, stored, seed) or not _replaced(memories, stored, seed):
        how = "is there already" if seed.get(BEFORE) is None else "was changed by an agent"
        log.warning("memory %s of '%s' %s and stays as it is", seed["path"], store["name"], how)


def _is_ours(endpoints: Any, store: Body, memory: Body, seed: Body) -> bool:
    """Whether a memory is as we have written it: as recorded, or once and by the API in a store that we half made."""
    if seed.get(BEFORE) is not None:
        return bool(memory["content_sha256"] == _digest(seed[BEFORE]))
    if not seed.get(UNFINISHED):
        return False
    versions = list(endpoints.versions(store["id"]).list(memory_id=memory["id"]))
    # One version, by the API: nobody has touched the memory since the run that broke off had written it.
    return [version["created_by"]["type"] in BY_API for version in versions] == [True]


def _replaced(memories: Any, memory: Body, seed: Body) -> bool:
    # What an agent writes between our read and our write must not be lost, so the API compares once more.
    precondition = {"type": "content_sha256", "content_sha256": memory["content_sha256"]}
    try:
        memories.update(memory["id"], {"content": seed["content"], "precondition": precondition})
    except ApiError as error:
        if error.status != 409:
            raise
        return False
    return True


def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()


MEMORY_STORE = Facts(
    kind="memory_store",
    collection="memory_stores",
    id_prefix="memstore_",
    effective=effective,
    entries=ENTRIES,
    update_body=update_body,
    clearable=("description",),
    removal="delete",
    lost_with=", with everything that agents have written into it",
    operations=MemoryStoreOperations(),
)
