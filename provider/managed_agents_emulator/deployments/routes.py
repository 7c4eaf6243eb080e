"""The operations on deployments and their runs. There is no delete: archiving is the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, mark_archived
from managed_agents_emulator.deployments.definition import BLANK, DeploymentCreate, DeploymentUpdate, applied, shown
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import ApiError, invalid
from managed_agents_emulator.sessions.receiving import take_in
from managed_agents_emulator.sessions.routes import create as create_session

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document, Json

_ACTIVE: Json = {"status": "active", "paused_reason": None}
DEPLOYMENT = Kind(name="deployment", prefix="depl", shown=shown)
RUN = Kind(name="deployment_run", prefix="drun", times=("created_at",), archives=False)


def create(call: Call) -> Json:
    """Make a deployment, which is active at once."""
    return shown(call, DEPLOYMENT.new(call, applied(call.read(DeploymentCreate), BLANK, call)))


def list_deployments(call: Call) -> Json:
    """List the deployments of the workspace."""
    query = call.query
    agent, status = query.get("agent_id"), query.get("status")
    if status not in {None, "active", "paused"}:
        raise invalid("status: must be active or paused")
    if status and "include_archived" in query:
        raise invalid("status: cannot be combined with include_archived")
    return DEPLOYMENT.listed(
        call,
        paging.unarchived(query),
        paging.in_time(query),
        lambda d: agent in (None, d.body["agent"]["id"]) and status in (None, d.body["status"]),
    )


def update(call: Call) -> Json:
    """Change a deployment; a bare agent id pins its newest version again."""
    deployment = DEPLOYMENT.active(call)
    return DEPLOYMENT.change(call, deployment, applied(call.read(DeploymentUpdate), deployment.body, call))


def pause(call: Call) -> Json:
    """Stop the schedule."""
    paused = {"status": "paused", "paused_reason": {"type": "manual"}}
    return DEPLOYMENT.change(call, DEPLOYMENT.active(call), paused)


def unpause(call: Call) -> Json:
    """Go on with the schedule."""
    return DEPLOYMENT.change(call, DEPLOYMENT.active(call), _ACTIVE)


def archive(call: Call) -> Json:
    """Archive a deployment for ever; it reports active, paused or not."""
    deployment = DEPLOYMENT.find(call)
    if mark_archived(call, deployment):
        deployment.body |= _ACTIVE
        call.store.save(deployment)
    return shown(call, deployment)


def run(call: Call) -> Json:
    """Start a session now, paused or not; what keeps it from starting is the run's error."""
    deployment = DEPLOYMENT.active(call)
    session, error = _start(call, deployment)
    fields = {
        "deployment_id": deployment.id,
        "agent": deployment.body["agent"],
        "trigger_context": {"type": "manual"},
        "session_id": session,
        "error": error,
    }
    return RUN.new(call, fields).body


def list_runs(call: Call) -> Json:
    """List the runs of all deployments, or of one."""
    query = call.query
    deployment, trigger = query.get("deployment_id"), query.get("trigger_type")
    failed = paging.flag(query, "has_error") if "has_error" in query else None
    return RUN.listed(
        call,
        paging.in_time(query),
        lambda r: (
            deployment in (None, r.body["deployment_id"]) and trigger in (None, r.body["trigger_context"]["type"])
        ),
        lambda r: failed in (None, r.body["error"] is not None),
        size=paging.limit(query, most=1000),
    )


def _start(call: Call, deployment: Document) -> tuple[str | None, Json | None]:
    body = deployment.body
    error = _obstacle(call, body)
    if error:
        return None, {"type": error, "message": "The deployment refers to something that is gone."}
    request = {field: body[field] for field in ("agent", "environment_id", "resources", "vault_ids")}
    if body["budget"]:
        request["budget"] = body["budget"]
    try:
        created = create_session(replace(call, body=request))
    except ApiError as refusal:
        return None, {"type": "session_creation_rejected_error", "message": refusal.message}
    session = call.find("session", created["id"])
    session.body["deployment_id"] = deployment.id
    events = replace(call, body={"initial_events": body["initial_events"]}).read(DeploymentUpdate).initial_events
    take_in(call, session, events)
    call.store.save(session)
    return session.id, None


def _obstacle(call: Call, body: Json) -> str | None:
    checks = [("agent", body["agent"]["id"]), ("environment", body["environment_id"])]
    checks += [("vault", id_) for id_ in body["vault_ids"]]
    checks += [("memory_store", r["memory_store_id"]) for r in body["resources"] if r["type"] == "memory_store"]
    checks += [("file", r["file_id"]) for r in body["resources"] if r["type"] == "file"]
    checks += [("skill", skill["skill_id"]) for skill in call.find("agent", body["agent"]["id"]).body["skills"]]
    for kind, id_ in checks:
        document = call.store.get(kind, id_, call.workspace)
        if document is None:
            return "session_resource_not_found_error" if kind == "memory_store" else f"{kind}_not_found_error"
        if document.body.get("archived_at"):
            return f"{kind}_archived_error"
    return None


OPERATIONS = (
    Operation("POST", "/v1/deployments", create),
    Operation("GET", "/v1/deployments", list_deployments),
    Operation("GET", "/v1/deployments/{id}", DEPLOYMENT.get),
    Operation("POST", "/v1/deployments/{id}", update),
    Operation("POST", "/v1/deployments/{id}/archive", archive),
    Operation("POST", "/v1/deployments/{id}/pause", pause),
    Operation("POST", "/v1/deployments/{id}/unpause", unpause),
    Operation("POST", "/v1/deployments/{id}/run", run),
    Operation("GET", "/v1/deployment_runs", list_runs),
    Operation("GET", "/v1/deployment_runs/{id}", RUN.get),
)
