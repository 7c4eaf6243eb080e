"""Facts about memory stores (`/v1/memory_stores`), and the memories that a new one begins with.

What a file lists under `memories` are seeds: written when they are new in the file, changed later only as long as no
agent has changed them. What agents write is theirs, and no drift.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.kinds.facts import Facts
from pulumi_managed_agents.kinds.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.kinds.leaves import Body
    from pulumi_managed_agents.kinds.record import Record

log = logging.getLogger(__name__)

SEEDS = "memories"
BEFORE = "before"
"""The key under which an update carries what a seed was when it was last written."""


def effective(body: Body, declared: Body, own_id: str = "") -> Body:  # noqa: ARG001 - one signature for all kinds
    """A memory store with its seeds by path; the API's object has none."""
    return {**body, SEEDS: _contents(body)} if SEEDS in body else body


def _contents(body: Body) -> dict[str, str]:
    return {str(seed["path"]): str(seed["content"]) for seed in body.get(SEEDS) or []}


def update_body(body: Body, record: Record) -> Body:
    """An empty description instead of none, and of the seeds those that are new or others than recorded."""
    described = {**body, "description": body["description"] or ""} if "description" in body else body
    if SEEDS not in body:
        return described
    before = _contents(record.desired)
    moved = [seed for seed in body[SEEDS] or [] if before.get(seed["path"]) != seed["content"]]
    return {**described, SEEDS: [{**seed, BEFORE: before.get(seed["path"])} for seed in moved]}


class MemoryStoreOperations(Operations):
    """Seeds are written after the store, each by a request of its own."""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Make the store and write its seeds."""
        store = super().create(endpoints, _without_seeds(body))
        _write(endpoints, store, body.get(SEEDS) or [])
        return store

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change the store, and write seeds that are new or still as they were."""
        fields = _without_seeds(body)
        store = super().update(endpoints, live, fields) if fields else live
        _write(endpoints, store, body.get(SEEDS) or [])
        return store


def _without_seeds(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != SEEDS}


def _write(endpoints: Any, store: Body, seeds: Iterable[Body]) -> None:
    memories = endpoints.memories(store["id"])
    for seed in seeds:
        if seed.get(BEFORE) is not None or not _created(memories, seed):
            _rewrite(memories, store, seed)


def _created(memories: Any, seed: Body) -> bool:
    """Write a seed at a free path; False where one is taken."""
    try:
        memories.create({"path": seed["path"], "content": seed["content"]})
    except ApiError as error:
        if error.status != 409:
            raise
        return False
    return True


def _rewrite(memories: Any, store: Body, seed: Body) -> None:
    """Bring a memory to the seed's new content, unless somebody has changed, moved or deleted it."""
    folder = seed["path"].rpartition("/")[0] + "/"
    found = next((one for one in memories.list(path_prefix=folder) if one.get("path") == seed["path"]), None)
    now = (found or {}).get("content_sha256")
    if now == _digest(seed["content"]):
        return
    before = seed.get(BEFORE)
    if found is None or before is None or now != _digest(before) or not _replaced(memories, found, seed):
        log.warning("memory %s of '%s' was changed by an agent and stays as it is", seed["path"], store["name"])


def _replaced(memories: Any, found: Body, seed: Body) -> bool:
    precondition = {"type": "content_sha256", "content_sha256": found["content_sha256"]}
    try:
        memories.update(found["id"], {"content": seed["content"], "precondition": precondition})
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
    effective=effective,
    update_body=update_body,
    removal="delete",
    operations=MemoryStoreOperations(),
)
