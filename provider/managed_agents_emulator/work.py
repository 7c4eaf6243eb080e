"""The work queue of a self-hosted environment: sessions that wait for a sandbox of the user's own, and their leases.

The emulator runs the sessions itself and only keeps the queue, so that a worker can be tried against it. A poll never
blocks: it answers at once with work or with null.
"""

from __future__ import annotations

import json
import time
from typing import Any

from pydantic import Field
from starlette.responses import Response

from managed_agents_emulator.crud import Kind
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.environments import ENVIRONMENT
from managed_agents_emulator.errors import ApiError, invalid
from managed_agents_emulator.fields import Fields, MetadataPatch, patched, whole_number
from managed_agents_emulator.store import Document, Json, now

_RECLAIM_MS = "5000"
_TTL_SECONDS = 60
_POLLING_SECONDS = 30
_UNCLAIMED = "NO_HEARTBEAT"


class WorkUpdate(Fields):
    """The body of `POST …/work/{id}`."""

    metadata: MetadataPatch = Field(default_factory=dict)


class WorkStop(Fields):
    """The body of `POST …/work/{id}/stop`."""

    force: bool | None = None


WORK = Kind(name="work", prefix="work", parameter="work", parent=ENVIRONMENT, times=("created_at",), archives=False)


def enqueue(call: Call, environment: Document, session_id: str) -> None:
    """Let a session wait for a worker."""
    fields = {
        "environment_id": environment.id,
        "data": {"type": "session", "id": session_id},
        "state": "queued",
        "metadata": {},
        "secret": None,
        "acknowledged_at": None,
        "started_at": None,
        "latest_heartbeat_at": None,
        "stop_requested_at": None,
        "stopped_at": None,
    }
    WORK.new(call, fields, parent=environment.id, private={"polled": None, "ttl_seconds": _TTL_SECONDS})


def list_work(call: Call) -> Json:
    """List the work of an environment, in every status."""
    return WORK.listed(call, parent=ENVIRONMENT.find(call).id)


def poll(call: Call) -> Response:
    """Give the oldest work that nobody has taken, or null; what is not acknowledged in time comes again."""
    environment = ENVIRONMENT.find(call)
    query = call.query
    whole_number(query.get("block_ms", "1"), "block_ms", most=999)
    patience = whole_number(query.get("reclaim_older_than_ms", _RECLAIM_MS), "reclaim_older_than_ms") / 1000
    worker, at = call.headers.get("anthropic-worker-id"), time.time()
    if worker:
        environment.private["workers"] = environment.private.get("workers", {}) | {worker: at}
        call.store.save(environment)
    free = (work for work in _queued(call, environment) if at - (work.private["polled"] or 0.0) >= patience)
    work = next(free, None)
    if work:
        work.private["polled"] = at
        call.store.save(work)
    return Response(json.dumps(work.body if work else None), media_type="application/json")


def stats(call: Call) -> Json:
    """Count how much waits, how much was taken and not acknowledged, and how many workers polled of late."""
    environment = ENVIRONMENT.find(call)
    queued = _queued(call, environment)
    pending = sum(work.private["polled"] is not None for work in queued)
    polls = environment.private.get("workers", {}).values()
    return {
        "type": "work_queue_stats",
        "depth": len(queued) - pending,
        "pending": pending,
        "oldest_queued_at": queued[0].body["created_at"] if queued else None,
        "workers_polling": sum(time.time() - at <= _POLLING_SECONDS for at in polls),
    }


def update(call: Call) -> Json:
    """Change the metadata of a piece of work."""
    work = WORK.find(call)
    return _changed(call, work, metadata=patched(work.body["metadata"], call.read(WorkUpdate).metadata))


def acknowledge(call: Call) -> Json:
    """Take work off the queue."""
    work = WORK.find(call)
    if work.body["state"] != "queued":
        raise invalid(f"{work.id} is {work.body['state']}; only queued work can be acknowledged.")
    return _changed(call, work, state="starting", acknowledged_at=now())


def heartbeat(call: Call) -> Json:
    """Keep the lease of a piece of work; the first one starts it.

    Raises a 412 where somebody else has kept it meanwhile.
    """
    work = WORK.find(call)
    if work.body["state"] == "queued":
        raise invalid(f"{work.id} is queued; acknowledge it first.")
    is_leased = work.body["state"] in {"starting", "active"}
    if is_leased:
        _check_lease(work, call.query.get("expected_last_heartbeat"))
        ttl = call.query.get("desired_ttl_seconds", str(_TTL_SECONDS))
        work.private["ttl_seconds"] = whole_number(ttl, "desired_ttl_seconds")
        at = now()
        started = work.body["started_at"] or at
        _changed(call, work, state="active", latest_heartbeat_at=at, started_at=started)
    return {
        "type": "work_heartbeat",
        "last_heartbeat": work.body["latest_heartbeat_at"] or "",
        "lease_extended": is_leased,
        "state": work.body["state"],
        "ttl_seconds": work.private["ttl_seconds"],
    }


def stop(call: Call) -> Json:
    """Ask for work to stop, or with `force` end it."""
    work, request = WORK.find(call), call.read(WorkStop)
    if work.body["state"] == "stopped":
        return work.body
    requested_at = work.body["stop_requested_at"] or now()
    if request.force:
        return _changed(call, work, state="stopped", stop_requested_at=requested_at, stopped_at=now())
    return _changed(call, work, state="stopping", stop_requested_at=requested_at)


def _queued(call: Call, environment: Document) -> list[Document]:
    every = call.store.children("work", call.workspace, environment.id)
    return [work for work in every if work.body["state"] == "queued"]


def _changed(call: Call, work: Document, **fields: Any) -> Json:
    work.body |= fields
    call.store.save(work)
    return work.body


def _check_lease(work: Document, expected: str | None) -> None:
    last = work.body["latest_heartbeat_at"]
    if expected in (None, last or _UNCLAIMED):
        return
    lease = {
        "last_heartbeat": last,
        "lease_extended": False,
        "state": work.body["state"],
        "ttl_seconds": work.private["ttl_seconds"],
    }
    message = f"expected_last_heartbeat: {expected!r} is not the last heartbeat of {work.id}."
    code = "heartbeat_precondition_failed"
    raise ApiError(412, "invalid_request_error", message, code=code, details={"current_state": lease})


_WORK = "/v1/environments/{id}/work"
OPERATIONS = (
    Operation("GET", _WORK, list_work),
    Operation("GET", _WORK + "/poll", poll),
    Operation("GET", _WORK + "/stats", stats),
    Operation("GET", _WORK + "/{work}", WORK.get),
    Operation("POST", _WORK + "/{work}", update),
    Operation("POST", _WORK + "/{work}/ack", acknowledge),
    Operation("POST", _WORK + "/{work}/heartbeat", heartbeat),
    Operation("POST", _WORK + "/{work}/stop", stop),
)
