"""The threads of a session: the primary one, which is the session itself, and one for every task it delegated.

A coordinator sends a message to an agent of its roster, whose answer comes from the script. Such a task is done within
one step of the turn, so its thread is idle whenever somebody can look at it. What is kept of it in
`session.private["threads"]` is its id, agent, times and usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.errors import not_found
from managed_agents_emulator.sessions.event_log import emit
from managed_agents_emulator.sessions.plan import filled
from managed_agents_emulator.sessions.usage import charge, request_usage, span_usage, unused
from managed_agents_emulator.store import Json, new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document


def child_threads(session: Document) -> list[Json]:
    """List what is kept of the threads of delegated tasks."""
    return list(session.private["threads"])


def find_thread(session: Document, thread_id: str) -> Json | None:
    """Find what is kept of a thread, None for the primary one; 404 for one the session does not have."""
    if thread_id == session.private["thread"]:
        return None
    for thread in child_threads(session):
        if thread["id"] == thread_id:
            return thread
    raise not_found("Session thread", thread_id)


def shown(session: Document, thread: Json | None) -> Json:
    """Show a thread as the API does, the primary one for None."""
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


def delegate(emulator: Emulator, session: Document, task: Json) -> Json:
    """Have a task done in a new thread, from beginning to end, and return the finished call."""
    name, variables = task["agent"], session.private["variables"]
    agent = next((member for member in _roster(session.body["agent"]["multiagent"]) if member["name"] == name), None)
    if agent is None:
        text = f"The script delegates to {name!r}, which is not in this agent's roster."
        event = emit(emulator, session, "agent.message", content=_text(text))
        return _call(event, text, is_error=True)
    message, reply = filled(task["message"], variables), filled(task["reply"], variables)
    at = now()
    thread: Json = {"id": new_id("sthr"), "agent": agent, "created_at": at, "updated_at": at, "archived_at": None}
    thread |= {"usage": unused(), "cost_cents": 0.0}
    session.private["threads"].append(thread)
    about = {"session_thread_id": thread["id"], "agent_name": name}
    to, sender = {"to_session_thread_id": thread["id"]}, {"from_session_thread_id": thread["id"]}
    emit(emulator, session, "session.thread_created", **about)
    emit(emulator, session, "session.thread_status_running", **about)
    sent = emit(emulator, session, "agent.thread_message_sent", content=_text(message), to_agent_name=name, **to)
    _work(emulator, session, thread, message, reply)
    answer = {"content": _text(reply), "from_agent_name": name, **sender}
    emit(emulator, session, "agent.thread_message_received", **answer)
    emit(emulator, session, "session.thread_status_idle", stop_reason={"type": "end_turn"}, **about)
    return _call(sent, reply, is_error=False)


def _work(emulator: Emulator, session: Document, thread: Json, message: str, reply: str) -> None:
    """Record what the thread's own stream says of the task."""
    primary = session.private["thread"]
    about = {"session_thread_id": thread["id"], "agent_name": thread["agent"]["name"]}

    def say(type_: str, **fields: Any) -> Json:
        return emit(emulator, session, type_, thread=thread["id"], **fields)

    say("session.thread_status_running", **about)
    say("agent.thread_message_received", content=_text(message), from_session_thread_id=primary)
    start = say("span.model_request_start")
    say("agent.message", content=_text(reply))
    usage = request_usage({}, message, [reply])
    charge(thread["usage"], thread, usage)
    charge(session.body["usage"], session.private, usage)
    say("span.model_request_end", model_request_start_id=start["id"], is_error=False, model_usage=span_usage(usage))
    say("agent.thread_message_sent", content=_text(reply), to_session_thread_id=primary)
    say("session.thread_status_idle", stop_reason={"type": "end_turn"}, **about)


def _roster(multiagent: Json | None) -> Iterator[Json]:
    """List the agents a session's agent may delegate to."""
    if not multiagent:
        return
    entries = multiagent.get("agents") or (multiagent.get("subagents") or {}).get("predefined_agents") or []
    yield from (entry for entry in entries if entry["type"] == "agent")


def _call(event: Json, result: str, *, is_error: bool) -> Json:
    return {"kind": "delegate", "event_id": event["id"], "awaits": None, "result": result, "is_error": is_error}


def _text(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]
