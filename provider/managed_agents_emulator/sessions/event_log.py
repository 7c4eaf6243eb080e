"""A session's events: written to the store and sent to every listener once the transaction is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.store import Document, Json, new_id, now

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator


def emit(emulator: Emulator, session: Document, type_: str, *, thread: str = "", **fields: Any) -> Json:
    """Add an event that happens now, to the session's own stream or to that of a `thread`."""
    event = {"id": new_id("sevt"), "type": type_, "processed_at": now()} | fields
    _insert(emulator, session, event, thread)
    _publish(emulator, session, event, thread)
    return event


def receive(emulator: Emulator, session: Document, fields: Json, *, queued: bool) -> Json:
    """Add an event a client sent; a queued one reaches listeners when it is processed."""
    event = {"id": new_id("sevt"), "processed_at": None if queued else now()} | fields
    _insert(emulator, session, event)
    if not queued:
        _publish(emulator, session, event)
    return event


def process(emulator: Emulator, session: Document, event_id: str) -> Json:
    """Move a queued event to the end of the history, where it takes effect; one processed on receipt stays."""
    queued = emulator.store.get("event", event_id, session.workspace)
    if queued is None:
        raise LookupError(event_id)
    if queued.body["processed_at"]:
        return queued.body
    event = queued.body | {"processed_at": now()}
    emulator.store.delete(queued)
    _insert(emulator, session, event)
    _publish(emulator, session, event)
    return event


def emit_status(emulator: Emulator, session: Document, status: str, **fields: Any) -> None:
    """Add the events of a status change, the primary thread's first except when a turn begins."""
    thread = {"session_thread_id": session.private["thread"], "agent_name": session.body["agent"]["name"]}
    if status == "running":
        emit(emulator, session, "session.status_running")
        emit(emulator, session, "session.thread_status_running", **thread)
        return
    emit(emulator, session, f"session.thread_status_{status}", **thread, **fields)
    if status == "idle":
        usage = {"usage": session.body["usage"], "budget": session.body["budget"]}
        emit(emulator, session, "session.usage", **usage)
    emit(emulator, session, f"session.status_{status}", **fields)


def _insert(emulator: Emulator, session: Document, event: Json, thread: str = "") -> None:
    emulator.store.insert(Document("event", event["id"], session.workspace, event, parent=thread or session.id))


def _publish(emulator: Emulator, session: Document, event: Json, thread: str = "") -> None:
    emulator.store.after_commit(lambda: emulator.streams.publish(thread or session.id, event))
