"""What must hold for an agent's definition as a whole, whichever request produced it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from managed_agents_emulator.agents.toolsets import BUILT_IN, effective_policy
from managed_agents_emulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from managed_agents_emulator.store import Json
    from managed_agents_emulator.switches import Switches

_MOST_TOOLS = 256
_MOST_SKILLS = 500


def check_tooling(definition: Json, switches: Switches) -> None:
    """Refuse tools, MCP servers and skills that do not fit together, with a 400 naming the field."""
    tools, servers = definition["tools"], definition["mcp_servers"]
    _check_distinct_tools(tools)
    _check_distinct("mcp_servers", (server["name"] for server in servers))
    _check_pairs(tools, {server["name"] for server in servers})
    _check_url_sources(tools)
    _check_skills(definition, switches)


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


def _check_pairs(tools: list[Json], servers: set[str]) -> None:
    used = {tool["mcp_server_name"] for tool in tools if tool["type"] == "mcp_toolset"}
    for name in sorted(used - servers):
        raise invalid(f"tools: mcp_toolset refers to the MCP server {name!r}, which mcp_servers does not define")
    for name in sorted(servers - used):
        raise invalid(f"mcp_servers: {name!r} is not referenced by any mcp_toolset in tools")


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


def _check_skills(definition: Json, switches: Switches) -> None:
    skills = definition["skills"]
    if len(skills) > _MOST_SKILLS:
        raise invalid(f"skills: at most {_MOST_SKILLS} skills are allowed")
    _check_distinct("skills", (skill["skill_id"] for skill in skills))
    if skills and switches.skills_without_read_tool == "refuse" and not effective_policy(definition["tools"], "read"):
        raise invalid("skills: the read tool must be enabled for an agent with skills")


def _check_distinct(field: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise invalid(f"{field}: {name!r} is given {count} times; names must be unique")
