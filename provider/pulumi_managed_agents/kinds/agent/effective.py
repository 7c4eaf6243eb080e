"""What an agent's tools and its roster mean, however the file or the API spells them.

A tool set says what its tools may do by a default and exceptions, and the API returns either with the gaps filled in.
Both become one table here: per tool whether it is enabled, under which permission policy, with which settings (api
types ``BetaManagedAgentsAgentToolset20260401Params`` and ``…MCPToolsetParams``). A coordinator's roster is keyed by
member.
"""

from __future__ import annotations

import json
from typing import Any

from pulumi_managed_agents.reconcile.leaves import is_blank
from pulumi_managed_agents.reconcile.record import version_number
from pulumi_managed_agents.schema.identity import Entries, key_of
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


Body = dict[str, Any]
_IDENTIFIED_BY = ("path", "id", "type")
ROSTER_ENTRIES = (
    Entries(("multiagent", "agents"), _IDENTIFIED_BY, once=True),
    Entries(("multiagent", "*", "predefined_agents"), _IDENTIFIED_BY, once=True),
)
MEMBERS = {entries.place[-1]: entries for entries in ROSTER_ENTRIES}
"""The lists of members, by the name of their field."""
SECTIONS = ("subagents", "workflows", "advisor")
SECTION_DEFAULTS = {"subagents": "enabled", "workflows": "enabled", "advisor": "disabled"}


def effective_roster(multiagent: Any, declared: Any, own_id: str) -> Body:
    """`multiagent` with members as a table; `own_id` is what the API writes for a member `self`."""
    if not multiagent:
        return {}
    free = _unpinned(declared)
    if multiagent.get("type") == "multiagent_20261001":
        sections = {name: _section(name, multiagent.get(name), free, own_id) for name in SECTIONS}
        return {**multiagent, **sections}
    return {**multiagent, "agents": _members(_listed(multiagent.get("agents")), free, own_id)}


def pinned_members(multiagent: Any) -> list[Body]:
    """The `id` and `version` of each agent that a roster names, its owner aside; no version where it names none."""
    entries = [{"id": entry} if isinstance(entry, str) else entry for entry in _entries(multiagent or {})]
    named = [entry for entry in entries if entry.get("id")]
    return [{"id": entry["id"], **({"version": int(v)} if (v := entry.get("version")) else {})} for entry in named]


def explicit_roster(multiagent: Body) -> Body:
    """A roster whose every key is named, since an update merges it into the stored one, level by level.

    A null asks for the default (api type ``BetaManagedAgentsMultiagent20261001Params``).
    """
    if multiagent.get("type") != "multiagent_20261001":
        return multiagent
    return {**multiagent, **{name: _explicit(multiagent.get(name)) for name in SECTIONS}}


def _explicit(section: Body | None) -> Body | None:
    if not section or section.get("type") != "enabled" or "model" in section:
        return section
    return {"inline_agents": None, "predefined_agents": None, **section}


def _section(name: str, section: Any, free: frozenset[str], own_id: str) -> Body:
    section = section or {"type": SECTION_DEFAULTS[name]}
    if name == "advisor" or section.get("type") != "enabled":
        return dict(section)
    inline = section.get("inline_agents") or {"type": "enabled"}
    members = _members(_listed(section.get("predefined_agents")), free, own_id)
    return {**section, "inline_agents": inline, "predefined_agents": members}


def _members(entries: list[Any], free: frozenset[str], own_id: str) -> Body:
    table: Body = {}
    for entry in entries:
        member = {"type": "agent", "id": entry} if isinstance(entry, str) else entry
        key = key_of(member, MEMBERS["agents"])
        # The API writes the agent's own id where the file says `self`.
        key = "self" if own_id and key == own_id else key
        version = None if key in free or key == "self" else version_number(member.get("version"))
        table[key] = {"member": True, "version": version, "model": member.get("model")}
    return table


def _unpinned(multiagent: Any) -> frozenset[str]:
    """Members that the file names without a version."""
    if not multiagent:
        return frozenset()
    return frozenset(
        key_of(entry, MEMBERS["agents"])
        for entry in _entries(multiagent)
        if isinstance(entry, str) or not entry.get("version")
    )


def _entries(multiagent: Body) -> list[Any]:
    holders = [multiagent, *(section for name in SECTIONS if isinstance(section := multiagent.get(name), dict))]
    return [entry for holder in holders for key in MEMBERS for entry in _listed(holder.get(key))]


def _listed(members: Any) -> list[Any]:
    """The entries of a list of members; a form that is not known here may hold something else under its name."""
    return [member for member in members if isinstance(member, (str, dict))] if isinstance(members, list) else []
