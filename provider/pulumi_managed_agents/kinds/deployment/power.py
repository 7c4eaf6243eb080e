"""Rules about deployments: what runs by itself, with which agent, where, at what cost, and with which resources.

Which version of its agent a deployment runs is no power by itself: what the version may do is said about the agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.deployment import sandbox_power as sandbox
from pulumi_managed_agents.kinds.deployment.cron import firings
from pulumi_managed_agents.kinds.widening import Body, Power, labelled, listed, table

if TYPE_CHECKING:
    from collections.abc import Iterator


def schedule_added(before: Body, after: Body) -> Iterator[str]:
    """A deployment that ran only on demand runs by itself; a paused schedule runs nothing."""
    if schedule(after) and not table(before.get("schedule")) and not before.get("paused"):
        yield f"runs by itself: {when(after)}"


def schedule_busier(before: Body, after: Body) -> Iterator[str]:
    """A schedule that fires more often; one at other hours is none. What cannot be counted is named."""
    if not (schedule(before) and schedule(after)):
        return
    old, new = _firings(before), _firings(after)
    unsure = (old is None or new is None) and when(before) != when(after)
    if unsure or (old is not None and new is not None and new > old):
        yield f"runs {'by' if unsure else 'more often:'} {when(after)}, no longer {when(before)}"


def _firings(body: Body) -> int | None:
    expression = table(body.get("schedule")).get("expression")
    return firings(expression) if isinstance(expression, str) else None


def resumed(before: Body, after: Body) -> Iterator[str]:
    """A schedule that was paused and no longer is."""
    if before.get("paused") and schedule(after):
        yield f"its schedule is no longer paused: {when(after)}"


def schedule(body: Body) -> Body:
    """The schedule by which a deployment runs by itself: none while it is paused."""
    return {} if body.get("paused") else table(body.get("schedule"))


def when(body: Body) -> str:
    """A deployment's schedule in words, also while it is paused."""
    planned = table(body.get("schedule"))
    expression = planned.get("expression") or f"by {planned.get('type')}, which no rule here knows"
    return f"{expression} ({planned['timezone']})" if planned.get("timezone") else str(expression)


def budget_raised(before: Body, after: Body) -> Iterator[str]:
    """A session may cost more than before, or as much as it likes."""
    old, new = table(before.get("budget")), table(after.get("budget"))
    if old and not new:
        yield f"what a session costs is no longer capped (it was, at {price(old)})"
    elif old and new and _is_more(old, new):
        yield f"a session may cost {price(new)} instead of {price(old)}"


def _is_more(old: Body, new: Body) -> bool:
    """Whether a cap is higher; one that cannot be compared counts as higher, so that a person looks at it."""
    before, after = _cents(old), _cents(new)
    comparable = _currency(old) == _currency(new) and old.get("type") == new.get("type")
    if before is None or after is None or not comparable:
        return old != new
    return after > before


def _cents(budget: Body) -> int | None:
    amount = str(table(budget.get("max_list_cost")).get("amount", ""))
    return int(amount) if amount.isdecimal() else None


def _currency(budget: Body) -> str:
    return str(table(budget.get("max_list_cost")).get("currency") or "USD")


def price(budget: Body) -> str:
    """A cap in words: ``$25.00``."""
    cents = _cents(budget)
    if cents is None:
        return "an amount that no rule here knows"
    return f"${cents / 100:.2f}" if _currency(budget) == "USD" else f"{cents / 100:.2f} {_currency(budget)}"


def agent_changed(before: Body, after: Body) -> Iterator[str]:
    """Another agent behind the same deployment, in either direction."""
    old, new = (table(side.get("agent")).get("id") for side in (before, after))
    if old and new and old != new:
        yield f"runs agent {new} instead of {old}"


def environment_changed(before: Body, after: Body) -> Iterator[str]:
    """Another environment, in either direction: which of two reaches further, their own definitions say."""
    old, new = before.get("environment_id"), after.get("environment_id")
    if old and new and old != new:
        yield f"runs in environment {new} instead of {old}"


def vaults_attached(before: Body, after: Body) -> Iterator[str]:
    """The secrets of another vault; their order is no power."""
    known = listed(before.get("vault_ids"))
    for name in sorted(set(listed(after.get("vault_ids"))) - set(known)):
        yield f"may use the secrets of vault {name}"


def iterations_raised(before: Body, after: Body) -> Iterator[str]:
    """More rounds in which a graded task may be worked on."""
    old, new = _iterations(before), _iterations(after)
    if 0 < old < new:
        yield f"works on a graded task in up to {new} rounds instead of {old}"


def _iterations(body: Body) -> int:
    """The most rounds of all graded tasks; none if there is no such task."""
    events = table(body.get("initial_events")).values()
    return max((int(table(event).get("max_iterations") or 0) for event in events), default=0)


def _new_deployment(body: Body) -> str:
    """What a deployment makes available; what its agent may do is reported for the agent."""
    resources = [(name, resource) for name, entries in sandbox.resources(body).items() for resource in entries]
    stores = [f"{name} ({resource['access']})" for name, resource in resources if "access" in resource]
    parts = [
        f"new deployment of agent {table(body.get('agent')).get('id', 'not known yet')}",
        f"runs by itself: {when(body)}" if schedule(body) else "runs on demand",
        f"a session may cost {price(table(body['budget']))}" if body.get("budget") else "no cap on its cost",
        labelled("uses the secrets of ", listed(body.get("vault_ids"))),
        labelled("memory stores: ", stores),
        labelled("finds in its sandbox: ", [name for name, resource in resources if "access" not in resource]),
    ]
    return "; ".join(filter(None, parts))


POWER = Power(
    describe=_new_deployment,
    rules={
        "schedule-added": schedule_added,
        "schedule-busier": schedule_busier,
        "schedule-resumed": resumed,
        "budget-raised": budget_raised,
        "deployment-agent-changed": agent_changed,
        "deployment-environment-changed": environment_changed,
        "vault-attached": vaults_attached,
        "iterations-raised": iterations_raised,
        "memory-store-attached": sandbox.memory_stores_attached,
        "memory-store-writable": sandbox.memory_stores_writable,
        "file-mounted": sandbox.files_mounted,
        "repository-changed": sandbox.repository_changed,
        "resource-changed": sandbox.resource_changed,
    },
)
