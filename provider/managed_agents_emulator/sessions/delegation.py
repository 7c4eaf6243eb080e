"""Delegated tasks: a coordinator sends a message to an agent of its roster, whose answer comes from the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.sessions.plan import filled
from managed_agents_emulator.sessions.record import emit
from managed_agents_emulator.sessions.threads import new_thread
from managed_agents_emulator.sessions.usage import charge, request_usage, span_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document

Json = dict[str, Any]


def delegate(emulator: Emulator, session: Document, task: Json) -> Json:
    """Have a task done in a thread of its own, from beginning to end; the finished call."""
    name, variables = task["agent"], session.private["variables"]
    agent = next((member for member in _roster(session.body["agent"]["multiagent"]) if member["name"] == name), None)
    if agent is None:
        text = f"The script delegates to {name!r}, which is not in this agent's roster."
        event = emit(emulator, session, "agent.message", content=_text(text))
        return _call(event, text, is_error=True)
    message, reply = filled(task["message"], variables), filled(task["reply"], variables)
    thread = new_thread(session, agent)
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
    """What the thread's own stream says of the task."""
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
    """The agents a session's agent may delegate to."""
    if not multiagent:
        return
    entries = multiagent.get("agents") or (multiagent.get("subagents") or {}).get("predefined_agents") or []
    yield from (entry for entry in entries if entry["type"] == "agent")


def _call(event: Json, result: str, *, is_error: bool) -> Json:
    return {"kind": "delegate", "event_id": event["id"], "awaits": None, "result": result, "is_error": is_error}


def _text(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]
