"""The capability review: of all that changes, only what lets an agent do more than before.

One pure rule each, by kind. Narrowing is never named. Some changes are named in either direction, since nobody here
can tell which side is wider: one role for another, an address, a deployment's environment, the files of a skill or the
version it is held at, the branch of a repository, an old large model and a new small one.

Left out on purpose: an environment's packages, which run inside a sandbox whose reach is what the network rules say
(with limited networking they need `allow_package_managers`, which is named); whatever is only said to a model (a
prompt, a tool's description and input, how much it reads of a page, a deployment's first messages, what a memory store
begins with); the version of its agent that a deployment runs, since what a version may do is said about the agent;
another secret for the same place. They are in the list of changes like everything else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.plan_text import spelled
from pulumi_managed_agents.kinds.wording import SECRET
from pulumi_managed_agents.preview.capability import (
    agent,
    content,
    credential,
    deployment,
    environment,
    model,
    roster,
    sandbox,
    servers,
    tools,
    web,
)
from pulumi_managed_agents.preview.capability.power import full_power
from pulumi_managed_agents.preview.capability.widening import Body, Rule, Widening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.kinds.plan import Plan

__all__ = ["RULES", "Widening", "widened", "widenings"]

RULES: Mapping[str, Mapping[str, Rule]] = {
    "agent": {
        "tool-added": tools.tools_added,
        "toolset-changed": tools.toolset_changed,
        "tool-enabled": tools.tools_enabled,
        "permission-widened": tools.permissions_widened,
        "domains-widened": web.domains_widened,
        "url-sources-widened": web.url_sources_widened,
        "server-added": servers.servers_added,
        "server-moved": servers.server_moved,
        "skill-added": agent.skills_added,
        "skill-repinned": agent.skill_repinned,
        "roster-grown": roster.roster_grown,
        "delegation-enabled": roster.delegation_enabled,
        "advisor-changed": roster.advisor_changed,
        "identity-changed": agent.identity_changed,
        "model-changed": model.model_changed,
        "effort-raised": model.effort_raised,
        "speed-raised": model.speed_raised,
        "geography-widened": model.geography_widened,
    },
    "environment": {
        "environment-type-changed": environment.type_changed,
        "network-opened": environment.network_opened,
        "hosts-added": environment.hosts_added,
        "network-switch-on": environment.switches_turned_on,
        "scope-widened": environment.scope_widened,
    },
    "deployment": {
        "schedule-added": deployment.schedule_added,
        "schedule-busier": deployment.schedule_busier,
        "schedule-resumed": deployment.resumed,
        "budget-raised": deployment.budget_raised,
        "deployment-agent-changed": deployment.agent_changed,
        "deployment-environment-changed": deployment.environment_changed,
        "vault-attached": deployment.vaults_attached,
        "iterations-raised": deployment.iterations_raised,
        "memory-store-attached": sandbox.memory_stores_attached,
        "memory-store-writable": sandbox.memory_stores_writable,
        "file-mounted": sandbox.files_mounted,
        "repository-changed": sandbox.repository_changed,
        "resource-changed": sandbox.resource_changed,
    },
    "credential": {
        "credential-vault-changed": credential.vault_changed,
        "credential-type-changed": credential.type_changed,
        "credential-server-moved": credential.server_moved,
        "token-endpoint-moved": credential.token_endpoint_moved,
        "token-scope-widened": credential.scope_widened,
        "secret-hosts-widened": credential.hosts_widened,
        "secret-injected-elsewhere": credential.injection_widened,
    },
    "skill": {"skill-content-changed": content.skill_changed},
    "file": {"file-content-changed": content.file_changed},
    "vault": {},
    "memory_store": {},
}
"""By kind. A vault is what its credentials are, each of which has rules; a memory store's power is to be attached."""

NEW = "new"
"""The rule's name where the whole resource is new."""

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


def widened(kind: str, was: Body, now: Body) -> Iterator[tuple[str, str]]:
    """The rule and its words for everything in which one effective definition goes beyond another."""
    known = servers.with_earlier_names(was, now) if kind == "agent" else was
    for name, rule in RULES.get(kind, {}).items():
        for text in rule(known, now):
            yield name, text


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
