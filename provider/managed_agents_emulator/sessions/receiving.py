"""Events a client sends: all are checked before any counts, then queued or applied to what the session waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.sessions.event_log import emit_status, receive
from managed_agents_emulator.sessions.events import DefineOutcome, TextRubric, ToolConfirmation
from managed_agents_emulator.sessions.outcome import DEFAULT_ITERATIONS, pending
from managed_agents_emulator.sessions.tool_use import answer, confirm, waiting_for
from managed_agents_emulator.sessions.turn import abandon, start_turn, stop_turn
from managed_agents_emulator.sessions.usage import budget_reached
from managed_agents_emulator.store import Json, new_id

if TYPE_CHECKING:
    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Document

_ANSWERS = {
    "user.tool_confirmation": "tool_use_id",
    "user.tool_result": "tool_use_id",
    "user.custom_tool_result": "custom_tool_use_id",
}


def take_in(call: Call, session: Document, events: list[Any]) -> list[Json]:
    """Accept all of a request's events or, with a 400, none, and return their echoes."""
    for event in events:
        _check(call, session, event)
    new = sum(event.type == "user.define_outcome" for event in events)
    unfinished = [outcome for outcome in session.body["outcome_evaluations"] if outcome["completed_at"] is None]
    if new and new + len(unfinished) > 1:
        raise invalid(f"Session {session.id} works towards one outcome at a time.")
    echoes = [_accept(call, session, event) for event in events]
    _go_on(call, session, answered=any(event.type in _ANSWERS for event in events))
    return echoes


def _check(call: Call, session: Document, event: Any) -> None:
    waiting = waiting_for(session.private["calls"])
    if event.type in _ANSWERS:
        _check_answer(call, session, event)
    if event.type not in {"user.message", "user.define_outcome"}:
        return
    if budget_reached(session.body, session.private):
        raise invalid(f"Session {session.id} has reached its budget; raise or remove it first.")
    if waiting and call.switches.message_while_waiting == "refuse":
        raise invalid(f"Session {session.id} waits for {', '.join(waiting)}.")


def _check_answer(call: Call, session: Document, event: Any) -> None:
    event_id = getattr(event, _ANSWERS[event.type])
    known = next((c for c in session.private["calls"] if c["event_id"] == event_id), None)
    if known and known["awaits"] == event.type:
        return
    stored = call.store.get("event", event_id, call.workspace)
    if stored is None or stored.parent != session.id:
        raise invalid(f"{_ANSWERS[event.type]}: {event_id!r} is not a tool use of this session")
    raise invalid(f"{_ANSWERS[event.type]}: {event_id!r} does not wait for a {event.type}")


def _accept(call: Call, session: Document, event: Any) -> Json:
    emulator, fields = call.emulator, event.model_dump(exclude_unset=True)
    if event.type in _ANSWERS:
        event_id = getattr(event, _ANSWERS[event.type])
        waiting = next(c for c in session.private["calls"] if c["event_id"] == event_id)
        if isinstance(event, ToolConfirmation):
            confirm(waiting, fields, self_hosted=session.private["self_hosted"])
        else:
            answer(waiting, fields)
        return receive(emulator, session, fields, queued=False)
    if event.type == "user.interrupt":
        echo = receive(emulator, session, fields, queued=False)
        if session.body["status"] == "running":
            abandon(emulator, session)
            stop_turn(emulator, session, {"type": "end_turn"})
        return echo
    if isinstance(event, DefineOutcome):
        outcome_id = new_id("outc")
        session.body["outcome_evaluations"].append(pending(outcome_id, event.description))
        default = DEFAULT_ITERATIONS if call.switches.outcome_max_iterations == "default" else None
        iterations = event.max_iterations or default
        fields |= {"outcome_id": outcome_id, "rubric": _rubric(call, event), "max_iterations": iterations}
    echo = receive(emulator, session, fields, queued=event.type != "user.define_outcome")
    session.private["queue"].append(echo["id"])
    return echo


def _rubric(call: Call, event: DefineOutcome) -> Json:
    if isinstance(event.rubric, TextRubric):
        return event.rubric.model_dump()
    file = call.find("file", event.rubric.file_id)
    return {"type": "text", "content": call.store.get_blob(file.id).decode(errors="replace")}


def _go_on(call: Call, session: Document, *, answered: bool) -> None:
    if session.body["status"] != "idle":
        return
    waiting = waiting_for(session.private["calls"])
    if waiting:
        if answered:
            reason = {"type": "requires_action", "event_ids": waiting}
            emit_status(call.emulator, session, "idle", stop_reason=reason)
    elif answered or session.private["queue"]:
        start_turn(call.emulator, session)
