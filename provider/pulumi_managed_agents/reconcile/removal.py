"""Taking an object away, as its kind does; what is already gone is a success, so that it can be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, Refused, Unreachable
from pulumi_managed_agents.reconcile.live import is_gone

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import World
    from pulumi_managed_agents.reconcile.plan import Subject


def remove(world: World, subject: Subject, id: str) -> str:
    """Archive or delete, as the kind does, and say what was done; what is gone already is a success.

    An environment that sessions still refer to cannot be deleted; it is archived instead. What
    `managed-agents:onRemoval` spares is left alone.

    Raises:
        Refused: `managed-agents:onRemoval` is 'refuse'.
    """
    if world.rules.on_removal != "archive" and not is_gone(world.live.get(subject.facts, id)):
        return _spared(world, subject, id)
    endpoints = subject.facts.endpoints(world.client)
    act = endpoints.archive if subject.facts.removal == "archive" else endpoints.delete
    done = subject.facts.removed
    try:
        act(id)
    except (Unreachable, ApiError) as error:
        gone = is_gone(world.live.read_again(subject.facts, id))
        done = "is gone" if gone else _archived_instead(world, subject, id, error)
    world.live.drop(subject.facts, id)
    return done


def _archived_instead(world: World, subject: Subject, id: str, error: Unreachable | ApiError) -> str:
    in_use = isinstance(error, ApiError) and error.status in {400, 409}
    if not (in_use and subject.facts.removal == "delete" and subject.facts.marked):
        raise error
    subject.facts.endpoints(world.client).archive(id)
    return "is still used by sessions: archived instead of deleted"


def _spared(world: World, subject: Subject, id: str) -> str:
    """Keep what is not to be removed, also in the very run in which that was configured.

    From the next run on the engine knows by itself, and does not ask any more.
    """
    if world.rules.on_removal == "refuse":
        raise Refused(f"{subject} is no longer declared, but managed-agents:onRemoval is 'refuse'; {id} was left alone")
    return f"is no longer managed; {id} was left alone (managed-agents:onRemoval is 'retain')"
