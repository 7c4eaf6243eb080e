"""What an agent may really do with its tools, whatever way the file or the API spells it.

A toolset says it by a default and exceptions, and the API returns either with the gaps filled in. Both become one
table here: per tool whether it is enabled, under which permission policy, with which settings (api types
``BetaManagedAgentsAgentToolset20260401Params`` and ``…MCPToolsetParams``).
"""

from __future__ import annotations

import json
from typing import Any

from pulumi_managed_agents.reconcile.leaves import is_blank
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, BUILT_IN_TOOLS, EVERY_OTHER

DEFAULT_POLICY = {BUILT_IN_SET: "always_allow", "mcp_toolset": "always_ask"}
_STRUCTURE = frozenset({"name", "type", "enabled", "permission_policy"})
URL_SOURCES = ("client_tool_results", "server_tool_results", "user_input")


def effective_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool set as a table of its tools, a custom tool as it is."""
    if tool.get("type") not in DEFAULT_POLICY:
        return {key: _schema(value) if key == "input_schema" else value for key, value in tool.items()}
    initial = {"enabled": True, "permission_policy": DEFAULT_POLICY[tool["type"]]}
    default = _config(tool.get("default_config") or {}, initial)
    exceptions = {_key(config.get("name")): _config(config, default) for config in tool.get("configs") or []}
    if tool["type"] == "mcp_toolset":
        return {EVERY_OTHER: default, **{name: config for name, config in exceptions.items() if config != default}}
    return {EVERY_OTHER: default, **{name: exceptions.get(name, default) for name in (*BUILT_IN_TOOLS, *exceptions)}}


def _key(name: Any) -> str:
    """A tool's key in its set; a server may call a tool what stands for all that have no entry."""
    return f"{name} (a tool)" if name == EVERY_OTHER else str(name)


def _config(config: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    policy = config.get("permission_policy")
    enabled = config.get("enabled")
    return {
        "enabled": default["enabled"] if enabled is None else enabled,
        "permission_policy": default["permission_policy"] if is_blank(policy) else _policy(policy),
        **{key: _setting(key, value) for key, value in config.items() if key not in _STRUCTURE and not is_blank(value)},
    }


def _schema(schema: Any) -> Any:
    """A JSON Schema, in which a blank says something everywhere but at the top: ``{}`` is a property of any type."""
    return {key: _worded(value) for key, value in schema.items()} if isinstance(schema, dict) else schema


def _worded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: json.dumps(item) if is_blank(item) else _worded(item) for key, item in value.items()}


def _policy(policy: Any) -> Any:
    """The policy's type where that is all there is to it."""
    return policy["type"] if isinstance(policy, dict) and set(policy) == {"type"} else policy


def _setting(key: str, value: Any) -> Any:
    if key == "url_sources" and isinstance(value, dict):
        sources = {source: value[source] for source in URL_SOURCES if value.get(source)}
        return {source: {"type": way} if isinstance(way, str) else way for source, way in sources.items()}
    if key in {"allowed_domains", "blocked_domains"} and isinstance(value, list):
        return sorted(str(domain).lower().removesuffix("/") for domain in value)
    return value
