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

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.agent import power as agent
from pulumi_managed_agents.kinds.agent import power as model
from pulumi_managed_agents.kinds.agent import power as roster
from pulumi_managed_agents.kinds.agent import tool_power as servers
from pulumi_managed_agents.kinds.agent import tool_power as tools
from pulumi_managed_agents.kinds.agent import tool_power as web
from pulumi_managed_agents.kinds.agent.power import enabled, identity, members
from pulumi_managed_agents.kinds.deployment import power as deployment
from pulumi_managed_agents.kinds.deployment import sandbox_power as sandbox
from pulumi_managed_agents.kinds.environment import power as environment
from pulumi_managed_agents.kinds.environment.power import SWITCHES, is_limited, network, place
from pulumi_managed_agents.kinds.skill import power as content
from pulumi_managed_agents.kinds.vault import power as credential
from pulumi_managed_agents.kinds.vault.power import purpose
from pulumi_managed_agents.kinds.widening import Body, Rule, Widening, host, listed, named, table
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def full_power(kind: str, body: Body) -> str:
    """What a new resource of a kind may do."""
    describe_kind = DESCRIPTIONS.get(kind)
    return describe_kind(body) if describe_kind else f"new {kind.replace('_', ' ')}, which no rule here knows"


def _agent(body: Body) -> str:
    tools = table(body.get("tools"))
    servers = table(body.get("mcp_servers"))
    parts = [
        f"new agent on {table(body.get('model')).get('id', 'a model not known yet')}",
        f"tools: {describe(tools[BUILT_IN_SET], built_in=True)}" if BUILT_IN_SET in tools else "",
        *(
            f"MCP server {name} at {host(table(one).get('url'))}: {describe(tools.get(f'mcp:{name}'))}"
            for name, one in servers.items()
        ),
        _row("custom tools: ", [key.partition(":")[2] for key in tools if key.startswith("custom:")]),
        _row("skills: ", list(table(body.get("skills")))),
        _row("hands work to ", sorted(members(body))),
        _row("may start ", enabled(body)),
        f"acts as {identity(body)}" if identity(body) != "service account" else "",
    ]
    return "; ".join(filter(None, parts))


def _environment(body: Body) -> str:
    if place(body) != "cloud":
        return "new environment: tools run on hosts of your own"
    if not is_limited(body):
        return "new environment that reaches every host"
    hosts = named(listed(network(body).get("allowed_hosts"))) or "no host"
    switched = [words for switch, words in SWITCHES.items() if network(body).get(switch) is True]
    return "; ".join([f"new environment that reaches {hosts}", *switched])


def _row(label: str, names: list[str]) -> str:
    return label + named(names) if names else ""


def _deployment(body: Body) -> str:
    """What a deployment has at hand; what its agent may do is said about the agent."""
    held = [(name, one) for name, entries in sandbox.resources(body).items() for one in entries]
    stores = [f"{name} ({one['access']})" for name, one in held if "access" in one]
    parts = [
        f"new deployment of agent {table(body.get('agent')).get('id', 'not known yet')}",
        f"runs by itself: {deployment.when(body)}" if deployment.schedule(body) else "runs on demand",
        f"a session may cost {deployment.price(table(body['budget']))}" if body.get("budget") else "no cap on its cost",
        _row("uses the secrets of ", listed(body.get("vault_ids"))),
        _row("memory stores: ", stores),
        _row("finds in its sandbox: ", [name for name, one in held if "access" not in one]),
    ]
    return "; ".join(filter(None, parts))


def _credential(body: Body) -> str:
    where = f" in vault {body['vault_id']}" if body.get("vault_id") else ""
    return f"new secret{where}: {purpose(body)}" if body.get("auth") else f"new secret{where}; what it is for is hidden"


DESCRIPTIONS: Mapping[str, Callable[[Body], str]] = {
    "agent": _agent,
    "environment": _environment,
    "deployment": _deployment,
    "credential": _credential,
    "skill": lambda _: "new code and instructions for the agents that use it",
    "vault": lambda _: "new vault, for the secrets that are named one by one",
    "memory_store": lambda _: "new memory store, for the deployments that attach it",
    "file": lambda body: f"new file {body.get('filename', '')}, for the deployments that mount it",
}

__all__ = ["RULES", "Widening", "widened"]

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


def widened(kind: str, was: Body, now: Body) -> Iterator[tuple[str, str]]:
    """The rule and its words for everything in which one effective definition goes beyond another."""
    known = servers.with_earlier_names(was, now) if kind == "agent" else was
    for name, rule in RULES.get(kind, {}).items():
        for text in rule(known, now):
            yield name, text
