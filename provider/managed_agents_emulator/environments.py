"""Environments: where sessions run. Not versioned; a config is merged on update, but never changes its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, mark_archived
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, Name, patched
from managed_agents_emulator.hosts import HostPattern

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json

_MANAGERS = ("apt", "cargo", "gem", "go", "npm", "pip")
_NO_PACKAGES: Json = {"type": "packages"} | {manager: [] for manager in _MANAGERS}
_CLOUD: Json = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": _NO_PACKAGES}
_LIMITED: Json = {
    "type": "limited",
    "allowed_hosts": [],
    "allow_mcp_servers": False,
    "allow_package_managers": False,
}


class Unrestricted(Fields):
    """Any host can be reached."""

    type: Literal["unrestricted"]


class Limited(Fields):
    """Only what is named can be reached; what is left out keeps its stored value."""

    type: Literal["limited"]
    allowed_hosts: list[HostPattern] | None = None
    allow_mcp_servers: bool | None = None
    allow_package_managers: bool | None = None


class Packages(Fields):
    """Packages to install, by manager."""

    type: Literal["packages"] | None = None
    apt: list[str] | None = None
    cargo: list[str] | None = None
    gem: list[str] | None = None
    go: list[str] | None = None
    npm: list[str] | None = None
    pip: list[str] | None = None


class Cloud(Fields):
    """A sandbox of the platform."""

    type: Literal["cloud"]
    networking: Annotated[Unrestricted | Limited, Field(discriminator="type")] | None = None
    packages: Packages | None = None


class SelfHosted(Fields):
    """A sandbox of the user's own."""

    type: Literal["self_hosted"]


def _check_scope(scope: str | None) -> str | None:
    if scope == "account":
        raise ValueError("API organizations support only 'organization'")
    return scope


class _Optional(Fields):
    description: str | None = None
    config: Annotated[Cloud | SelfHosted, Field(discriminator="type")] | None = None
    scope: Annotated[Literal["organization", "account"], AfterValidator(_check_scope)] | None = None


class EnvironmentCreate(_Optional):
    """The body of `POST /v1/environments`."""

    name: Name
    metadata: Metadata = Field(default_factory=dict)


class EnvironmentUpdate(_Optional):
    """The body of `POST /v1/environments/{id}`; what is not sent stays."""

    name: Name | None = None
    metadata: MetadataPatch = Field(default_factory=dict)


ENVIRONMENT = Kind(name="environment", prefix="env", children=("work",))


def create(call: Call) -> Json:
    """Make an environment; its name must be free in the workspace."""
    request = call.read(EnvironmentCreate)
    _check_name(call, request.name)
    fields = {
        "name": request.name,
        "description": request.description,
        "config": _merged_config(request.config, None),
        "metadata": request.metadata,
        "scope": request.scope or "organization",
    }
    return ENVIRONMENT.new(call, fields, name=request.name).body


def list_environments(call: Call) -> Json:
    """List the environments of the workspace."""
    size = paging.limit(call.query, call.switches.default_page_size)
    return ENVIRONMENT.listed(call, paging.unarchived(call.query), size=size)


def update(call: Call) -> Json:
    """Change an environment in place."""
    environment = ENVIRONMENT.active(call, code="environment_archived")
    request, stored = call.read(EnvironmentUpdate), environment.body
    if request.name and request.name != environment.name:
        _check_name(call, request.name)
        environment.name = request.name
    fields = {
        "name": request.name or stored["name"],
        "description": request.description if "description" in request.model_fields_set else stored["description"],
        "config": _merged_config(request.config, stored["config"]),
        "scope": request.scope or stored["scope"],
        "metadata": patched(stored["metadata"], request.metadata, empty_deletes=True),
    }
    touched = call.switches.unchanged_environment_updated_at == "moved"
    return ENVIRONMENT.change(call, environment, fields, touched=touched)


def archive(call: Call) -> Json:
    """Archive an environment: it is read-only from now on, and takes no new sessions."""
    environment = ENVIRONMENT.find(call)
    if mark_archived(call, environment) and call.switches.archived_environment_name == "free":
        environment.name = None
        call.store.save(environment)
    return environment.body


def delete(call: Call) -> Json:
    """Delete an environment no session refers to."""
    environment = ENVIRONMENT.find(call)
    for session in call.store.children("session", call.workspace):
        holds = call.switches.archived_sessions_hold_environment or session.body["archived_at"] is None
        if holds and session.body["environment_id"] == environment.id:
            status = call.switches.environment_in_use_status
            message = f"Environment {environment.id} is used by session {session.id}."
            raise call.conflict(message) if status == 409 else refused(status, message)
    return ENVIRONMENT.remove(call, environment)


def _check_name(call: Call, name: str) -> None:
    if call.store.by_name("environment", name, call.workspace):
        raise call.conflict(f"name: an environment named {name!r} exists already in this workspace")


def _merged_config(config: Cloud | SelfHosted | None, stored: Json | None) -> Json:
    """The stored config (None at creation) after a request, complete.

    Raises a 400 where the type differs, or where limited networking keeps the packages from being installed.
    """
    if stored and config and config.type != stored["type"]:
        message = f"config.type: cannot change from {stored['type']} to {config.type}"
        raise invalid(message, code="invalid_config_type_change")
    if isinstance(config, SelfHosted):
        return {"type": "self_hosted"}
    base = stored or _CLOUD
    if config is None:
        return base
    sent = config.model_dump(exclude_none=True)
    packages = base["packages"] | sent.get("packages", {})
    networking: Json = sent.get("networking") or base["networking"]
    if networking["type"] == "limited":
        networking = (base["networking"] if base["networking"]["type"] == "limited" else _LIMITED) | networking
        if any(packages[manager] for manager in _MANAGERS) and not networking["allow_package_managers"]:
            raise invalid(
                "config.networking.allow_package_managers: must be true when packages are specified under limited "
                "networking"
            )
    return {"type": "cloud", "networking": networking, "packages": packages}


OPERATIONS = (
    Operation("POST", "/v1/environments", create),
    Operation("GET", "/v1/environments", list_environments),
    Operation("GET", "/v1/environments/{id}", ENVIRONMENT.get),
    Operation("POST", "/v1/environments/{id}", update),
    Operation("DELETE", "/v1/environments/{id}", delete),
    Operation("POST", "/v1/environments/{id}/archive", archive),
)
