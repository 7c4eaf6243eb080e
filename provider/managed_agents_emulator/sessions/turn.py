"""Turns: what happens from a message until the session is idle again.

A turn is a series of steps, each one transaction that leaves the session in a state from which the next step, or the
next process, can go on. `session.private` holds that state: `queue` (events not yet processed), `plan` (model requests
still to come), `calls` (tool calls of the last request and what became of them), `variables` and `outcome`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from managed_agents_emulator.sessions import outcome
from managed_agents_emulator.sessions.event_log import emit, emit_status, process
from managed_agents_emulator.sessions.plan import PLAIN, filled, plan, scripted_plan
from managed_agents_emulator.sessions.resources import write_output_files
from managed_agents_emulator.sessions.tool_use import call_tools, deliver_results, results_text, waiting_for
from managed_agents_emulator.sessions.usage import budget_reached, charge, request_usage, span_usage

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document, Json


def start_turn(emulator: Emulator, session: Document) -> None:
    """Set a session running and let its steps follow once the current transaction is kept."""
    session.body["status"] = "running"
    session.private["running_since"] = time.time()
    emulator.store.after_commit(lambda: _spawn(emulator, session.id, session.workspace))


def stop_turn(emulator: Emulator, session: Document, stop_reason: Json, **details: Any) -> None:
    """Set a session idle, with the reason why."""
    _settle(session, "idle")
    emit_status(emulator, session, "idle", stop_reason=stop_reason, **details)


def terminate(emulator: Emulator, session: Document) -> None:
    """End a session for ever."""
    abandon(emulator, session)
    _settle(session, "terminated")
    emit_status(emulator, session, "terminated")


def abandon(emulator: Emulator, session: Document) -> None:
    """Stop the steps of a turn and forget what it still had to do."""
    task = emulator.turns.pop(session.id, None)
    if task:
        task.cancel()
    _forget_rest(session)


def resume_turns(emulator: Emulator) -> None:
    """Go on with the turns that a restart interrupted."""
    for session in emulator.store.everywhere("session"):
        if session.body["status"] in ("running", "rescheduling"):
            _spawn(emulator, session.id, session.workspace)


def _spawn(emulator: Emulator, session_id: str, workspace: str) -> None:
    if session_id in emulator.turns:
        return
    task = asyncio.get_running_loop().create_task(_drive(emulator, session_id, workspace))
    emulator.turns[session_id] = task


async def _drive(emulator: Emulator, session_id: str, workspace: str) -> None:
    pause: float | None = 0.0
    try:
        while pause is not None:
            await asyncio.sleep(pause)
            session = emulator.store.get("session", session_id, workspace)
            if session is None or session.body["status"] != "running":
                return
            with emulator.store.transaction():
                pause = _step(emulator, session)
                emulator.store.save(session)
    finally:
        # An abandoned turn may have a successor already.
        if emulator.turns.get(session_id) is asyncio.current_task():
            del emulator.turns[session_id]


def _step(emulator: Emulator, session: Document) -> float | None:
    """Do the next thing, and return the seconds until the one after it; None when the turn has ended or waits."""
    private = session.private
    if private["announce"]:
        private["announce"] = False
        # A message stands before the status change it causes; an answer to a tool call has been recorded already.
        if not private["calls"] and private["queue"]:
            _take_messages(emulator, session)
        emit_status(emulator, session, "running")
        return 0.0
    if private["calls"]:
        private["variables"]["results"] = results_text(private["calls"])
        deliver_results(emulator, session)
        private["calls"] = []
        return 0.0
    if private["queue"] and not private["plan"] and not private["outcome"]:
        return _take_messages(emulator, session)
    if private["plan"]:
        return _next_request(emulator, session)
    if private["outcome"]:
        outcome.evaluate(emulator, session)
        return 0.0
    stop_turn(emulator, session, {"type": "end_turn"})
    return None


def _take_messages(emulator: Emulator, session: Document) -> float:
    private, agent = session.private, session.body["agent"]["name"]
    events = [process(emulator, session, event_id) for event_id in private["queue"]]
    private["queue"] = []
    outcome.adopt(session, events)
    message = "\n".join(filter(None, map(_text_of, events)))
    matched = emulator.script.rule_for(agent, message)
    private["variables"] = {"agent": agent, "message": message, "results": ""} | (matched[1] if matched else {})
    private["plan"] = scripted_plan(matched[0]) if matched else plan(PLAIN)
    if private["outcome"] and matched:
        private["outcome"]["verdicts"] = [verdict.model_dump() for verdict in matched[0].outcome]
    return 0.0


def _text_of(event: Json) -> str:
    if event["type"] == "user.define_outcome":
        return str(event["description"])
    blocks = event["content"] if event["type"] == "user.message" else []
    return "\n".join(block["text"] for block in blocks if block["type"] == "text")


def _next_request(emulator: Emulator, session: Document) -> float | None:
    private = session.private
    request = private["plan"][0]
    if request["delay"]:
        delay, request["delay"] = request["delay"], 0.0
        return float(delay)
    private["plan"].pop(0)
    _ask_model(emulator, session, request)
    if request["error"]:
        return _fail(emulator, session, request["error"])
    if request["refusal"]:
        _forget_rest(session)
        details = {"type": "refusal"} | request["refusal"]
        stop_turn(emulator, session, {"type": "refusal"}, stop_details=details)
        return None
    if budget_reached(session.body, private):
        _forget_rest(session)
        stop_turn(emulator, session, {"type": "budget_reached"})
        return None
    waiting = waiting_for(private["calls"])
    if waiting:
        stop_turn(emulator, session, {"type": "requires_action", "event_ids": waiting})
        return None
    return 0.0


def _forget_rest(session: Document) -> None:
    outcome.interrupt(session)
    session.private |= {"plan": [], "calls": [], "outcome": None}


def _ask_model(emulator: Emulator, session: Document, request: Json) -> None:
    variables = session.private["variables"]
    start = emit(emulator, session, "span.model_request_start")
    if request["thinking"]:
        emit(emulator, session, "agent.thinking")
    replies = [filled(text, variables) for text in request["replies"]]
    for reply in replies:
        emit(emulator, session, "agent.message", content=[{"type": "text", "text": reply}])
    write_output_files(emulator, session, request["files"])
    call_tools(emulator, session, request["tools"])
    usage = request_usage(request["usage"], variables["message"], replies)
    charge(session.body["usage"], session.private, usage)
    emit(
        emulator,
        session,
        "span.model_request_end",
        model_request_start_id=start["id"],
        is_error=bool(request["error"]),
        model_usage=span_usage(usage),
    )


def _fail(emulator: Emulator, session: Document, failure: Json) -> float | None:
    error = {"type": failure["type"], "message": failure["message"], "retry_status": {"type": failure["retry_status"]}}
    emit(emulator, session, "session.error", error=error | failure["details"])
    if failure["retry_status"] == "retrying":
        emit_status(emulator, session, "rescheduled")
        emit_status(emulator, session, "running")
        return 0.0
    _forget_rest(session)
    if failure["retry_status"] == "exhausted":
        stop_turn(emulator, session, {"type": "retries_exhausted"})
    else:
        _settle(session, "terminated")
        emit_status(emulator, session, "terminated")
    return None


def _settle(session: Document, status: str) -> None:
    session.body["status"] = status
    session.private["announce"] = True
    since = session.private.pop("running_since", None)
    if since is not None:
        usage, stats = session.body["usage"], session.body["stats"]
        stats["active_seconds"] = usage["active_seconds"] = round(usage["active_seconds"] + time.time() - since, 3)
