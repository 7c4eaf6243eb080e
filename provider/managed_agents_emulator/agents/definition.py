"""An agent's definition: what a request may say, what becomes of the stored one, and what must hold for the whole.

Every field has one function that turns the value sent into the value stored, so create and update differ only in
what they start from.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from managed_agents_emulator.agents.multiagent import MultiagentField, resolved_multiagent
from managed_agents_emulator.agents.toolsets import BUILT_IN, ServerName, Tool, effective_policy, enriched_tool
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, Name, NonEmpty, NullIsEmptyList, patched
from managed_agents_emulator.models import ModelField, enriched_model
from managed_agents_emulator.skills.routes import SkillField, resolved_skill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Json
    from managed_agents_emulator.switches import Switches

_MOST_TOOLS = 256
_MOST_SKILLS = 500


class McpServer(Fields):
    """An MCP server an agent may reach."""

    type: Literal["url"]
    name: ServerName
    url: Annotated[str, Field(min_length=1, max_length=2048)]


class ServiceAccount(Fields):
    """The workspace's own identity."""

    type: Literal["service_account"]


class AwsRole(Fields):
    """An AWS role the agent runs as."""

    type: Literal["aws_role"]
    role_arn: Annotated[str, Field(min_length=1, max_length=2048)]


System = Annotated[str, Field(max_length=100_000)]
Tools = Annotated[list[Tool], NullIsEmptyList]
McpServers = Annotated[list[McpServer], Field(max_length=20), NullIsEmptyList]
Skills = Annotated[list[SkillField], NullIsEmptyList]


class _Optional(Fields):
    system: System | None = None
    description: Annotated[str, Field(max_length=2048)] | None = None
    tools: Tools = Field(default_factory=list)
    mcp_servers: McpServers = Field(default_factory=list)
    skills: Skills = Field(default_factory=list)
    multiagent: MultiagentField | None = None
    execution_identity: Annotated[ServiceAccount | AwsRole, Field(discriminator="type")] | None = None


class AgentCreate(_Optional):
    """The body of `POST /v1/agents`."""

    name: Name
    model: ModelField
    metadata: Metadata = Field(default_factory=dict)


class AgentUpdate(_Optional):
    """The body of `POST /v1/agents/{id}`; what is not sent stays."""

    name: Name = ""
    model: ModelField | None = None
    metadata: MetadataPatch = Field(default_factory=dict)
    version: Annotated[int, Field(ge=1)] | None = None


class AgentOverrides(Fields):
    """The parts of an agent that one session may replace."""

    type: Literal["agent_with_overrides"]
    id: NonEmpty
    version: Annotated[int, Field(ge=1)] | None = None
    model: ModelField = Field(default=None, validate_default=False)  # type: ignore[assignment]  # None says "not sent"
    system: System | None = None
    tools: Tools = Field(default_factory=list)
    mcp_servers: McpServers = Field(default_factory=list)
    skills: Skills = Field(default_factory=list)


BLANK: Json = {
    "name": "",
    "model": None,
    "system": None,
    "description": None,
    "tools": [],
    "mcp_servers": [],
    "skills": [],
    "multiagent": None,
    "metadata": {},
    "execution_identity": {"type": "service_account"},
}

_STORED: dict[str, Callable[[Any, Json, Call], Any]] = {
    "name": lambda value, _stored, _call: value,
    "model": lambda value, stored, call: enriched_model(
        value, stored["model"], known_only=call.switches.unknown_model == "refuse"
    ),
    "system": lambda value, _stored, _call: value or None,
    "description": lambda value, _stored, _call: value or None,
    "tools": lambda value, _stored, call: [enriched_tool(tool, call.switches) for tool in value],
    "mcp_servers": lambda value, _stored, _call: [server.model_dump() for server in value],
    "skills": lambda value, _stored, call: [resolved_skill(reference, call) for reference in value],
    "multiagent": lambda value, stored, call: resolved_multiagent(
        value, stored["multiagent"], stored.get("id", ""), call
    ),
    "metadata": lambda value, stored, _call: patched(stored["metadata"], value),
    "execution_identity": lambda value, _stored, _call: value.model_dump() if value else {"type": "service_account"},
}


def applied(request: Fields, stored: Json, call: Call) -> Json:
    """Apply a request to a definition: fields that were sent are replaced, all others stay.

    Raises a 400 where the outcome breaks a rule.
    """
    result = dict(stored)
    for field in request.model_fields_set & _STORED.keys():
        result[field] = _STORED[field](getattr(request, field), stored, call)
    _check_tooling(result, call.switches)
    return result


def _check_tooling(definition: Json, switches: Switches) -> None:
    """Refuse tools, MCP servers and skills that do not fit together, with a 400 naming the field."""
    tools, servers = definition["tools"], definition["mcp_servers"]
    _check_distinct_tools(tools)
    _check_distinct("mcp_servers", (server["name"] for server in servers))
    used = {tool["mcp_server_name"] for tool in tools if tool["type"] == "mcp_toolset"}
    declared = {server["name"] for server in servers}
    for name in sorted(used - declared):
        raise invalid(f"tools: mcp_toolset refers to the MCP server {name!r}, which mcp_servers does not define")
    for name in sorted(declared - used):
        raise invalid(f"mcp_servers: {name!r} is not referenced by any mcp_toolset in tools")
    _check_url_sources(tools)
    skills = definition["skills"]
    if len(skills) > _MOST_SKILLS:
        raise invalid(f"skills: at most {_MOST_SKILLS} skills are allowed")
    _check_distinct("skills", (skill["skill_id"] for skill in skills))
    if skills and switches.skills_without_read_tool == "refuse" and not effective_policy(tools, "read"):
        raise invalid("skills: the read tool must be enabled for an agent with skills")


def _check_distinct_tools(tools: list[Json]) -> None:
    _check_distinct("tools", (tool["name"] for tool in tools if tool["type"] == "custom"))
    _check_distinct("tools", (t["mcp_server_name"] for t in tools if t["type"] == "mcp_toolset"))
    _check_distinct("tools", (t["type"] for t in tools if t["type"] == "agent_toolset_20260401"))
    count = 0
    for index, tool in enumerate(tools):
        configs = tool.get("configs", [])
        _check_distinct(f"tools.{index}.configs", (config["name"] for config in configs))
        count += len(BUILT_IN) if tool["type"] == "agent_toolset_20260401" else max(1, len(configs))
    if count > _MOST_TOOLS:
        raise invalid(f"tools: at most {_MOST_TOOLS} tools are allowed over all toolsets")


def _check_url_sources(tools: list[Json]) -> None:
    custom = {tool["name"] for tool in tools if tool["type"] == "custom"}
    known = {"client_tool_results": custom, "server_tool_results": {"web_search", "web_fetch"}}
    for tool in tools:
        for config in tool.get("configs", []):
            for key, names in known.items():
                source = (config.get("url_sources") or {}).get(key, {})
                for reference in source.get("tools") or []:
                    if reference["name"] not in names:
                        raise invalid(f"tools: url_sources.{key} names the unknown tool {reference['name']!r}")


def _check_distinct(field: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise invalid(f"{field}: {name!r} is given {count} times; names must be unique")
