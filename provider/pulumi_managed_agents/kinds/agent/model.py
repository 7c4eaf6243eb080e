"""The body of an agent file: everything `POST /v1/agents` takes, with references to other files allowed."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.kinds.agent.inference import FAST_MODELS, KNOWN_MODELS, ModelConfig, ModelId
from pulumi_managed_agents.kinds.agent.multiagent import Multiagent, multiagent_rules
from pulumi_managed_agents.kinds.agent.toolset import (
    AgentToolset,
    CustomTool,
    McpToolset,
    custom_tool_rules,
    toolset_rules,
)
from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import at_most, known
from pulumi_managed_agents.schema.field import METADATA, HttpUrl, Metadata, PathReference, Reference, Text
from pulumi_managed_agents.schema.paths import at, is_readable, items, named, objects, repeated
from pulumi_managed_agents.schema.problem import Problem, quoted
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET

Tool = Annotated[AgentToolset | McpToolset | CustomTool, OneOf()]


class McpServer(Body):
    """A remote MCP server the agent connects to."""

    type: Literal["url"] = Field(description="Always url.")
    name: Text = Field(max_length=255, description="Name that an mcp_toolset refers to; different from the others.")
    url: HttpUrl = Field(description="Address of the server's endpoint.")


class AnthropicSkill(Body):
    """A skill that Anthropic maintains."""

    type: Literal["anthropic"] = Field(description="A skill by Anthropic.")
    skill_id: Annotated[Text, known("docx", "pdf", "pptx", "xlsx")] = Field(description="Id, such as xlsx.")
    version: Text | None = Field(default=None, description="Version to hold it at; the latest if left out.")


class CustomSkill(Body):
    """A skill of your own."""

    type: Literal["custom"] = Field(description="A skill of your own.")
    skill_id: Reference = Field(description="Id of the skill, or the relative path of its directory.")
    version: Text | None = Field(default=None, description="Version to hold it at; the latest if left out.")


class ServiceAccount(Body):
    """The account that Anthropic manages, which is the default."""

    type: Literal["service_account"] = Field(description="The managed service account.")


class AwsRole(Body):
    """An AWS role the agent runs as."""

    type: Literal["aws_role"] = Field(description="An AWS IAM role.")
    role_arn: Text = Field(max_length=2048, description="ARN of the role: arn:aws:iam::123456789012:role/name.")


class Agent(Body):
    """An agent: model, instructions, and what it may use."""

    type: Literal["agent"] | None = Field(
        default=None, description="Says what kind of file this is; not sent to the API."
    )
    name: Text = Field(max_length=256, description="Name of the agent, for people.")
    model: Annotated[ModelId | ModelConfig, OneOf()] = Field(
        description="The model that powers the agent: its id, or an object with id, effort, speed and inference_geo."
    )
    system: str | None = Field(
        default=None,
        max_length=100_000,
        description="System prompt; in a Markdown file the prose below the front matter.",
    )
    description: str | None = Field(default=None, max_length=2048, description="What the agent does, for people.")
    tools: Annotated[list[Tool], at_most(256)] | None = Field(
        default=None, description="What the agent may call: built-in tools, MCP servers' tools, tools of your own."
    )
    mcp_servers: Annotated[list[McpServer], at_most(20)] | None = Field(
        default=None, description="MCP servers to connect to; each must be used by an mcp_toolset in tools."
    )
    skills: (
        Annotated[list[Annotated[Reference | AnthropicSkill | CustomSkill | PathReference, OneOf()]], at_most(500)]
        | None
    ) = Field(
        default=None,
        description="Skills: relative path of a skill directory, its URL on GitHub, an id, or an object with version.",
    )
    multiagent: Multiagent | None = Field(default=None, description="Other agents this one may hand work to.")
    metadata: Metadata | None = Field(default=None, description=METADATA)
    execution_identity: Annotated[ServiceAccount | AwsRole, OneOf()] | None = Field(
        default=None, description="Who the agent's runs act as; default the managed service account."
    )


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check an agent's raw body across its fields."""
    yield from toolset_rules(body)
    yield from custom_tool_rules(body)
    yield from multiagent_rules(body)
    yield from _server_rules(body)
    yield from _toolset_once(body)
    yield from _skills_need_read(body)
    if at(body, "model", "speed") == "fast" and at(body, "model", "id") in set(KNOWN_MODELS) - set(FAST_MODELS):
        yield Problem(("model", "speed"), f"fast is offered by {', '.join(FAST_MODELS)} only", "warning")


def _server_rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    servers = list(named(objects(body, "mcp_servers")))
    toolsets = [(path, tool) for path, tool in objects(body, "tools") if tool.get("type") == "mcp_toolset"]
    users = list(named(toolsets, "mcp_server_name"))
    for path, name in repeated(servers):
        yield Problem(path, f"another server is called {quoted(name)} already")
    for path, name in repeated(users):
        yield Problem(path, f"server {quoted(name)} has a tool set already", "warning")
    if is_readable(body.get("mcp_servers")):
        known_servers = {name for _, name in servers}
        for path, name in users:
            if name not in known_servers:
                yield Problem(path, f"no server in mcp_servers is called {quoted(name)}")
    if is_readable(body.get("tools")):
        used = {name for _, name in users}
        for path, name in servers:
            if name not in used:
                yield Problem(path, f"no mcp_toolset in tools uses server {quoted(name)}")


def _toolset_once(body: Mapping[str, Any]) -> Iterator[Problem]:
    types = ((path, kind) for path, kind in named(objects(body, "tools"), "type") if kind.startswith("agent_toolset"))
    for path, _ in repeated(types):
        yield Problem(path, "the built-in tools are in the list already; put their settings in one entry", "warning")


def _skills_need_read(body: Mapping[str, Any]) -> Iterator[Problem]:
    if not any(True for _ in items(body, "skills")) or not is_readable(body.get("tools")):
        return
    toolsets = [tool for _, tool in objects(body, "tools") if tool.get("type") == BUILT_IN_SET]
    if not any(map(_reads, toolsets)):
        yield Problem(("skills",), "skills are read with the read tool, which this agent does not have", "warning")


def _reads(toolset: Mapping[str, Any]) -> bool:
    own = [at(config, "enabled") for _, config in objects(toolset, "configs") if config.get("name") == "read"]
    enabled = next((value for value in own if value is not None), at(toolset, "default_config", "enabled"))
    return enabled is not False
