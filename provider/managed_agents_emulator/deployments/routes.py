"""The operations on deployments and their runs. There is no delete: archiving is the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from managed_agents_emulator import paging
from managed_agents_emulator.deployments.definition import BLANK, DeploymentCreate, DeploymentUpdate, applied, shown
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import ApiError, invalid
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.sessions.receiving import take_in
from managed_agents_emulator.sessions.routes import create as create_session
from managed_agents_emulator.store import Document

Json = dict[str, Any]


def create(call: Call) -> Json:
    """Make a deployment, which is active at once."""
    at, id_ = now(), new_id("depl")
    fixed = {"id": id_, "type": "deployment", "status": "active", "paused_reason": None}
    times = {"created_at": at, "updated_at": at, "archived_at": None}
    body = applied(call.read(DeploymentCreate), fixed | BLANK, call) | times
    call.store.insert(Document("deployment", id_, call.workspace, body))
    return shown(body)


def list_deployments(call: Call) -> Json:
    """The deployments of the workspace."""
    query = call.query
    agent, status = query.get("agent_id"), query.get("status")
    if status not in {None, "active", "paused"}:
        raise invalid("status: must be active or paused")
    if status and "include_archived" in query:
        raise invalid("status: cannot be combined with include_archived")
    page = call.list(
        "deployment",
        paging.unarchived(query),
        paging.in_time(query),
        lambda d: agent in (None, d.body["agent"]["id"]) and status in (None, d.body["status"]),
    )
    return {"data": [shown(deployment.body) for deployment in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One deployment."""
    return shown(call.find("deployment", call.path["id"]).body)


def update(call: Call) -> Json:
    """Change a deployment; a bare agent id pins its newest version again."""
    deployment = _active(call)
    body = applied(call.read(DeploymentUpdate), deployment.body, call)
    return _saved(call, deployment, body)


def pause(call: Call) -> Json:
    """Stop the schedule."""
    deployment = _active(call)
    return _saved(call, deployment, deployment.body | {"status": "paused", "paused_reason": {"type": "manual"}})


def unpause(call: Call) -> Json:
    """Go on with the schedule."""
    deployment = _active(call)
    return _saved(call, deployment, deployment.body | {"status": "active", "paused_reason": None})


def archive(call: Call) -> Json:
    """Archive a deployment for ever; it reports active, paused or not."""
    deployment = call.find("deployment", call.path["id"])
    if call.archive(deployment):
        deployment.body |= {"status": "active", "paused_reason": None}
        call.store.save(deployment)
    return shown(deployment.body)


def run(call: Call) -> Json:
    """Start a session now, paused or not; what keeps it from starting is the run's error."""
    deployment = _active(call)
    session, error = _start(call, deployment)
    body = {
        "id": new_id("drun"),
        "type": "deployment_run",
        "deployment_id": deployment.id,
        "agent": deployment.body["agent"],
        "trigger_context": {"type": "manual"},
        "session_id": session,
        "error": error,
        "created_at": now(),
    }
    call.store.insert(Document("deployment_run", body["id"], call.workspace, body))
    return body


def list_runs(call: Call) -> Json:
    """The runs of all deployments, or of one."""
    query = call.query
    deployment, trigger = query.get("deployment_id"), query.get("trigger_type")
    failed = paging.flag(query, "has_error") if "has_error" in query else None
    page = call.list(
        "deployment_run",
        paging.in_time(query),
        lambda r: (
            deployment in (None, r.body["deployment_id"]) and trigger in (None, r.body["trigger_context"]["type"])
        ),
        lambda r: failed in (None, r.body["error"] is not None),
        size=paging.limit(query, most=1000),
    )
    return {"data": [document.body for document in page.documents], "next_page": page.next_page}


def get_run(call: Call) -> Json:
    """One run."""
    return call.find("deployment_run", call.path["id"]).body


def _active(call: Call) -> Document:
    deployment = call.find("deployment", call.path["id"])
    if deployment.body["archived_at"]:
        raise invalid(f"Deployment {deployment.id} is archived.")
    return deployment


def _saved(call: Call, deployment: Document, body: Json) -> Json:
    if body != deployment.body:
        deployment.body = body | {"updated_at": now()}
        call.store.save(deployment)
    return shown(deployment.body)


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
    Operation("GET", "/v1/deployments/{id}", get),
    Operation("POST", "/v1/deployments/{id}", update),
    Operation("POST", "/v1/deployments/{id}/archive", archive),
    Operation("POST", "/v1/deployments/{id}/pause", pause),
    Operation("POST", "/v1/deployments/{id}/unpause", unpause),
    Operation("POST", "/v1/deployments/{id}/run", run),
    Operation("GET", "/v1/deployment_runs", list_runs),
    Operation("GET", "/v1/deployment_runs/{id}", get_run),
)
