"""Environments: where sessions run. Not versioned; a config is merged on update, but never changes its type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.environment_config import ConfigField, checked_config, merged_config
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, Name, patched
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.store import Document

Json = dict[str, Any]


def _check_scope(scope: str | None) -> str | None:
    if scope == "account":
        raise ValueError("API organizations support only 'organization'")
    return scope


Scope = Annotated[Literal["organization", "account"], AfterValidator(_check_scope)]


class EnvironmentCreate(Fields):
    """The body of `POST /v1/environments`."""

    name: Name
    description: str | None = None
    config: ConfigField | None = None
    metadata: Metadata = Field(default_factory=dict)
    scope: Scope | None = None


class EnvironmentUpdate(Fields):
    """The body of `POST /v1/environments/{id}`; what is not sent stays."""

    name: Name | None = None
    description: str | None = None
    config: ConfigField | None = None
    metadata: MetadataPatch = Field(default_factory=dict)
    scope: Scope | None = None


def create(call: Call) -> Json:
    """Make an environment; its name must be free in the workspace."""
    request = call.read(EnvironmentCreate)
    _check_name(call, request.name)
    id_, at = new_id("env"), now()
    body = {
        "id": id_,
        "type": "environment",
        "name": request.name,
        "description": request.description,
        "config": checked_config(merged_config(request.config, None)),
        "metadata": request.metadata,
        "scope": request.scope or "organization",
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
    call.store.insert(Document("environment", id_, call.workspace, body, name=request.name))
    return body


def list_environments(call: Call) -> Json:
    """The environments of the workspace."""
    size = paging.limit(call.query, call.switches.default_page_size)
    page = call.list("environment", paging.unarchived(call.query), size=size)
    return {"data": [environment.body for environment in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One environment."""
    return call.find("environment", call.path["id"]).body


def update(call: Call) -> Json:
    """Change an environment in place."""
    environment = call.find("environment", call.path["id"])
    if environment.body["archived_at"]:
        raise invalid(f"Environment {environment.id} is archived.", code="environment_archived")
    request = call.read(EnvironmentUpdate)
    body = _changed(request, environment.body)
    if request.name and request.name != environment.name:
        _check_name(call, request.name)
        environment.name = request.name
    if body != environment.body or call.switches.unchanged_environment_updated_at == "moved":
        environment.body = body | {"updated_at": now()}
        call.store.save(environment)
    return environment.body


def archive(call: Call) -> Json:
    """Archive an environment: it is read-only from now on, and takes no new sessions."""
    environment = call.find("environment", call.path["id"])
    if call.archive(environment):
        if call.switches.archived_environment_name == "free":
            environment.name = None
        call.store.save(environment)
    return environment.body


def delete(call: Call) -> Json:
    """Delete an environment no session refers to."""
    environment = call.find("environment", call.path["id"])
    for session in call.store.children("session", call.workspace):
        holds = call.switches.archived_sessions_hold_environment or session.body["archived_at"] is None
        if holds and session.body["environment_id"] == environment.id:
            status = call.switches.environment_in_use_status
            message = f"Environment {environment.id} is used by session {session.id}."
            raise call.conflict(message) if status == 409 else refused(status, message)
    call.store.delete_children("work", environment.workspace, environment.id)
    call.store.delete(environment)
    return {"id": environment.id, "type": "environment_deleted"}


def _changed(request: EnvironmentUpdate, stored: Json) -> Json:
    body = dict(stored)
    if request.name:
        body["name"] = request.name
    if "description" in request.model_fields_set:
        body["description"] = request.description
    if request.config:
        body["config"] = checked_config(merged_config(request.config, stored["config"]))
    if request.scope:
        body["scope"] = request.scope
    body["metadata"] = patched(stored["metadata"], request.metadata, empty_deletes=True)
    return body


def _check_name(call: Call, name: str) -> None:
    if call.store.by_name("environment", name, call.workspace):
        raise call.conflict(f"name: an environment named {name!r} exists already in this workspace")


OPERATIONS = (
    Operation("POST", "/v1/environments", create),
    Operation("GET", "/v1/environments", list_environments),
    Operation("GET", "/v1/environments/{id}", get),
    Operation("POST", "/v1/environments/{id}", update),
    Operation("DELETE", "/v1/environments/{id}", delete),
    Operation("POST", "/v1/environments/{id}/archive", archive),
)
