"""Outcomes: work that is evaluated and revised until it satisfies, as often as it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.sessions.event_log import emit
from managed_agents_emulator.sessions.plan import ACKNOWLEDGED, REVISED, plan
from managed_agents_emulator.sessions.usage import charge, request_usage, span_usage
from managed_agents_emulator.store import Json, now

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document

DEFAULT_ITERATIONS = 3


def adopt(session: Document, events: list[Json]) -> None:
    """Work towards the outcome that an event defines, if one does."""
    for event in events:
        if event["type"] == "user.define_outcome":
            session.private["outcome"] = {
                "id": event["outcome_id"],
                "iteration": 0,
                "max_iterations": event.get("max_iterations") or DEFAULT_ITERATIONS,
                "verdicts": [{"result": "satisfied", "explanation": "No rule of the script says otherwise."}],
            }
            _report(session, result="running")


def pending(outcome_id: str, description: str) -> Json:
    """Make the entry of an outcome for which nothing has been done yet."""
    return {
        "type": "outcome_evaluation",
        "outcome_id": outcome_id,
        "description": description,
        "iteration": 0,
        "result": "pending",
        "explanation": None,
        "completed_at": None,
    }


def evaluate(emulator: Emulator, session: Document) -> None:
    """Judge the work by the next verdict, and plan what follows."""
    state = session.private["outcome"]
    about = {"outcome_id": state["id"], "iteration": state["iteration"]}
    verdict = state["verdicts"].pop(0) if len(state["verdicts"]) > 1 else state["verdicts"][0]
    start = emit(emulator, session, "span.outcome_evaluation_start", **about)
    emit(emulator, session, "span.outcome_evaluation_ongoing", **about)
    result = verdict["result"]
    last = state["iteration"] + 1 >= state["max_iterations"]
    if result == "needs_revision" and last:
        result = "max_iterations_reached"
    usage = request_usage({}, verdict["explanation"], [])
    charge(session.body["usage"], session.private, usage)
    emit(
        emulator,
        session,
        "span.outcome_evaluation_end",
        **about,
        outcome_evaluation_start_id=start["id"],
        result=result,
        explanation=verdict["explanation"],
        usage=span_usage(usage),
    )
    _conclude(session, result, verdict["explanation"])


def interrupt(session: Document) -> None:
    """Give up the outcome a session works for."""
    if session.private["outcome"]:
        _report(session, result="interrupted", completed_at=now())
        session.private["outcome"] = None


def _conclude(session: Document, result: str, explanation: str) -> None:
    state = session.private["outcome"]
    if result == "needs_revision":
        state["iteration"] += 1
        session.private["variables"]["iteration"] = str(state["iteration"])
        session.private["plan"] = plan(REVISED)
        _report(session, result="running", iteration=state["iteration"], explanation=explanation)
        return
    _report(session, result=result, explanation=explanation, completed_at=now())
    session.private["outcome"] = None
    if result == "max_iterations_reached":
        session.private["plan"] = plan(ACKNOWLEDGED)


def _report(session: Document, **changes: Any) -> None:
    outcome_id = session.private["outcome"]["id"]
    for evaluation in session.body["outcome_evaluations"]:
        if evaluation["outcome_id"] == outcome_id:
            evaluation.update(changes)
