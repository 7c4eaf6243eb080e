"""Taking an object away, as its kind does; what is already gone is a success, so that it can be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, Refused, Unreachable
from pulumi_managed_agents.reconcile.live import is_gone

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import Context, Subject


def remove(context: Context, subject: Subject, id: str) -> str:
    """Archive or delete the object, as its kind does, and say what was done; what is gone already is a success.

    With `managed-agents:onRemoval` 'retain' it is left alone.

    Raises:
        Refused: `managed-agents:onRemoval` is 'refuse'.
    """
    if context.rules.on_removal != "archive" and not is_gone(context.live.get(subject.facts, id)):
        return _spared(context, subject, id)
    endpoints = subject.facts.endpoints(context.client)
    act = endpoints.archive if subject.facts.removal == "archive" else endpoints.delete
    done = subject.facts.removed
    try:
        act(id)
    except (Unreachable, ApiError) as error:
        gone = is_gone(context.live.read_again(subject.facts, id))
        done = "is gone" if gone else _archived_instead(context, subject, id, error)
    context.live.drop(subject.facts, id)
    return done


def _archived_instead(context: Context, subject: Subject, id: str, error: Unreachable | ApiError) -> str:
    # The API refuses to delete an environment that sessions still refer to, but it archives it.
    in_use = isinstance(error, ApiError) and error.status in {400, 409}
    if not (in_use and subject.facts.removal == "delete" and subject.facts.marked):
        raise error
    subject.facts.endpoints(context.client).archive(id)
    return "is still used by sessions: archived instead of deleted"


def _spared(context: Context, subject: Subject, id: str) -> str:
    """Leave the object alone, or refuse where that is the policy."""
    # The engine knows `retain_on_delete` and `protect` from its state, so only after an up with this policy. Until then
    # it calls `delete` as before.
    if context.rules.on_removal == "refuse":
        raise Refused(f"{subject} is no longer declared, but managed-agents:onRemoval is 'refuse'; {id} was left alone")
    return f"is no longer managed; {id} was left alone (managed-agents:onRemoval is 'retain')"
