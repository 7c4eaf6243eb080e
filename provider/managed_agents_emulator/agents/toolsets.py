"""Tools of an agent, as requests spell them and as the API returns them, with every setting filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from managed_agents_emulator.fields import Fields, NullIsEmptyList, text_as
from managed_agents_emulator.hosts import Domains, DomainsWithPath

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json
    from managed_agents_emulator.switches import Switches

PlainToolName = Literal["bash", "edit", "read", "write", "glob", "grep"]
BUILT_IN = ("bash", "read", "write", "edit", "glob", "grep", "web_fetch", "web_search")

ToolName = Annotated[str, Field(min_length=1, max_length=128)]
CustomToolName = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
ServerName = Annotated[str, Field(min_length=1, max_length=255)]


class Policy(Fields):
    """What a call of a tool needs before it runs."""

    type: Literal["always_allow", "always_ask", "auto"]


class DefaultConfig(Fields):
    """What holds for the tools of a set without their own config."""

    enabled: bool | None = None
    permission_policy: Policy | None = None


class PlainConfig(DefaultConfig):
    """The config of a built-in tool without its own settings."""

    name: PlainToolName
    type: str | None = None

    @model_validator(mode="after")
    def _type_is_name(self) -> PlainConfig:
        if self.type not in (None, self.name):
            raise ValueError(f"type must equal the name {self.name!r}")
        return self


class ToolReference(Fields):
    """A tool named in a list of URL sources."""

    type: Literal["tool_reference"]
    name: ToolName


class UrlSource(Fields):
    """Which of the conversation's texts of one origin may contribute URLs."""

    type: Literal["all", "none"]


class FilteredUrlSource(Fields):
    """A URL source narrowed to, or excluding, some tools."""

    type: Literal["all", "none", "only", "except"]
    tools: Annotated[list[ToolReference], Field(min_length=1, max_length=128)] | None = None

    @model_validator(mode="after")
    def _tools_belong_to_lists(self) -> FilteredUrlSource:
        names = [tool.name for tool in self.tools or []]
        if (self.type in ("only", "except")) != bool(names):
            raise ValueError("tools are needed with only and except, and belong nowhere else")
        if len(set(names)) < len(names):
            raise ValueError("tools must be distinct")
        return self


class UrlSources(Fields):
    """Which sources contribute URLs that web_fetch may fetch."""

    client_tool_results: Annotated[FilteredUrlSource | None, text_as("type")] = None
    server_tool_results: Annotated[FilteredUrlSource | None, text_as("type")] = None
    user_input: Annotated[UrlSource | None, text_as("type")] = None

    @model_validator(mode="after")
    def _something_is_left(self) -> UrlSources:
        sources = (self.client_tool_results, self.server_tool_results, self.user_input)
        if all(source and source.type == "none" for source in sources):
            raise ValueError("at least one source must not be none")
        return self


class _WebConfig(DefaultConfig):
    @model_validator(mode="after")
    def _one_list(self) -> _WebConfig:
        if getattr(self, "allowed_domains", None) and getattr(self, "blocked_domains", None):
            raise ValueError("allowed_domains and blocked_domains cannot be combined")
        return self


class WebFetchConfig(_WebConfig):
    """The config of web_fetch."""

    name: Literal["web_fetch"]
    type: Literal["web_fetch"] | None = None
    allowed_domains: Domains | None = None
    blocked_domains: Domains | None = None
    max_content_tokens: Annotated[int, Field(gt=0)] | None = None
    url_sources: UrlSources | None = None


class UserLocation(Fields):
    """Where searches are made from."""

    type: Literal["approximate"]
    city: str | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearchConfig(_WebConfig):
    """The config of web_search."""

    name: Literal["web_search"]
    type: Literal["web_search"] | None = None
    allowed_domains: DomainsWithPath | None = None
    blocked_domains: DomainsWithPath | None = None
    user_location: UserLocation | None = None


class McpToolConfig(DefaultConfig):
    """The config of one tool of an MCP server."""

    name: ToolName


BuiltInConfig = Annotated[PlainConfig | WebFetchConfig | WebSearchConfig, Field(discriminator="name")]


class AgentToolset(Fields):
    """The built-in tools."""

    type: Literal["agent_toolset_20260401"]
    default_config: DefaultConfig | None = None
    configs: Annotated[list[BuiltInConfig], NullIsEmptyList] = Field(default_factory=list)


