"""What a session is made of: the requests that create and change one, and the agent as the session runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from managed_agents_emulator.agents.definition import AgentOverrides, McpServers, Tools, applied
from managed_agents_emulator.agents.routes import agent_version
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, NonEmpty, patched, text_as
from managed_agents_emulator.hosts import check_web_domains
from managed_agents_emulator.models import Model
from managed_agents_emulator.sessions.events import DefineOutcome, UserMessage
from managed_agents_emulator.sessions.resources import ResourceField

if TYPE_CHECKING:
    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Document, Json


def _check_amount(amount: str) -> str:
    if not amount.isdecimal() or int(amount) == 0:
        raise ValueError("must be a positive whole number of cents, as a string")
    return amount


class Money(Fields):
    """An amount in cents."""

    amount: Annotated[str, AfterValidator(_check_amount)]
    currency: Literal["USD"]


class Budget(Fields):
    """The most a session may cost."""

    type: Literal["limit"]
    max_list_cost: Money


class AgentReference(Fields):
    """An agent, at a version or at its newest."""

    type: Literal["agent"]
    id: NonEmpty
    version: Annotated[int, Field(ge=1)] | None = None


AgentField = Annotated[
    Annotated[AgentReference | AgentOverrides, Field(discriminator="type")],
    text_as("id", type="agent"),
]
InitialEvent = Annotated[UserMessage | DefineOutcome, Field(discriminator="type")]


def _check_one_outcome(events: list[UserMessage | DefineOutcome]) -> list[UserMessage | DefineOutcome]:
    if sum(isinstance(event, DefineOutcome) for event in events) > 1:
        raise ValueError("at most one user.define_outcome is allowed")
    return events


class SessionCreate(Fields):
    """The body of `POST /v1/sessions`."""

    agent: AgentField
    environment_id: NonEmpty
    title: str | None = None
    metadata: Metadata = Field(default_factory=dict)
    resources: list[ResourceField] = Field(default_factory=list)
    vault_ids: Annotated[list[str], Field(max_length=50)] = Field(default_factory=list)
    budget: Budget | None = None
    initial_events: Annotated[list[InitialEvent], Field(max_length=50), AfterValidator(_check_one_outcome)] = Field(
        default_factory=list
    )


class AgentPatch(Fields):
    """What of a session's agent may change while the session lives."""

    tools: Tools = Field(default_factory=list)
    mcp_servers: McpServers = Field(default_factory=list)


class SessionUpdate(Fields):
    """The body of `POST /v1/sessions/{id}`; what is not sent stays."""

    title: str | None = None
    metadata: MetadataPatch = Field(default_factory=dict)
    agent: AgentPatch | None = None
    budget: Budget | None = None
    vault_ids: list[str] | None = None


def session_agent(sent: AgentReference | AgentOverrides, call: Call) -> Json:
    """Take the agent that a session runs: a snapshot with overrides applied and its roster spelled out."""
    agent = call.store.get("agent", sent.id, call.workspace)
    if agent is None:
        raise refused(call.switches.missing_reference_status, f"agent: {sent.id!r} was not found")
    if agent.body["archived_at"]:
        raise refused(call.switches.archived_reference_status, f"agent: {sent.id!r} is archived")
    body = agent_version(call, agent, sent.version).body
    if isinstance(sent, AgentOverrides):
        if "model" in sent.model_fields_set:  # the API ignores effort inside an override
            model = sent.model.model_dump(exclude_unset=True, exclude={"effort"})
            sent = sent.model_copy(update={"model": Model.model_validate(model)})
        body = applied(sent, body, call)
    return _snapshot(body) | {"multiagent": _spelled_out(body["multiagent"], body, call)}


def _snapshot(body: Json) -> Json:
    fields = (
        "type",
        "id",
        "version",
        "name",
        "description",
        "model",
        "system",
        "tools",
        "mcp_servers",
        "skills",
        "execution_identity",
    )
    return {field: body[field] for field in fields}


def _spelled_out(multiagent: Json | None, owner: Json, call: Call) -> Json | None:
    if multiagent is None:
        return None

    def entry(stored: Json) -> Json:
        if stored["type"] == "advisor":
            return stored
        if stored["type"] == "self":
            return _snapshot(owner)
        member = call.find("agent", stored["id"])
        return _snapshot(agent_version(call, member, stored["version"]).body)

    def member(value: Json) -> Json:
        if "predefined_agents" not in value:
            return value
        return value | {"predefined_agents": [entry(stored) for stored in value["predefined_agents"]]}

    if multiagent["type"] == "coordinator":
        return multiagent | {"agents": [entry(stored) for stored in multiagent["agents"]]}
    return {field: value if field == "type" else member(value) for field, value in multiagent.items()}


def changes(request: SessionUpdate, session: Document, call: Call) -> Json:
    """Find the fields of the session that a request really changes; 400 where it may not."""
    body, sent = session.body, request.model_fields_set
    if "vault_ids" in sent:
        raise invalid("vault_ids: cannot be changed on an existing session")
    new: Json = {}
    if "title" in sent:
        new["title"] = request.title
    if "metadata" in sent:
        new["metadata"] = patched(body["metadata"], request.metadata)
    if request.agent and request.agent.model_fields_set:
        if session.body["status"] == "running":
            raise invalid(f"agent: session {session.id} is running; its agent can be changed when it is idle")
        new["agent"] = applied(request.agent, body["agent"], call)
        environment = call.store.get("environment", body["environment_id"], call.workspace)
        if environment and call.switches.web_domains_outside_hosts == "refuse":
            check_web_domains(new["agent"]["tools"], environment.body["config"], body["agent"]["tools"])
    if "budget" in sent:
        new["budget"] = _new_budget(request.budget, session)
    return {field: value for field, value in new.items() if value != body[field]}


def _new_budget(budget: Budget | None, session: Document) -> Json | None:
    if budget is None:
        return None
    if session.body["budget"] is None:
        raise invalid("budget: can only be given when the session is created (budget_create_only)")
    if int(budget.max_list_cost.amount) <= session.private.get("cost_cents", 0):
        raise invalid("budget: must be more than the session has already cost (budget_not_raised)")
    return budget.model_dump()
