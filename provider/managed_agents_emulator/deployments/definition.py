"""What a deployment is made of: the requests that create and update one, and the references they must hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from managed_agents_emulator.agents.routes import agent_version
from managed_agents_emulator.deployments.schedule import parse_cron, zone_of
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import (
    Fields,
    Metadata,
    MetadataPatch,
    Name,
    NonEmpty,
    NullIsEmptyList,
    patched,
    text_as,
)
from managed_agents_emulator.sessions.definition import AgentReference, Budget
from managed_agents_emulator.sessions.events import DefineOutcome, SystemMessage, UserMessage
from managed_agents_emulator.sessions.resources import ResourceField
from managed_agents_emulator.store import Json, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Document

_UPCOMING = 5


def _check_cron(expression: str) -> str:
    parse_cron(expression)
    return expression


def _check_zone(name: str) -> str:
    zone_of(name)
    return name


def _check_work(events: list[Any]) -> list[Any]:
    if all(event.type == "system.message" for event in events):
        raise ValueError("at least one user.message or user.define_outcome is needed")
    return events


class Schedule(Fields):
    """When a deployment starts sessions."""

    type: Literal["cron"]
    expression: Annotated[str, AfterValidator(_check_cron)]
    timezone: Annotated[str, AfterValidator(_check_zone)]


AgentField = Annotated[AgentReference, text_as("id", type="agent")]
InitialEvents = Annotated[
    list[Annotated[UserMessage | DefineOutcome | SystemMessage, Field(discriminator="type")]],
    Field(min_length=1, max_length=50),
    AfterValidator(_check_work),
]
Resources = Annotated[list[ResourceField], Field(max_length=500), NullIsEmptyList]
Vaults = Annotated[list[str], Field(max_length=50), NullIsEmptyList]


class _Optional(Fields):
    description: Annotated[str, Field(max_length=2048)] | None = None
    schedule: Schedule | None = None
    resources: Resources = Field(default_factory=list)
    vault_ids: Vaults = Field(default_factory=list)
    budget: Budget | None = None


class DeploymentCreate(_Optional):
    """The body of `POST /v1/deployments`."""

    name: Name
    agent: AgentField
    environment_id: NonEmpty
    initial_events: InitialEvents
    metadata: Metadata = Field(default_factory=dict)


class DeploymentUpdate(_Optional):
    """The body of `POST /v1/deployments/{id}`; what is not sent stays."""

    name: Name = ""
    agent: AgentField = Field(default=None, validate_default=False)  # type: ignore[assignment]  # None says "not sent"
    environment_id: NonEmpty = ""
    initial_events: InitialEvents = Field(default_factory=list)
    metadata: MetadataPatch = Field(default_factory=dict)


BLANK: Json = {
    "status": "active",
    "paused_reason": None,
    "description": None,
    "schedule": None,
    "resources": [],
    "vault_ids": [],
    "budget": None,
    "metadata": {},
}


def applied(request: DeploymentCreate | DeploymentUpdate, stored: Json, call: Call) -> Json:
    """Apply a request to a definition: fields that were sent are replaced, all others stay.

    Raises a 400 or 404 for a reference that does not hold.
    """
    result = dict(stored)
    for field in request.model_fields_set:
        result[field] = _STORED[field](getattr(request, field), stored, call)
    return result


def shown(_: Call, deployment: Document) -> Json:
    """Show a deployment as it is now: with its next runs, and without a budget it does not have."""
    body = deployment.body
    result = {field: value for field, value in body.items() if field != "budget" or value is not None}
    schedule = body["schedule"]
    if schedule:
        cron, zone = parse_cron(schedule["expression"]), zone_of(schedule["timezone"])
        moments = [] if body["archived_at"] else cron.upcoming(zone, datetime.now(UTC), _UPCOMING)
        result["schedule"] = schedule | {"upcoming_runs_at": [timestamp(moment) for moment in moments]}
    return result


def _pinned(reference: AgentReference, call: Call) -> Json:
    agent = call.find("agent", reference.id)
    if agent.body["archived_at"]:
        raise invalid(f"agent: {agent.id} is archived")
    version = agent_version(call, agent, reference.version).body["version"]
    return {"type": "agent", "id": agent.id, "version": version}


def _checked_environment(id_: str, call: Call) -> str:
    environment = call.find("environment", id_)
    if environment.body["archived_at"]:
        raise invalid(f"environment_id: {id_} is archived")
    return id_


def _checked_vaults(ids: list[str], call: Call) -> list[str]:
    for id_ in ids:
        call.find("vault", id_)
    return ids


_STORED: dict[str, Callable[[Any, Json, Call], Any]] = {
    "name": lambda value, _stored, _call: value,
    "description": lambda value, _stored, _call: value or None,
    "agent": lambda value, _stored, call: _pinned(value, call),
    "environment_id": lambda value, _stored, call: _checked_environment(value, call),
    "initial_events": lambda value, _stored, _call: [event.model_dump(exclude_unset=True) for event in value],
    "schedule": lambda value, _stored, _call: value.model_dump() | {"last_run_at": None} if value else None,
    "resources": lambda value, _stored, _call: [
        resource.model_dump(exclude={"authorization_token"}) for resource in value
    ],
    "vault_ids": lambda value, _stored, call: _checked_vaults(value, call),
    "budget": lambda value, _stored, _call: value.model_dump() if value else None,
    "metadata": lambda value, stored, _call: patched(stored["metadata"], value),
}
