"""An agent API as pure functions: what it stores of a request by the documented rules, and the many ways to show that.

Written from the documentation alone, so that it cannot share a mistake with what it tests. What is stored has one
form; `Habits` choose the spelling of an answer: two answers with different habits say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.kinds.server_habits import Body, Habits, filled, patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN_ID = "agent_own"
BUILT_IN = ("bash", "read", "write", "edit", "glob", "grep", "web_fetch", "web_search")
SERVER_TOOLS = ("alpha", "beta", "gamma", "delta", "ping")
POLICY = {"agent_toolset_20260401": "always_allow", "mcp_toolset": "always_ask"}
DEFAULT_EFFORT = {"claude-opus-5-5": "high", "claude-sonnet-5": "medium"}
BLANK: Body = {"model": {}, "multiagent": None, "metadata": {}}


def created(body: Body) -> Body:
    """What the server stores of a new agent."""
    return {"version": 1, **{name: store(body.get(name), BLANK) for name, store in STORED.items()}}


def updated(stored: Body, patch: Body) -> Body:
    """What it stores after an update: fields that are sent are replaced, and a real change makes a version."""
    sent = {name: STORED[name](value, stored) for name, value in patch.items() if name != "version"}
    fields = {**stored, **sent}
    return fields if fields == stored else {**fields, "version": stored["version"] + 1}


STORED: dict[str, Callable[[Any, Body], Any]] = {
    "name": lambda sent, _: sent,
    "model": lambda sent, stored: _model(sent, stored["model"]),
    "system": lambda sent, _: sent or None,
    "description": lambda sent, _: sent or None,
    "tools": lambda sent, _: sent or [],
    "mcp_servers": lambda sent, _: sent or [],
    "skills": lambda sent, _: [{"version": "latest", **filled(skill)} for skill in sent or []],
    "multiagent": lambda sent, stored: _multiagent(sent, stored["multiagent"]),
    "metadata": lambda sent, stored: patched(stored["metadata"], sent),
    "execution_identity": lambda sent, _: sent or {"type": "service_account"},
}


def _model(sent: Any, stored: Body) -> Body:
    """Replaced whole, except an effort that is left out beside an unchanged id."""
    sent = {"id": sent} if isinstance(sent, str) else sent or {}
    effort = sent.get("effort")
    kept = "effort" not in sent and sent.get("id") == stored.get("id")
    level = effort["type"] if isinstance(effort, dict) else effort
    return {
        "id": sent.get("id"),
        "effort": stored.get("effort") if kept else level or DEFAULT_EFFORT.get(sent.get("id")),
        "speed": sent.get("speed") or "standard",
        "inference_geo": sent.get("inference_geo"),
    }


def _multiagent(sent: Any, stored: Any) -> Any:
    if not sent or sent["type"] == "coordinator":
        return sent and {"type": "coordinator", "agents": _pinned(sent["agents"])}
    defaults = {"type": sent["type"], "subagents": None, "workflows": None, "advisor": {"type": "disabled"}}
    base: Body = stored if stored and stored["type"] == sent["type"] else defaults
    delegations = {name: _delegation(sent, base, name) for name in ("subagents", "workflows")}
    advisor = (sent["advisor"] or {"type": "disabled"}) if "advisor" in sent else base["advisor"]
    return {"type": sent["type"], **delegations, "advisor": advisor}


def _delegation(sent: Body, base: Body, name: str) -> Body:
    """Merged level by level: what is left out stays, null is the default, another type starts from nothing."""
    enabled: Body = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
    stored = base[name] or enabled
    if name not in sent:
        return stored
    setting = sent[name] or enabled
    if setting["type"] == "disabled":
        return {"type": "disabled"}
    below = stored if stored["type"] == "enabled" else enabled
    inline = setting.get("inline_agents", below["inline_agents"]) or {"type": "enabled"}
    members = setting.get("predefined_agents", below["predefined_agents"]) or []
    return {"type": "enabled", "inline_agents": inline, "predefined_agents": _pinned(members)}


def _pinned(entries: Any) -> list[Any]:
    """Members with a version; the advisor is moved to the end."""
    members = [{"type": "agent", "id": entry} if isinstance(entry, str) else entry for entry in entries]
    pinned = [{**one, "version": one.get("version") or 7} if one["type"] == "agent" else one for one in members]
    return sorted(pinned, key=lambda one: one["type"] == "advisor")


def shown(stored: Body, habits: Habits) -> Body:
    """The agent as an answer of a server with these habits."""
    fields = {
        **stored,
        "model": _shown_model(stored["model"], habits),
        "tools": habits.order([_shown_tool(tool, habits) for tool in stored["tools"]]),
        "mcp_servers": habits.order([{**one, **habits.unknown()} for one in stored["mcp_servers"]]),
        "skills": habits.order(stored["skills"]),
        "multiagent": _shown_multiagent(stored["multiagent"], stored["version"], habits),
    }
    blanks = {"system": "", "description": "", "multiagent": {}}
    unset = {name: blank for name, blank in blanks.items() if not stored[name]}
    served = habits.spelled(fields, unset)
    return {
        **served,
        **habits.unknown(),
        "id": OWN_ID,
        "type": "agent",
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": f"2026-11-01T00:00:{stored['version']:02}Z",
        "archived_at": None,
    }


def _shown_model(model: Body, habits: Habits) -> Body:
    effort = {"type": model["effort"]} if habits.objects else model["effort"]
    unset = {key: None for key in ("effort", "inference_geo") if model[key] is None}
    unset |= {"speed": None} if model["speed"] == "standard" and not habits.defaults else {}
    return habits.spelled({**model, "effort": effort, **habits.unknown()}, unset)


def _shown_tool(tool: Body, habits: Habits) -> Body:
    if tool["type"] == "custom":
        optional: Body = {"properties": {}, "required": []}
        missing = {key: blank for key, blank in optional.items() if key not in tool["input_schema"]}
        return {**tool, "input_schema": habits.spelled(tool["input_schema"], missing)}
    default = {"enabled": True, "permission_policy": {"type": POLICY[tool["type"]]}}
    default |= filled(tool.get("default_config") or {})
    configs = list(_shown_configs(tool, default, habits))
    sent = {} if habits.defaults else {"default_config": tool.get("default_config")}
    fields = {**tool, "default_config": default, "configs": habits.order(configs), **sent}
    unset: Body = {} if configs else {"configs": []}
    unset |= {"default_config": {}} if not fields["default_config"] else {}
    return habits.spelled(fields, unset)


def _shown_configs(tool: Body, default: Body, habits: Habits) -> Iterator[Body]:
    sent = {config["name"]: config for config in tool.get("configs") or []}
    built_in = tool["type"] == "agent_toolset_20260401"
    unlisted = (BUILT_IN if built_in else SERVER_TOOLS) if habits.expanded else ()
    for name in dict.fromkeys((*sent, *unlisted)):
        named = {"name": name, "type": name} if built_in else {"name": name}
        config = {**named, **sent.get(name, {})}
        full = {**named, **default, **filled(config)} if habits.defaults or name not in sent else config
        yield {key: _shown_setting(key, value, habits) for key, value in full.items()}


def _shown_setting(key: str, value: Any, habits: Habits) -> Any:
    if not habits.objects or not value:
        return value
    if key == "url_sources":
        return {name: {"type": source} if isinstance(source, str) else source for name, source in value.items()}
    if key in ("allowed_domains", "blocked_domains"):
        return habits.order([domain.lower().rstrip("/") for domain in value])
    return value


def _shown_multiagent(multiagent: Any, version: int, habits: Habits) -> Any:
    if not multiagent:
        return multiagent
    if multiagent["type"] == "coordinator":
        return {**multiagent, "agents": _resolved(multiagent["agents"], version, habits)}
    delegations = {
        name: {**section, "predefined_agents": _resolved(section["predefined_agents"], version, habits)}
        for name, section in multiagent.items()
        if name in ("subagents", "workflows") and section["type"] == "enabled"
    }
    return {**multiagent, **delegations}


def _resolved(entries: list[Any], version: int, habits: Habits) -> list[Any]:
    own = {"type": "agent", "id": OWN_ID, "version": version}
    return habits.order([own if entry["type"] == "self" else entry for entry in entries])
