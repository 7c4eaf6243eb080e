"""The rules about agents; those about skills, identity and the roster are in here, the others in modules of their own.

Each takes two effective definitions, before and after, and says what is wider afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.addresses import host
from pulumi_managed_agents.kinds.agent import model_power as model
from pulumi_managed_agents.kinds.agent import tool_power as tools
from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.widening import Body, Power, labelled, table
from pulumi_managed_agents.reconcile.wording import PENDING
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_ACCOUNT = AGENT.filled_in["execution_identity"]
DELEGATION = {"subagents": "start other agents as threads", "workflows": "run workflows"}
COORDINATOR, SECTIONS = "coordinator", "multiagent_20261001"


def skills_added(before: Body, after: Body) -> Iterator[str]:
    """A skill that was not attached: instructions and code of it become the agent's."""
    for name in sorted(table(after.get("skills")).keys() - table(before.get("skills")).keys()):
        yield f"gets the skill {name}"


def skill_repinned(before: Body, after: Body) -> Iterator[str]:
    """A skill held at another version than before, or no longer held: other code under the same name.

    To hold one that was not held takes away, and so is silent. A version that only the up will make is not named here
    either: the skill's own change is.
    """
    was, now = table(before.get("skills")), table(after.get("skills"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("version") for side in (was, now))
        if old and new not in {old, PENDING}:
            yield f"uses skill {name} at {_version(new)} instead of {_version(old)}"


def _version(version: Any) -> str:
    return f"version {version}" if version else "the latest version at any time"


def identity_changed(before: Body, after: Body) -> Iterator[str]:
    """Another identity to act as: which of two can do more only their owners know.

    The managed service account is what every agent acts as by itself; to go back to it is no new power.
    """
    old, new = _identity(before), _identity(after)
    if new not in (old, SERVICE_ACCOUNT):
        yield f"acts as {identity(after)} instead of {identity(before)}"


def identity(body: Body) -> str:
    """As whom an agent acts, in words."""
    kind, *rest = (str(value) for value in _identity(body).values())
    return " ".join(["AWS role" if kind == "aws_role" else kind.replace("_", " "), *rest])


def _identity(body: Body) -> Body:
    """The type first, then what distinguishes identities of that type."""
    known = table(body.get("execution_identity"))
    return {**SERVICE_ACCOUNT, **dict(sorted(known.items()))}


def roster_grown(before: Body, after: Body) -> Iterator[str]:
    """Another agent to which work may be handed, or a known one in another way."""
    known = members(before)
    for name in sorted(members(after) - known):
        yield f"may hand work to {_member(name)}"
    for way in DELEGATION:
        for name in sorted((_members(after, way) - _members(before, way)) & known):
            yield f"may use {_member(name)} in its {way}"


def members(body: Body) -> set[str]:
    """The agents to which work may be handed; advisors are not among them."""
    return {name for way in DELEGATION for name in _members(body, way)}


def _members(body: Body, way: str) -> set[str]:
    section = _section(body, way)
    return set(table(section.get("predefined_agents")) if _is_on(section) else ())


def _member(name: str) -> str:
    return "itself" if name == "self" else f"agent {name}"


def delegation_enabled(before: Body, after: Body) -> Iterator[str]:
    """Subagents, workflows, or agents made up on the spot, switched on; a coordinator starts subagents already."""
    for name, words in DELEGATION.items():
        old, new = _section(before, name), table(table(after.get("multiagent")).get(name))
        if _is_on(new) and not _is_on(old):
            yield f"may {words}" + (", and make up agents on the spot" if _makes_up(new) else "")
        elif _makes_up(new) and not _makes_up(old):
            yield f"may make up agents on the spot in its {name}"
    kind = form(after)
    if kind not in {"", COORDINATOR, SECTIONS, form(before)}:
        yield f"hands work on by {kind}, which no rule here knows"


def form(body: Body) -> str:
    """In which of the API's forms an agent hands work on, or an empty string if it does not."""
    return str(table(body.get("multiagent")).get("type") or "")


def enabled(body: Body) -> list[str]:
    """The ways in which an agent hands work on."""
    return [name for name in DELEGATION if form(body) == SECTIONS and _is_on(_section(body, name))]


def advisor_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model that may be asked in the middle of a turn, unless it is known to be able to do less."""
    old, new = _advisor(before), _advisor(after)
    if new and model.may_do_more(old, new):
        yield f"may ask {new} for advice" + (f", no longer {old}" if old else "")


def _advisor(body: Body) -> str:
    multiagent = table(body.get("multiagent"))
    section, member = table(multiagent.get("advisor")), table(table(multiagent.get("agents")).get("advisor"))
    return str(section.get("model") or "") if _is_on(section) else str(member.get("model") or "")


def _section(body: Body, name: str) -> Body:
    """Subagents or workflows, as the newer form says them; a coordinator starts the agents of its roster, no others."""
    multiagent = table(body.get("multiagent"))
    agents = {key: member for key, member in table(multiagent.get("agents")).items() if key != "advisor"}
    if name == "subagents" and agents:
        return {"type": "enabled", "inline_agents": {"type": "disabled"}, "predefined_agents": agents}
    return table(multiagent.get(name))


def _is_on(section: Body) -> bool:
    return section.get("type") == "enabled"


def _makes_up(section: Body) -> bool:
    return _is_on(section) and table(section.get("inline_agents")).get("type", "enabled") == "enabled"


def _new_agent(body: Body) -> str:
    toolsets, servers = table(body.get("tools")), table(body.get("mcp_servers"))
    parts = [
        f"new agent on {table(body.get('model')).get('id', 'a model not known yet')}",
        f"tools: {describe(toolsets[BUILT_IN_SET], built_in=True)}" if BUILT_IN_SET in toolsets else "",
        *(
            f"MCP server {name} at {host(table(server).get('url'))}: {describe(toolsets.get(f'mcp:{name}'))}"
            for name, server in servers.items()
        ),
        labelled("custom tools: ", [key.partition(":")[2] for key in toolsets if key.startswith("custom:")]),
        labelled("skills: ", list(table(body.get("skills")))),
        labelled("hands work to ", sorted(members(body))),
        labelled("may start ", enabled(body)),
        f"acts as {identity(body)}" if identity(body) != "service account" else "",
    ]
    return "; ".join(filter(None, parts))


POWER = Power(
    describe=_new_agent,
    rules={
        "tool-added": tools.tools_added,
        "toolset-changed": tools.toolset_changed,
        "tool-enabled": tools.tools_enabled,
        "permission-widened": tools.permissions_widened,
        "domains-widened": tools.domains_widened,
        "url-sources-widened": tools.url_sources_widened,
        "server-added": tools.servers_added,
        "server-moved": tools.server_moved,
        "skill-added": skills_added,
        "skill-repinned": skill_repinned,
        "roster-grown": roster_grown,
        "delegation-enabled": delegation_enabled,
        "advisor-changed": advisor_changed,
        "identity-changed": identity_changed,
        "model-changed": model.model_changed,
        "effort-raised": model.effort_raised,
        "speed-raised": model.speed_raised,
        "geography-widened": model.geography_widened,
    },
    earlier=tools.with_earlier_names,
)
