"""How a run ended: the error with the right exit code, and what it says about what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Conflict, InputError, ManagedAgentsError, Refused, SmokeFailed

if TYPE_CHECKING:
    from pulumi_managed_agents.engine.events import Outcome

UNTOUCHED = "nothing was changed"
HALF_DONE = "the run failed; what had finished before is recorded, and the next run goes on from there"
RED = "not all is proven: an agent whose test failed goes on serving what it did; mend it, and run this again"
STOPPED = "an up would stop; nothing was changed"
ERRORS: tuple[tuple[str, type[ManagedAgentsError]], ...] = (
    ("dynamic/managedagents:Proof resource", SmokeFailed),
    ("was changed both in its file and outside Pulumi", Conflict),
    ("while it was being updated", Conflict),
    ("is gone since it was planned", Conflict),
    ("managed-agents:onDrift is 'fail'", Refused),
    ("managed-agents:onRemoval is 'refuse'", Refused),
    ("as it is protected: remove `protect`", Refused),
    ("as it is currently marked for protection", Refused),
    ("and cannot be adopted", Refused),
    ("Remove it there first, or its metadata entry", Refused),
    ("which can never be changed", Refused),
    ("the stack is currently locked by", Refused),
    ("Another update is currently in progress", Refused),
    ("managed-agents:verifiedIn is '", Refused),
    ("managed-agents:requireSmoke is 'all'", Refused),
    ("more than smoke.budget_usd in the stage's values", Refused),
    ("' has no value; set it with `pulumi config set --secret", InputError),
)
"""By what an engine's errors say, since all that an engine itself tells is that it failed."""


def failure(outcome: Outcome) -> type[ManagedAgentsError]:
    """The error with the right exit code for a run that failed."""
    told = "\n".join(outcome.errors)
    return next((error for sign, error in ERRORS if sign in told), ManagedAgentsError)


def must_have_worked(outcome: Outcome, message: str = HALF_DONE) -> None:
    """Turn an engine's failure into the error with the right exit code; its lines were shown as they came."""
    if outcome.ok:
        return
    kind = failure(outcome)
    if kind is SmokeFailed and message == HALF_DONE:
        message = RED
    raise kind(message if outcome.began else UNTOUCHED)
