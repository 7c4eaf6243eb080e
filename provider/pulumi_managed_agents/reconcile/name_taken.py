"""The refusal of a name that another object of the workspace has: whose that is, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import mark_of

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import Context, Subject
    from pulumi_managed_agents.reconcile.leaves import Body

TAKEN = 409


def explained(context: Context, subject: Subject, desired: Body, error: ApiError) -> ApiError:
    """The error in terms of the object that has the name, where that is the reason; else the error as it is."""
    facts, name = subject.facts, desired.get("name")
    if error.status != TAKEN or facts.unique != "name" or not name:
        return error
    listed = facts.endpoints(context.client).list(**facts.list_filters)
    holder = next((live for live in listed if live.get("name") == name), None)
    if holder is None:
        return error
    id, owner = holder["id"], mark_of(holder)
    whose = f"which belongs to {owner}" if owner else "which no stack manages"
    if is_gone(holder):
        whose = "which is archived and keeps its name"
    return ApiError(
        f"{subject}: {id} has the name '{name}' in this workspace, {whose}; {_advice(subject, id, free=not owner)} "
        f"(request {error.request_id or 'unknown'})",
        status=error.status,
        type=error.type,
        code=error.code,
        request_id=error.request_id,
    )


def _advice(subject: Subject, id: str, *, free: bool) -> str:
    if subject.file:
        return f"give this one another `name` in {subject.file}, or by `overrides` in the values of the stage"
    adopt = f", or take that one over with `adopt='{id}'`" if free else ""
    return f"give this one another `name` in the program, or none, so that the stack is part of it{adopt}"
