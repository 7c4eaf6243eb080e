"""All that a new resource may do, in one line: there is nothing before it that it could be held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.tools import BUILT_IN_SET, describe
from pulumi_managed_agents.preview.capability import deployment, sandbox
from pulumi_managed_agents.preview.capability.address import host
from pulumi_managed_agents.preview.capability.agent import identity
from pulumi_managed_agents.preview.capability.credential import purpose
from pulumi_managed_agents.preview.capability.environment import SWITCHES, is_limited, network, place
from pulumi_managed_agents.preview.capability.roster import enabled, members
from pulumi_managed_agents.preview.capability.widening import Body, listed, named, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
