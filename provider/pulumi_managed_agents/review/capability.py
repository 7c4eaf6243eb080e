"""What a resource gains in power: by an up (`widenings`), and by what somebody else changed (`gained`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.deployment import sandbox_power as sandbox
from pulumi_managed_agents.kinds.power import NEW, full_power, widened
from pulumi_managed_agents.kinds.widening import Widening
from pulumi_managed_agents.reconcile.plan import Plan  # noqa: TC001 - the schema is made from the annotations
from pulumi_managed_agents.reconcile.plan_rows import spelled
from pulumi_managed_agents.reconcile.wording import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator


GIVEN = "secret-given"
"""The name of the rule for a field outside credentials that gets a secret and had none."""


def widenings(plan: Plan) -> tuple[Widening, ...]:
    """What a resource gains by an up, compared with what was recorded and with what is live."""
    if plan.decision == "create" or (plan.vanished and plan.decision == "replace"):
        return (Widening(plan.kind, plan.name, NEW, full_power(plan.kind, plan.desired)),)
    moving = replace(plan, left=())  # what is left as it is gains nothing by the up
    # Both sides count: to put back a permission that somebody took away in the Console widens what is live.
    gains = [
        *_secrets_given(plan),
        *widened(plan.kind, moving.before, plan.desired),
        *widened(plan.kind, moving.live, plan.desired),
    ]
    return tuple(Widening(plan.kind, plan.name, rule, text) for rule, text in dict.fromkeys(gains))


def _secrets_given(plan: Plan) -> Iterator[tuple[str, str]]:
    """The fields of a resource that get a secret, such as a repository's token."""
    if plan.kind == "credential":  # the rules of credentials cover their secrets
        return
    added = [change for change in plan.changes if change.desired == SECRET and change.recorded is None]
    removed = [change for change in plan.changes if change.desired is None and change.recorded == SECRET]
    # A token is identified by its repository. With one repository only, a token that moves from one address to another
    # stays the same, and the rules of the sandbox already report the other repository.
    if len(added) > len(removed) or len(sandbox.repositories(plan.desired)) > 1:
        for change in added:
            yield GIVEN, f"is given a secret: {spelled(change.path)}"


def gained(plan: Plan) -> tuple[Widening, ...]:
    """What it may do now that it could not do as it was applied, by the rules of the capability review."""
    if plan.vanished:
        return ()
    gains = widened(plan.kind, plan.before, plan.live)
    return tuple(Widening(plan.kind, plan.name, rule, text) for rule, text in gains)


def gained_undeclared(plan: Plan) -> tuple[Widening, ...]:
    """The same of what somebody else changed in fields that no file names."""
    return gained(replace(plan, changes=(), left=plan.drift_undeclared))