class McpToolset(Fields):
    """The tools of one MCP server."""

    type: Literal["mcp_toolset"]
    mcp_server_name: ServerName
    default_config: DefaultConfig | None = None
    configs: Annotated[list[McpToolConfig], NullIsEmptyList] = Field(default_factory=list)


def _check_schema(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") != "object":
        raise ValueError("type must be 'object'")
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            raise ValueError(f"{keyword} is not supported at the top level")
    if _has_reference(schema):
        raise ValueError("$ref is not supported")
    for name in schema.get("properties") or {}:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
            raise ValueError(f"property name {name!r} must match [A-Za-z0-9_.-]{{1,64}}")
    return schema


def _has_reference(value: object) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(_has_reference(item) for item in value.values())
    return isinstance(value, list) and any(_has_reference(item) for item in value)


def _check_custom_name(name: str) -> str:
    if name in BUILT_IN or name.startswith("mcp__"):
        raise ValueError(f"{name!r} is reserved for built-in and MCP tools")
    return name


class CustomTool(Fields):
    """A tool the client runs."""

    type: Literal["custom"]
    name: Annotated[CustomToolName, AfterValidator(_check_custom_name)]
    description: Annotated[str, Field(min_length=1)]
    input_schema: Annotated[dict[str, Any], AfterValidator(_check_schema)]


Tool = Annotated[AgentToolset | McpToolset | CustomTool, Field(discriminator="type")]


def enriched_tool(tool: AgentToolset | McpToolset | CustomTool, switches: Switches) -> Json:
    """Complete one entry of an agent's `tools`."""
    if isinstance(tool, CustomTool):
        blank = {"properties": None, "required": None} if switches.schema_optionals == "null" else {}
        return tool.model_dump() | {"input_schema": blank | tool.input_schema}
    if isinstance(tool, McpToolset):
        default = _settings(tool.default_config, {"enabled": True, "permission_policy": {"type": "always_ask"}})
        configs = [{"name": config.name} | _settings(config, default) for config in tool.configs]
        return {
            "type": tool.type,
            "mcp_server_name": tool.mcp_server_name,
            "default_config": default,
            "configs": configs,
        }
    default = _settings(tool.default_config, {"enabled": True, "permission_policy": {"type": "always_allow"}})
    configs = [_built_in(config.name, config, default, switches) for config in tool.configs]
    if switches.toolset_configs == "expand":
        named = {config["name"] for config in configs}
        configs += [_built_in(name, None, default, switches) for name in BUILT_IN if name not in named]
    return {"type": tool.type, "default_config": default, "configs": configs}


def effective_policy(tools: list[Json], name: str, server: str | None = None) -> str | None:
    """Find the permission policy of a tool in a completed list; None if it is missing or disabled."""
    for tool in tools:
        if tool["type"] == "custom" or tool.get("mcp_server_name") != server:
            continue
        own = next((config for config in tool["configs"] if config["name"] == name), tool["default_config"])
        if own["enabled"] and (server is not None or name in BUILT_IN):
            return str(own["permission_policy"]["type"])
    return None


def _settings(config: DefaultConfig | None, inherited: Json) -> Json:
    enabled = config.enabled if config else None
    policy = config.permission_policy if config else None
    return {
        "enabled": inherited["enabled"] if enabled is None else enabled,
        "permission_policy": {"type": policy.type} if policy else inherited["permission_policy"],
    }


def _built_in(name: str, config: DefaultConfig | None, default: Json, switches: Switches) -> Json:
    complete: Json = {"name": name, "type": name} | _settings(config, default)
    if name in {"web_fetch", "web_search"}:
        complete |= {
            "allowed_domains": _domains(getattr(config, "allowed_domains", None), switches),
            "blocked_domains": _domains(getattr(config, "blocked_domains", None), switches),
        }
    if name == "web_fetch":
        fetch = config if isinstance(config, WebFetchConfig) else None
        complete |= {
            "max_content_tokens": fetch.max_content_tokens if fetch else None,
            "url_sources": _url_sources(fetch.url_sources) if fetch and fetch.url_sources else None,
        }
    if name == "web_search":
        location = config.user_location if isinstance(config, WebSearchConfig) else None
        complete["user_location"] = location.model_dump() if location else None
    return complete


def _domains(domains: list[str] | None, switches: Switches) -> list[str] | None:
    if domains is None or switches.domains == "as_sent":
        return domains
    return [domain.lower() for domain in domains]


def _url_sources(sources: UrlSources) -> Json:
    names = ("client_tool_results", "server_tool_results", "user_input")
    dumped = sources.model_dump(exclude_none=True)
    return {name: dumped.get(name, {"type": "all"}) for name in names}
