"""Agents that hand work to other agents: the roster of a coordinator, and the newer form with three members."""

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.kinds.agent.effective import ROSTER_ENTRIES
from pulumi_managed_agents.kinds.agent.inference import ModelId
from pulumi_managed_agents.kinds.agent_reference import AgentReference
from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import at_most
from pulumi_managed_agents.schema.field import PathReference, Reference
from pulumi_managed_agents.schema.identity import entries_at, identity
from pulumi_managed_agents.schema.paths import at, is_readable, items
from pulumi_managed_agents.schema.problem import FieldPath, Problem, Severity


class SelfReference(Body):
    """The agent this configuration belongs to."""

    type: Literal["self"] = Field(description="The agent itself.")


class Advisor(Body):
    """A model that the session's main thread may ask in the middle of a turn."""

    type: Literal["advisor"] = Field(description="An advisor, listed last; at most one.")
    model: ModelId = Field(description="Id of the advising model; it must be permitted for this agent's model.")


RosterEntry = Annotated[Reference | AgentReference | SelfReference | Advisor | PathReference, OneOf()]
PredefinedAgent = Annotated[Reference | AgentReference | SelfReference | PathReference, OneOf()]


class Coordinator(Body):
    """An agent with a fixed roster of agents it may start as threads."""

    type: Literal["coordinator"] = Field(description="A coordinator with a roster.")
    agents: Annotated[list[RosterEntry], Field(min_length=1), at_most(20)] = Field(
        description="1 to 20 distinct agents: path of a file, id, reference with version, self, or an advisor."
    )


class InlineAgents(Body):
    """Whether agents may be made up on the spot."""

    type: Literal["enabled", "disabled"] = Field(description="Whether agents that are not saved may be defined.")


class Disabled(Body):
    """Switched off."""

    type: Literal["disabled"] = Field(description="Switched off.")


class Delegation(Body):
    """Switched on, with the agents that may be used."""

    type: Literal["enabled"] = Field(description="Switched on.")
    inline_agents: InlineAgents | None = Field(
        default=None, description="Whether agents may be defined on the spot; default yes."
    )
    predefined_agents: Annotated[list[PredefinedAgent], at_most(20)] | None = Field(
        default=None, description="At most 20 saved agents: path of a file, id, reference with version, or self."
    )


class AdvisorEnabled(Body):
    """An advising model."""

    type: Literal["enabled"] = Field(description="Switched on.")
    model: ModelId = Field(description="Id of the advising model; it must be permitted for this agent's model.")


class Multiagent20261001(Body):
    """Subagents, workflows and an advisor, each switched on or off on its own."""

    type: Literal["multiagent_20261001"] = Field(description="The form of October 2026.")
    subagents: Annotated[Delegation | Disabled, OneOf()] | None = Field(
        default=None, description="Whether the agent can start session threads; default enabled."
    )
    workflows: Annotated[Delegation | Disabled, OneOf()] | None = Field(
        default=None, description="Whether the agent can start workflow runs; default enabled."
    )
    advisor: Annotated[AdvisorEnabled | Disabled, OneOf()] | None = Field(
        default=None, description="Whether the main thread can ask an advising model; default disabled."
    )


Multiagent = Annotated[Coordinator | Multiagent20261001, OneOf()]


def multiagent_rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the rosters of an agent's raw body."""
    yield from _distinct(body, ("multiagent", "agents"), "error")
    for member in ("subagents", "workflows"):
        path = ("multiagent", member, "predefined_agents")
        yield from _distinct(body, path, "warning")
        inline_off = at(body, "multiagent", member, "inline_agents", "type") == "disabled"
        if inline_off and not at(body, *path) and is_readable(at(body, "multiagent", member)):
            yield Problem(path, "must name at least one agent, since inline agents are disabled")


def _distinct(body: Mapping[str, Any], path: FieldPath, severity: Severity) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for place, entry in items(body, *path):
        who = _identity(path, entry)
        if who and who in seen:
            yield Problem(place, "this entry is in the list already", severity)
        seen |= {who} if who else set()


def _identity(path: FieldPath, entry: Any) -> tuple[str, str] | None:
    """What an entry of the list at `path` points at, as far as one file shows; None if it does not."""
    entries = entries_at(ROSTER_ENTRIES, path)
    key = identity(entry, entries) if entries else None
    if key is None:
        return None
    field, value = key
    return ("", normpath(value)) if field in {"path", "id"} else (field, value)
