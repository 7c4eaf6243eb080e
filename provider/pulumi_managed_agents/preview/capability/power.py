"""All that a new resource may do, in one line: there is nothing before it that it could be held against."""

from __future__ import annotations

from pulumi_managed_agents.preview.capability.agent import DELEGATION, host, identity
from pulumi_managed_agents.preview.capability.environment import SWITCHES, is_limited, network, place
from pulumi_managed_agents.preview.capability.tools import BUILT_IN, describe
from pulumi_managed_agents.preview.capability.widening import Body, listed, named, table


def full_power(kind: str, body: Body) -> str:
    """What a new resource of a kind may do."""
    if kind == "skill":
        return "new code and instructions for the agents that use it"
    describe_kind = {"agent": _agent, "environment": _environment}.get(kind)
    return describe_kind(body) if describe_kind else f"new {kind.replace('_', ' ')}, into which no rule looks yet"


def _agent(body: Body) -> str:
    tools = table(body.get("tools"))
    servers = table(body.get("mcp_servers"))
    parts = [
        f"new agent on {table(body.get('model')).get('id', 'a model not known yet')}",
        f"tools: {describe(tools[BUILT_IN], built_in=True)}" if BUILT_IN in tools else "",
        *(
            f"MCP server {name} at {host(table(one).get('url'))}: {describe(tools.get(f'mcp:{name}'))}"
            for name, one in servers.items()
        ),
        _row("custom tools: ", [key.partition(":")[2] for key in tools if key.startswith("custom:")]),
        _row("skills: ", list(table(body.get("skills")))),
        _delegation(table(body.get("multiagent"))),
        f"acts as {identity(body)}" if identity(body) != "service account" else "",
    ]
    return "; ".join(filter(None, parts))


def _delegation(multiagent: Body) -> str:
    members = list(table(multiagent.get("agents")))
    on = [name for name in DELEGATION if table(multiagent.get(name)).get("type") == "enabled"]
    members += [name for part in on for name in table(multiagent[part].get("predefined_agents"))]
    return "; ".join(filter(None, (_row("hands work to ", sorted(set(members))), _row("may start ", on))))


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
