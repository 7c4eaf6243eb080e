"""Facts about deployments (`/v1/deployments`): no versions, lists replaced whole, paused by a separate call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.write_only import SECRETS
from pulumi_managed_agents.kinds.names import LATEST
from pulumi_managed_agents.reconcile.kind import Facts, Operations
from pulumi_managed_agents.reconcile.leaves import without_nulls
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import is_given_up, mark_of
from pulumi_managed_agents.reconcile.record import version_number
from pulumi_managed_agents.schema.identity import Entries, keyed

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import LiveObjects
    from pulumi_managed_agents.reconcile.leaves import Body

PAUSED = "paused"
SCHEDULE = ("type", "expression", "timezone")
RESOURCES = Entries(("resources",), ("path", "file_id", "memory_store_id", "url", "type"), address="url")
ENTRIES = (RESOURCES, Entries(("initial_events",), ("type",), numbered=True))
IDENTIFYING = {*RESOURCES.by} - {"path"}
"""The fields of a resource that are its key in the effective form; a path has become an id before."""
DEFAULT_ITERATIONS = 3
"""What the API takes for an outcome's `max_iterations` that is left out."""


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """A deployment with the API's defaults filled in, its resources keyed by identity, and whether it is paused."""
    known: dict[str, Any] = {
        "agent": _agent(body.get("agent"), declared.get("agent")),
        "schedule": {key: value for key, value in (body.get("schedule") or {}).items() if key in SCHEDULE},
        "resources": {key: _resource(entry) for key, entry in _keyed(body, "resources").items()},
        "initial_events": {key: _event(entry) for key, entry in _keyed(body, "initial_events").items()},
        "budget": _budget(body.get("budget")),
    }
    plain = {key: value for key, value in body.items() if key not in {*known, "status", "paused_reason"}}
    return plain | {key: value for key, value in known.items() if key in body} | _paused(body)


def _paused(body: Body) -> Body:
    """Whether it is paused, and for which error the server paused it, which only a live object says."""
    if "status" not in body:
        return {PAUSED: bool(body.get(PAUSED))}
    error = (body.get("paused_reason") or {}).get("error") or {}
    return {PAUSED: is_paused(body), "paused_reason": error.get("type")}


def is_paused(live: Body) -> bool:
    """Whether a live deployment is paused."""
    return live.get("status") == "paused"


def _agent(agent: Any, declared: Any) -> Body:
    """The agent by id; its version counts only where the definition names one."""
    pinned = isinstance(declared, dict) and declared.get("version") not in LATEST
    reference = {"id": agent} if isinstance(agent, str) else agent or {}
    return {"id": reference.get("id"), "version": version_number(reference.get("version")) if pinned else None}


def _keyed(body: Body, field: str) -> dict[str, Body]:
    return keyed(ENTRIES, (field,), body.get(field))


def _resource(resource: Body) -> Body:
    fields = {key: value for key, value in resource.items() if key not in {*IDENTIFYING, "authorization_token"}}
    store = {"access": fields.get("access") or "read_write"} if "memory_store_id" in resource else {}
    return {"attached": True, **fields, **store}


def _event(event: Body) -> Body:
    """An event without the nulls that the API adds."""
    stated: Body = without_nulls(event)
    return {"max_iterations": DEFAULT_ITERATIONS, **stated} if event.get("type") == "user.define_outcome" else stated


def _budget(budget: Body | None) -> Body:
    """An amount as a number: ``"0100"`` is ``"100"``."""
    cost = (budget or {}).get("max_list_cost") or {}
    amount = str(cost.get("amount", ""))
    plain = {**cost, "amount": str(int(amount))} if amount.isdecimal() else cost
    return {**budget, "max_list_cost": plain} if budget else {}


@dataclass(frozen=True)
class DeploymentOperations(Operations):
    """Pausing and unpausing are separate calls; `agent` are the facts about agents."""

    agent: Facts

    def create(self, endpoints: Any, body: Body) -> Body:
        """Create the deployment; where it is to be paused, that happens before its first run is due."""
        deployment = super().create(endpoints, {key: value for key, value in body.items() if key != PAUSED})
        paused: Body = endpoints.pause(deployment["id"]) if body.get(PAUSED) else deployment
        return paused

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Update the deployment; it is paused during the update if it is paused before or after it."""
        id, pause = live["id"], bool(body.get(PAUSED))
        fields = {key: value for key, value in body.items() if key != PAUSED}
        toggles = PAUSED in body and pause != is_paused(live)
        if toggles and pause:
            live = endpoints.pause(id)
        if fields:
            live = super().update(endpoints, live, fields)
        if toggles and not pause:
            live = endpoints.unpause(id)
        return live

    def went_with(self, live: LiveObjects, gone: Body) -> str:
        """The id of the deployment's agent, where that is archived because another one has taken its place."""
        # The API archives a deployment with its agent.
        agent = live.get(self.agent, gone["agent"]["id"])
        return str(agent["id"]) if agent and is_gone(agent) and is_given_up(mark_of(agent), "") else ""


def deployment_facts(agent: Facts) -> Facts:
    """The facts about deployments, given those about agents."""
    return Facts(
        kind="deployment",
        collection="deployments",
        id_prefix="depl_",
        effective=effective,
        entries=ENTRIES,
        watched=(PAUSED, "paused_reason"),
        clearable=("description", "schedule", "resources", "vault_ids", "budget", PAUSED),
        secrets=SECRETS["deployment"],
        removal="archive",
        operations=DeploymentOperations(agent),
    )
