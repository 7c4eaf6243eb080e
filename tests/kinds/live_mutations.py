"""What somebody else may do to a live object: single changes of fields that a definition manages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.mark import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kinds.server_habits import Body

Value = tuple[tuple[str, ...], Any]
Mutation = tuple[tuple[str, ...], dict[str, Any]]


def agent_mutations(stored: Body, declared: Body) -> Iterator[Mutation]:
    """Each managed path that one update request changes, with that request's fields."""
    model = stored["model"]
    yield ("name",), {"name": stored["name"] + "!"}
    yield ("model", "id"), {"model": {**model, "id": "claude-haiku-5-5"}}
    yield ("model", "effort"), {"model": {**model, "effort": {"high": "low"}.get(model["effort"], "high")}}
    yield ("model", "speed"), {"model": {**model, "speed": {"standard": "fast"}.get(model["speed"], "standard")}}
    yield (
        ("model", "inference_geo"),
        {"model": {**model, "inference_geo": {"us": "global"}.get(model["inference_geo"], "us")}},
    )
    yield from _common(stored, declared)
    for field, change in FIELDS.items():
        if field in declared:
            for path, value in change(stored[field], declared[field]):
                yield path, {field: value}


def environment_mutations(stored: Body, declared: Body) -> Iterator[Mutation]:
    """As `agent_mutations`, for environments."""
    yield ("name",), {"name": stored["name"] + "!"}
    yield from _common(stored, declared)
    if declared.get("config") and stored["config"]["type"] == "cloud":
        for path, part in _cloud(stored["config"]):
            yield path, {"config": {"type": "cloud", **part}}


def undeclared_mutations(kind: str, stored: Body, declared: Body) -> Iterator[Mutation]:
    """Each path that one update request changes and that the definition does not name, with that request's fields."""
    mutations = {"agent": agent_mutations, "environment": environment_mutations}[kind]
    names = {*(declared.get("metadata") or {})}
    yield ("metadata", "by-hand"), {"metadata": {"by-hand": "yes"}}
    for path, fields in mutations(stored, {**stored, **{key: stored[key] for key in ("description", "metadata")}}):
        if path[1] not in {*names, KEY} if path[0] == "metadata" else path[0] not in declared:
            yield path, fields


def _common(stored: Body, declared: Body) -> Iterator[Mutation]:
    if "description" in declared:
        yield ("description",), {"description": (stored["description"] or "") + " By hand."}
    for key in declared.get("metadata") or {}:
        yield ("metadata", key), {"metadata": {key: "by hand"}}
        yield ("metadata", key), {"metadata": {key: None}}


def _with(items: list[Body], index: int, **fields: Any) -> list[Body]:
    return [{**item, **fields} if place == index else item for place, item in enumerate(items)]


def _system(system: Any, _: Any) -> Iterator[Value]:
    yield ("system",), (system or "") + " By hand."


def _identity(_: Any, __: Any) -> Iterator[Value]:
    yield ("execution_identity", "role_arn"), {"type": "aws_role", "role_arn": "by-hand"}


def _tools(tools: list[Body], _: Any) -> Iterator[Value]:
    new = {"type": "custom", "name": "new", "description": "New.", "input_schema": {"type": "object"}}
    yield ("tools", "custom:new", "type"), [*tools, new]
    for index, tool in enumerate(tools):
        mutations = _custom_tool(tools, index) if tool["type"] == "custom" else _toolset(tools, index)
        for path, value in mutations:
            yield ("tools", *path), value


def _custom_tool(tools: list[Body], index: int) -> Iterator[Value]:
    name, schema = f"custom:{tools[index]['name']}", tools[index]["input_schema"]
    added = {**schema, "properties": {**(schema.get("properties") or {}), "added": {}}}
    yield (name, "description"), _with(tools, index, description="By hand.")
    yield (name, "input_schema", "properties", "added"), _with(tools, index, input_schema=added)
    yield (name, "name"), [*tools[:index], *tools[index + 1 :]]


def _toolset(tools: list[Body], index: int) -> Iterator[Value]:
    tool = tools[index]
    identity = f"mcp:{tool['mcp_server_name']}" if tool["type"] == "mcp_toolset" else tool["type"]
    configs = [config for config in tool.get("configs") or [] if config["name"] != "glob"]
    by_hand = {"name": "glob", "enabled": True, "permission_policy": {"type": "by_hand"}}
    yield (identity, "glob", "permission_policy"), _with(tools, index, configs=[*configs, by_hand])


def _servers(servers: list[Body], _: Any) -> Iterator[Value]:
    yield ("mcp_servers", "new", "url"), [*servers, {"type": "url", "name": "new", "url": "https://new.example/mcp"}]
    for index, server in enumerate(servers):
        yield ("mcp_servers", server["name"], "url"), _with(servers, index, url="https://by-hand.example/mcp")


def _skills(skills: list[Body], declared: Any) -> Iterator[Value]:
    new = {"type": "custom", "skill_id": "skill_new", "version": "skver_9"}
    yield ("skills", "skill_new", "attached"), [*skills, new]
    for index, skill in enumerate(skills):
        yield ("skills", skill["skill_id"], "attached"), [*skills[:index], *skills[index + 1 :]]
        if declared[index].get("version") not in (None, "latest"):
            yield ("skills", skill["skill_id"], "version"), _with(skills, index, version="skver_9")


def _rosters(multiagent: Any, _: Any) -> Iterator[Value]:
    new = {"type": "agent", "id": "agent_new", "version": 1}
    if not multiagent:
        yield ("multiagent", "type"), {"type": "coordinator", "agents": [new]}
    elif multiagent["type"] == "coordinator":
        yield ("multiagent", "agents", "agent_new", "member"), {**multiagent, "agents": [*multiagent["agents"], new]}
        yield ("multiagent", "type"), None
    else:
        flipped = {"type": "enabled", "model": "by-hand"}
        yield ("multiagent", "advisor", "model"), {**multiagent, "advisor": flipped}
        yield from _delegations(multiagent, new)


def _delegations(multiagent: Body, new: Body) -> Iterator[Value]:
    for name in ("subagents", "workflows"):
        section = multiagent[name]
        flipped = {"enabled": {"type": "disabled"}, "disabled": {"type": "enabled"}}[section["type"]]
        yield ("multiagent", name, "type"), {**multiagent, name: flipped}
        if section["type"] == "enabled":
            members = [*section["predefined_agents"], new]
            path = ("multiagent", name, "predefined_agents", "agent_new", "member")
            yield path, {**multiagent, name: {**section, "predefined_agents": members}}


def _cloud(config: Body) -> Iterator[Value]:
    yield ("config", "packages", "npm"), {"packages": {"npm": ["by-hand"]}}
    if config["networking"]["type"] == "unrestricted":
        yield ("config", "networking", "type"), {"networking": {"type": "limited", "allowed_hosts": ["by.hand"]}}
        return
    networking = config["networking"]
    yield ("config", "networking", "type"), {"networking": {"type": "unrestricted"}}
    hosts = [*networking["allowed_hosts"], "by.hand"]
    yield ("config", "networking", "allowed_hosts"), {"networking": {**networking, "allowed_hosts": hosts}}
    flipped = not networking["allow_mcp_servers"]
    yield ("config", "networking", "allow_mcp_servers"), {"networking": {**networking, "allow_mcp_servers": flipped}}


FIELDS: dict[str, Callable[[Any, Any], Iterator[Value]]] = {
    "system": _system,
    "tools": _tools,
    "mcp_servers": _servers,
    "skills": _skills,
    "multiagent": _rosters,
    "execution_identity": _identity,
}
