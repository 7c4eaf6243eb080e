"""The operations on agents: each real change is a new version, and archiving is for ever."""

from __future__ import annotations

from typing import Any

from managed_agents_emulator import paging
from managed_agents_emulator.agents.definition import BLANK, AgentCreate, AgentUpdate, applied
from managed_agents_emulator.agents.multiagent import shown
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found, refused
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.store import Document

Json = dict[str, Any]


def create(call: Call) -> Json:
    """Make an agent at version 1."""
    request = call.read(AgentCreate)
    id_, at = new_id("agent"), now()
    blank = {"id": id_, "type": "agent"} | BLANK
    body = applied(request, blank, call) | {
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
    agent = Document("agent", id_, call.workspace, body)
    call.store.insert(agent)
    _keep_version(call, agent)
    return _shown(agent)


def list_agents(call: Call) -> Json:
    """The newest version of every agent."""
    page = call.list("agent", paging.unarchived(call.query), paging.in_time(call.query))
    return {"data": [_shown(agent) for agent in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One agent, at its newest version or at `?version=N`."""
    agent = call.find("agent", call.path["id"])
    return _shown(agent_version(call, agent, _asked_version(call)))


def update(call: Call) -> Json:
    """Change an agent; a request that changes nothing makes no version."""
    agent = call.find("agent", call.path["id"])
    if agent.body["archived_at"]:
        raise refused(call.switches.archived_update_status, f"Agent {agent.id} is archived and cannot be updated.")
    request = call.read(AgentUpdate)
    current = agent.body["version"]
    if request.version not in (None, current):
        raise call.conflict(f"version: {request.version} is not the current version {current} of agent {agent.id}.")
    if "model" in request.model_fields_set and request.model is None:
        raise invalid("model: cannot be cleared")
    body = applied(request, agent.body, call)
    if body == agent.body:
        return _shown(agent)
    metadata_only = body | {"metadata": None} == agent.body | {"metadata": None}
    same_version = metadata_only and call.switches.metadata_only_update == "same_version"
    agent.body = body | {"version": current + (not same_version), "updated_at": now()}
    call.store.save(agent)
    _keep_version(call, agent)
    return _shown(agent)


def archive(call: Call) -> Json:
    """Archive an agent for ever, and its deployments with it."""
    agent = call.find("agent", call.path["id"])
    if call.archive(agent):
        call.store.save(agent)
        for deployment in list(call.store.children("deployment", call.workspace)):
            if deployment.body["agent"]["id"] == agent.id and call.archive(deployment):
                call.store.save(deployment)
    return _shown(agent)


def list_versions(call: Call) -> Json:
    """Every version of an agent, newest first, each a whole agent."""
    agent = call.find("agent", call.path["id"])
    page = call.list("agent_version", parent=agent.id)
    archived = {"archived_at": agent.body["archived_at"]}
    data = [_shown(version) | archived for version in page.documents]
    return {"data": data, "next_page": page.next_page}


def agent_version(call: Call, agent: Document, version: int | None) -> Document:
    """An agent as it was at a version (None for now); 404 for one that never was."""
    if version in (None, agent.body["version"]):
        return agent
    found = call.store.get("agent_version", f"{agent.id}@{version}", call.workspace)
    if found is None:
        raise not_found(f"Version {version} of agent", agent.id)
    found.body["archived_at"] = agent.body["archived_at"]
    return found


def _asked_version(call: Call) -> int | None:
    text = call.query.get("version")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise invalid("version: must be a whole number of at least 1")
    return int(text)


def _keep_version(call: Call, agent: Document) -> None:
    id_ = f"{agent.id}@{agent.body['version']}"
    version = Document("agent_version", id_, agent.workspace, dict(agent.body), parent=agent.id)
    if call.store.get("agent_version", id_, agent.workspace):
        call.store.save(version)
    else:
        call.store.insert(version)


def _shown(agent: Document) -> Json:
    body = agent.body
    return body | {"multiagent": shown(body["multiagent"], body["id"], body["version"])}


OPERATIONS = (
    Operation("POST", "/v1/agents", create),
    Operation("GET", "/v1/agents", list_agents),
    Operation("GET", "/v1/agents/{id}", get),
    Operation("POST", "/v1/agents/{id}", update),
    Operation("POST", "/v1/agents/{id}/archive", archive),
    Operation("GET", "/v1/agents/{id}/versions", list_versions),
)
