"""An agent's definition: what a create or update request may say, and what becomes of the stored one.

Every field has one function that turns the value sent into the value stored, so create and update differ only in
what they start from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from managed_agents_emulator.agents.multiagent import MultiagentField, resolved_multiagent
from managed_agents_emulator.agents.rules import check_tooling
from managed_agents_emulator.agents.toolsets import ServerName, Tool, enriched_tool
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, Name, NonEmpty, NullIsEmptyList, patched
from managed_agents_emulator.models import ModelField, enriched_model
from managed_agents_emulator.skills.routes import SkillField, resolved_skill

if TYPE_CHECKING:
    from collections.abc import Callable

    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Json


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
    check_tooling(result, call.switches)
    return result
