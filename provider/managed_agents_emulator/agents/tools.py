"""Tools as the API returns them: every inherited and defaulted setting filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.agents.toolsets import (
    BUILT_IN,
    AgentToolset,
    CustomTool,
    DefaultConfig,
    McpToolset,
    UrlSources,
    WebFetchConfig,
    WebSearchConfig,
)

if TYPE_CHECKING:
    from managed_agents_emulator.switches import Switches

Json = dict[str, Any]


def enriched_tool(tool: AgentToolset | McpToolset | CustomTool, switches: Switches) -> Json:
    """One entry of an agent's `tools`, complete."""
    if isinstance(tool, CustomTool):
        return _custom(tool, switches)
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
    """The permission policy of a tool of an enriched list, or None where it is missing or disabled."""
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


def _custom(tool: CustomTool, switches: Switches) -> Json:
    schema = tool.input_schema
    if switches.schema_optionals == "null":
        schema = {"properties": None, "required": None} | schema
    return {"type": "custom", "name": tool.name, "description": tool.description, "input_schema": schema}
