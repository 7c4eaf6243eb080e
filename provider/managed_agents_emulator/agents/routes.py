"""The operations on agents: each real change is a new version, and archiving is for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from managed_agents_emulator import paging
from managed_agents_emulator.agents.definition import BLANK, AgentCreate, AgentUpdate, applied
from managed_agents_emulator.agents.multiagent import shown
from managed_agents_emulator.crud import Kind, mark_archived, version_key
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found, refused
from managed_agents_emulator.fields import whole_number
from managed_agents_emulator.store import Document, now

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json


def _shown(_: Call, agent: Document) -> Json:
    body = agent.body
    return body | {"multiagent": shown(body["multiagent"], body["id"], body["version"])}


AGENT = Kind(name="agent", prefix="agent", shown=_shown)
VERSION = Kind(name="agent_version", prefix="", shown=_shown)


def create(call: Call) -> Json:
    """Make an agent at version 1."""
    agent = AGENT.new(call, applied(call.read(AgentCreate), BLANK, call) | {"version": 1})
    _keep_version(call, agent)
    return _shown(call, agent)


def list_agents(call: Call) -> Json:
    """List every agent at its newest version."""
    return AGENT.listed(call, paging.unarchived(call.query), paging.in_time(call.query))


def get(call: Call) -> Json:
    """Answer with one agent, at its newest version or at `?version=N`."""
    text = call.query.get("version")
    return _shown(call, agent_version(call, AGENT.find(call), whole_number(text, "version") if text else None))


def update(call: Call) -> Json:
    """Change an agent; a request that changes nothing makes no version."""
    agent = AGENT.find(call)
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
        return _shown(call, agent)
    metadata_only = body | {"metadata": None} == agent.body | {"metadata": None}
    same_version = metadata_only and call.switches.metadata_only_update == "same_version"
    agent.body = body | {"version": current + (not same_version), "updated_at": now()}
    call.store.save(agent)
    _keep_version(call, agent)
    return _shown(call, agent)


def archive(call: Call) -> Json:
    """Archive an agent for ever, and its deployments with it."""
    agent = AGENT.find(call)
    if mark_archived(call, agent):
        for deployment in list(call.store.children("deployment", call.workspace)):
            if deployment.body["agent"]["id"] == agent.id and not deployment.body["archived_at"]:
                mark_archived(call, deployment)
    return _shown(call, agent)


def list_versions(call: Call) -> Json:
    """List every version of an agent, newest first, each a whole agent."""
    agent = AGENT.find(call)
    page = VERSION.page(call, parent=agent.id)
    archived = {"archived_at": agent.body["archived_at"]}
    return {"data": [_shown(call, version) | archived for version in page.documents], "next_page": page.next_page}


def agent_version(call: Call, agent: Document, version: int | None) -> Document:
    """Find an agent as it was at a version (None for now); 404 for one that never was."""
    if version in (None, agent.body["version"]):
        return agent
    version_document = call.store.get("agent_version", version_key(agent.id, version), call.workspace)
    if version_document is None:
        raise not_found(f"Version {version} of agent", agent.id)
    version_document.body["archived_at"] = agent.body["archived_at"]
    return version_document


def _keep_version(call: Call, agent: Document) -> None:
    key = version_key(agent.id, agent.body["version"])
    version = Document("agent_version", key, agent.workspace, dict(agent.body), parent=agent.id)
    if call.store.get("agent_version", key, agent.workspace):
        call.store.save(version)
    else:
        call.store.insert(version)


OPERATIONS = (
    Operation("POST", "/v1/agents", create),
    Operation("GET", "/v1/agents", list_agents),
    Operation("GET", "/v1/agents/{id}", get),
    Operation("POST", "/v1/agents/{id}", update),
    Operation("POST", "/v1/agents/{id}/archive", archive),
    Operation("GET", "/v1/agents/{id}/versions", list_versions),
)
