"""Changing a session that lives: title, metadata, budget, and the tools of its agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.agents.definition import applied
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import patched

if TYPE_CHECKING:
    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.sessions.definition import Budget, SessionUpdate
    from managed_agents_emulator.store import Document

Json = dict[str, Any]


def changes(request: SessionUpdate, session: Document, call: Call) -> Json:
    """The fields of the session's body that a request really changes; 400 where it may not."""
    body, sent = session.body, request.model_fields_set
    if "vault_ids" in sent:
        raise invalid("vault_ids: cannot be changed on an existing session")
    new: Json = {}
    if "title" in sent:
        new["title"] = request.title
    if "metadata" in sent:
        new["metadata"] = patched(body["metadata"], request.metadata)
    if request.agent and request.agent.model_fields_set:
        if session.body["status"] == "running":
            raise invalid(f"agent: session {session.id} is running; its agent can be changed when it is idle")
        new["agent"] = applied(request.agent, body["agent"], call)
    if "budget" in sent:
        new["budget"] = _new_budget(request.budget, session)
    return {field: value for field, value in new.items() if value != body[field]}


def _new_budget(budget: Budget | None, session: Document) -> Json | None:
    if budget is None:
        return None
    if session.body["budget"] is None:
        raise invalid("budget: can only be given when the session is created (budget_create_only)")
    if int(budget.max_list_cost.amount) <= session.private.get("cost_cents", 0):
        raise invalid("budget: must be more than the session has already cost (budget_not_raised)")
    return budget.model_dump()
