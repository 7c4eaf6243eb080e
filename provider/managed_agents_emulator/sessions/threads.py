"""The primary thread of a session, seen as the object the API makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.errors import not_found

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document

Json = dict[str, Any]


def primary_thread(session: Document) -> Json:
    """The only thread an emulated session has."""
    body = session.body
    agent = {field: value for field, value in body["agent"].items() if field != "multiagent"}
    return {
        "id": session.private["thread"],
        "type": "session_thread",
        "session_id": session.id,
        "parent_thread_id": None,
        "workflow_run_id": None,
        "status": body["status"],
        "agent": agent,
        "stats": body["stats"] | {"startup_seconds": 0.0},
        "usage": body["usage"],
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "archived_at": body["archived_at"],
    }


def check_thread(session: Document, thread_id: str) -> None:
    """Refuse the id of a thread the session does not have, with a 404."""
    if thread_id != session.private["thread"]:
        raise not_found("Session thread", thread_id)
