"""An imitation of the API that shares no code with the emulator and answers in a sane way of its own.

`python foreign_server.py` serves it on a free port and says where in its first line. It gives back more than it was
sent (every built-in tool, every package list, fields nobody knows), in another order, in short pages, with nulls in one
answer and without them in another, less after a POST than after a GET, and never names a workspace.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.journeys import foreign_production
from tests.journeys.foreign_shop import (
    SHOP,
    SHOWN,
    Json,
    Refusal,
    archive,
    backwards,
    delete,
    get,
    lean,
    merged,
    now,
    page,
    route,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

BUILT_IN = ("web_search", "web_fetch", "grep", "glob", "edit", "write", "read", "bash")
MANAGERS = ("pip", "npm", "go", "gem", "cargo", "apt", "conda")
AGENT_FIELDS = ("name", "model", "system", "description", "tools", "mcp_servers", "skills", "multiagent", "metadata")
ENVIRONMENT_FIELDS = ("name", "description", "config", "metadata", "scope")
SESSION_FIELDS = ("agent", "environment_id", "title", "metadata", "resources", "vault_ids", "budget")


# ---- agents


def shown_agent(agent: Json) -> Json:
    model = agent["model"] if isinstance(agent["model"], dict) else {"id": agent["model"]}
    effort = model.get("effort", "medium")
    return {
        "organization": "org_of_somebody_else",
        "etag": f"W/{agent['version']}",
        **agent,
        "model": {
            "speed": "standard",
            "context_window": 200_000,
            **model,
            "effort": effort if isinstance(effort, dict) else {"type": effort},
        },
        "tools": [shown_tool(tool) for tool in reversed(agent.get("tools") or [])],
        "mcp_servers": agent.get("mcp_servers") or [],
        "skills": [{"version": "latest", "title": "A skill", **skill} for skill in agent.get("skills") or []],
        "multiagent": shown_roster(agent.get("multiagent"), agent),
        "metadata": backwards(agent.get("metadata") or {}),
        "system": agent.get("system"),
        "description": agent.get("description"),
        "execution_identity": {"type": "service_account"},
    }


def shown_tool(tool: Json) -> Json:
    """A toolset with a config for every tool it has, whether or not it was sent one."""
    if tool["type"] != "agent_toolset_20260401":
        return tool
    default = {"enabled": True, "permission_policy": {"type": "always_allow"}, **(tool.get("default_config") or {})}
    sent = {config["name"]: config for config in tool.get("configs") or []}
    configs = [{**default, "type": name, "risk": "low", **sent.get(name, {"name": name})} for name in BUILT_IN]
    return {"configs": configs, "default_config": None, "type": tool["type"]}


def shown_roster(roster: Json | None, owner: Json) -> Json | None:
    if not roster:
        return None
    return {"agents": [shown_member(member, owner) for member in reversed(roster["agents"])], "type": roster["type"]}


def shown_member(member: Any, owner: Json) -> Json:
    if isinstance(member, dict) and member["type"] == "self":
        member = {"id": owner["id"], "version": owner["version"]}
    given = {"id": member} if isinstance(member, str) else member
    one = SHOP.find("agent", given["id"]) if given["id"] != owner["id"] else owner
    return {"name": one["name"], "type": "agent", "id": one["id"], "version": given.get("version") or one["version"]}


async def create_agent(request: Request) -> Json:
    body = taken(await request.json(), AGENT_FIELDS)
    at = now()
    identity = {"id": SHOP.new_id("agent"), "type": "agent", "version": 1, "created_at": at, "updated_at": at}
    agent = {**body, **identity, "archived_at": None}
    shown_agent(agent)
    SHOP.all("agent")[agent["id"]] = agent
    return lean(agent, body)


async def update_agent(request: Request) -> Json:
    body = taken(await request.json(), AGENT_FIELDS)
    agent = SHOP.find("agent", request.path_params["id"])
    if agent["archived_at"]:
        raise Refusal(400, "invalid_request_error", "the agent is archived")
    if body.get("version", agent["version"]) != agent["version"]:
        raise Refusal(409, "conflict_error", f"the agent is at version {agent['version']}")
    sent = {key: value for key, value in body.items() if key != "version"}
    metadata = merged(agent.get("metadata") or {}, sent.get("metadata") or {})
    changed = {**agent, **sent, "metadata": metadata}
    if shown_agent(changed) != shown_agent(agent):
        agent.update(changed, version=agent["version"] + 1, updated_at=now())
    return lean(agent, sent)


# ---- environments


def shown_environment(environment: Json) -> Json:
    config = environment.get("config") or {"type": "cloud"}
    full = config if config["type"] != "cloud" else shown_cloud(config)
    return {
        "region": "somewhere",
        "scope": "organization",
        "description": None,
        **environment,
        "config": full,
        "metadata": backwards(environment.get("metadata") or {}),
    }


def shown_cloud(config: Json) -> Json:
    networking = config.get("networking") or {"type": "unrestricted"}
    if networking["type"] == "limited":
        filled = {"allow_mcp_servers": False, "allow_package_managers": False, "allowed_hosts": [], **networking}
        networking = {**filled, "allowed_hosts": sorted(filled["allowed_hosts"], reverse=True), "dns": "ours"}
    packages = config.get("packages") or {}
    return {
        "packages": {name: sorted(packages.get(name) or [], reverse=True) for name in MANAGERS},
        "networking": networking,
        "type": "cloud",
        "image": "debian",
    }


async def create_environment(request: Request) -> Json:
    body = taken(await request.json(), ENVIRONMENT_FIELDS)
    if body["name"] in {one["name"] for one in SHOP.all("environment").values()}:
        raise Refusal(409, "conflict_error", "the name is taken")
    at = now()
    identity = {"id": SHOP.new_id("env"), "type": "environment", "created_at": at, "updated_at": at}
    environment = {**body, **identity, "archived_at": None}
    SHOP.all("environment")[environment["id"]] = environment
    return lean(environment, body)


async def update_environment(request: Request) -> Json:
    body = taken(await request.json(), ENVIRONMENT_FIELDS)
    environment = SHOP.find("environment", request.path_params["id"])
    stored, sent = environment.get("config") or {"type": "cloud"}, body.get("config") or {}
    if sent.get("type", stored["type"]) != stored["type"]:
        raise Refusal(400, "invalid_request_error", "invalid_config_type_change")
    metadata = merged(environment.get("metadata") or {}, body.get("metadata") or {})
    changed = {**environment, **body, "config": {**stored, **sent}, "metadata": metadata}
    if shown_environment(changed) != shown_environment(environment):
        environment.update(changed, updated_at=now())
    return lean(environment, body)


# ---- skills


def shown_skill(skill: Json) -> Json:
    return {"source": {"type": "custom", "by": "upload"}, "downloads": 0, **skill}


async def new_version(request: Request, skill_id: str) -> Json:
    form = await request.form()
    main = next(one for one in form.getlist("files[]") if not isinstance(one, str) and "SKILL.md" in str(one.filename))
    assert not isinstance(main, str)
    name = re.search(r"^name: *(\S+)", (await main.read()).decode(), re.MULTILINE)
    assert name
    version = {"id": SHOP.new_id("skver"), "type": "skill_version", "skill_id": skill_id, "name": name[1]}
    SHOP.all("skill_version")[version["id"]] = version | {"created_at": now()}
    return version


async def create_skill(request: Request) -> Json:
    at, id = now(), SHOP.new_id("skill")
    version = await new_version(request, id)
    display_name = (await request.form()).get("display_name") or version["name"]
    skill = {"id": id, "type": "skill", "display_name": display_name, "created_at": at, "updated_at": at}
    SHOP.all("skill")[id] = skill | {"latest_version_id": version["id"]}
    return shown_skill(SHOP.all("skill")[id])


async def create_skill_version(request: Request) -> Json:
    skill = SHOP.find("skill", request.path_params["id"])
    version = await new_version(request, skill["id"])
    skill.update(latest_version_id=version["id"], updated_at=now())
    return version


# ---- sessions: every message is answered with the agent's name


async def create_session(request: Request) -> Json:
    body = taken(await request.json(), SESSION_FIELDS)
    agent = shown_agent(SHOP.find("agent", body["agent"]["id"]))
    SHOP.find("environment", body["environment_id"])
    session = {**body, "id": SHOP.new_id("sesn"), "type": "session", "status": "idle", "agent": agent}
    SHOP.all("session")[session["id"]] = session | {"archived_at": None, "usage": {}}
    SHOP.events[session["id"]] = []
    return session


async def send_events(request: Request) -> Json:
    session = SHOP.find("session", request.path_params["id"])
    sent = [{"id": SHOP.new_id("sevt"), "processed_at": now(), **one} for one in (await request.json())["events"]]
    reply = [{"type": "text", "text": f"{session['agent']['name']} answers."}]
    answers: list[Json] = [
        {"type": "session.status_running"},
        {"type": "span.something_new"},
        {"type": "agent.message", "content": reply},
        {"type": "session.status_idle", "stop_reason": {"type": "end_turn"}},
    ]
    made = [{"id": SHOP.new_id("sevt"), "processed_at": now(), **one} for one in answers]
    SHOP.events[session["id"]] += [*sent, *made]
    return {"data": sent}


async def list_events(request: Request) -> Json:
    return {"data": SHOP.events[SHOP.find("session", request.path_params["id"])["id"]], "next_page": None}


async def stream_events(request: Request) -> Response:
    events = SHOP.events[SHOP.find("session", request.path_params["id"])["id"]]

    async def frames() -> AsyncIterator[str]:
        sent_count = len(events)
        yield ": welcome\n\n"
        while not await request.is_disconnected():
            for event in events[sent_count:]:
                yield f"event: message\ndata: {json.dumps(event)}\n\n"
            sent_count = len(events)
            await asyncio.sleep(0.01)

    return StreamingResponse(frames(), media_type="text/event-stream")


# ---- what listens

SHOWN |= {
    "agent": shown_agent,
    "environment": shown_environment,
    "skill": shown_skill,
    "session": lambda session: session,
}


async def heard(_: Request) -> Response:
    return JSONResponse({"requests": SHOP.heard})


async def forget(_: Request) -> Response:
    SHOP.heard.clear()
    return JSONResponse({})


APP = Starlette(
    routes=[
        route("POST", "/v1/agents", create_agent),
        route("GET", "/v1/agents", page("agent")),
        route("GET", "/v1/agents/{id}", get("agent")),
        route("POST", "/v1/agents/{id}", update_agent),
        route("POST", "/v1/agents/{id}/archive", archive("agent")),
        route("POST", "/v1/environments", create_environment),
        route("GET", "/v1/environments", page("environment")),
        route("GET", "/v1/environments/{id}", get("environment")),
        route("POST", "/v1/environments/{id}", update_environment),
        route("DELETE", "/v1/environments/{id}", delete("environment")),
        route("POST", "/v1/environments/{id}/archive", archive("environment")),
        route("POST", "/v1/skills", create_skill, ""),
        route("GET", "/v1/skills", page("skill"), ""),
        route("GET", "/v1/skills/{id}", get("skill"), ""),
        route("DELETE", "/v1/skills/{id}", delete("skill"), ""),
        route("POST", "/v1/skills/{id}/versions", create_skill_version, ""),
        route("POST", "/v1/sessions", create_session),
        route("GET", "/v1/sessions/{id}", get("session")),
        route("DELETE", "/v1/sessions/{id}", delete("session")),
        route("POST", "/v1/sessions/{id}/archive", archive("session")),
        route("POST", "/v1/sessions/{id}/events", send_events),
        route("GET", "/v1/sessions/{id}/events", list_events),
        route("GET", "/v1/sessions/{id}/events/stream", stream_events),
        *foreign_production.ROUTES,
        Route("/_emulator/requests", heard),
        Route("/_emulator/reset-requests", forget, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    # Of a socket that does not say it is TCP, asyncio would let every answer wait for the client's acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201
        config = uvicorn.Config(APP, log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])
