"""The threads of a session: the primary one, which is the session itself, and one for every task it delegated.

A delegated task is done within one step of the turn, so its thread is idle whenever somebody can look at it. What is
kept of it in `session.private["threads"]` is its id, agent, times and usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.errors import not_found
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.sessions.usage import unused

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document

Json = dict[str, Any]


def new_thread(session: Document, agent: Json) -> Json:
    """Add a thread that runs a snapshot of an agent."""
    at = now()
    thread: Json = {"id": new_id("sthr"), "agent": agent, "created_at": at, "updated_at": at, "archived_at": None}
    thread |= {"usage": unused(), "cost_cents": 0.0}
    session.private["threads"].append(thread)
    return thread


def child_threads(session: Document) -> list[Json]:
    """What is kept of the threads of delegated tasks."""
    return list(session.private["threads"])


def find_thread(session: Document, thread_id: str) -> Json | None:
    """What is kept of a thread, None for the primary one; 404 for one the session does not have."""
    if thread_id == session.private["thread"]:
        return None
    for thread in child_threads(session):
        if thread["id"] == thread_id:
            return thread
    raise not_found("Session thread", thread_id)


def shown(session: Document, thread: Json | None) -> Json:
    """A thread as the object the API makes of it, the primary one for None."""
    if thread is None:
        return _primary(session)
    status = "terminated" if session.body["status"] == "terminated" else "idle"
    fields = {field: thread[field] for field in ("id", "agent", "usage", "created_at", "updated_at", "archived_at")}
    stats = {"active_seconds": 0.0, "duration_seconds": 0.0, "startup_seconds": 0.0}
    return _common(session, status) | {"parent_thread_id": session.private["thread"], "stats": stats} | fields


def _primary(session: Document) -> Json:
    body = session.body
    fields = {field: body[field] for field in ("usage", "created_at", "updated_at", "archived_at")}
    agent = {field: value for field, value in body["agent"].items() if field != "multiagent"}
    stats = body["stats"] | {"startup_seconds": 0.0}
    about = {"id": session.private["thread"], "parent_thread_id": None, "agent": agent, "stats": stats}
    return _common(session, body["status"]) | about | fields


def _common(session: Document, status: str) -> Json:
    return {"type": "session_thread", "session_id": session.id, "workflow_run_id": None, "status": status}
