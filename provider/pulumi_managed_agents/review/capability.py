"""."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.deployment import sandbox_power as sandbox
from pulumi_managed_agents.kinds.power import NEW, full_power, widened
from pulumi_managed_agents.kinds.widening import Widening
from pulumi_managed_agents.reconcile.plan_text import spelled
from pulumi_managed_agents.reconcile.wording import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.reconcile.plan import Plan

GIVEN = "secret-given"
"""The rule's name where a field outside credentials gets a secret that had none."""


def widenings(plan: Plan) -> tuple[Widening, ...]:
    """What one resource gains, against what was recorded and against what somebody made of it since.

    Both count: an up that puts back a permission which somebody took away in the Console widens what is live.
    """
    if plan.decision == "create" or (plan.vanished and plan.decision == "replace"):
        return (Widening(plan.kind, plan.name, NEW, full_power(plan.kind, plan.desired)),)
    moving = replace(plan, left=())  # what is left as it is gains nothing by the up
    sides = (moving.before, moving.live)
    found = [*_secrets_given(plan), *(one for side in sides for one in widened(plan.kind, side, plan.desired))]
    return tuple(Widening(plan.kind, plan.name, rule, text) for rule, text in dict.fromkeys(found))


def _secrets_given(plan: Plan) -> Iterator[tuple[str, str]]:
    """A repository's token; what a credential's secrets are for, its own rules say.

    A token is known by its repository. Where there is one only, a token that leaves an address and comes to another is
    the same: the rules about the sandbox tell that the repository is another.
    """
    if plan.kind == "credential":
        return
    given = [change for change in plan.changes if change.desired == SECRET and change.recorded is None]
    taken = [change for change in plan.changes if change.desired is None and change.recorded == SECRET]
    if len(given) > len(taken) or len(sandbox.repositories(plan.desired)) > 1:
        for change in given:
            yield GIVEN, f"is given a secret: {spelled(change.path)}"
