"""`multiagent` as requests spell it: the two types, and the entries of a roster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from managed_agents_emulator.fields import Fields, NonEmpty, NullIsEmptyList


class AgentEntry(Fields):
    """Another agent, at a version or at its newest."""

    type: Literal["agent"]
    id: NonEmpty
    version: Annotated[int, Field(ge=1)] | None = None


class SelfEntry(Fields):
    """The agent that owns the roster."""

    type: Literal["self"]


class AdvisorEntry(Fields):
    """A model the coordinator may consult."""

    type: Literal["advisor"]
    model: NonEmpty


def _reference(value: object) -> object:
    return {"type": "agent", "id": value} if isinstance(value, str) else value


Predefined = Annotated[Annotated[AgentEntry | SelfEntry, Field(discriminator="type")], BeforeValidator(_reference)]
RosterEntry = Annotated[
    Annotated[AgentEntry | SelfEntry | AdvisorEntry, Field(discriminator="type")], BeforeValidator(_reference)
]


class Coordinator(Fields):
    """A fixed roster of agents."""

    type: Literal["coordinator"]
    agents: Annotated[list[RosterEntry], Field(min_length=1, max_length=20)]


class Disabled(Fields):
    """A member that is switched off."""

    type: Literal["disabled"]


class InlineAgents(Fields):
    """Whether agents may be defined on the fly."""

    type: Literal["enabled", "disabled"]


class Delegation(Fields):
    """Subagents or workflows that are switched on."""

    type: Literal["enabled"]
    inline_agents: InlineAgents | None = None
    predefined_agents: Annotated[list[Predefined], Field(max_length=20), NullIsEmptyList] = Field(default_factory=list)


class Advisor(Fields):
    """An advisor that is switched on."""

    type: Literal["enabled"]
    model: NonEmpty


DelegationField = Annotated[Delegation | Disabled, Field(discriminator="type")]
AdvisorField = Annotated[Advisor | Disabled, Field(discriminator="type")]


class Multiagent20261001(Fields):
    """Three members, each on or off by itself; an update merges into what is stored."""

    type: Literal["multiagent_20261001"]
    subagents: DelegationField | None = None
    workflows: DelegationField | None = None
    advisor: AdvisorField | None = None


MultiagentField = Annotated[Coordinator | Multiagent20261001, Field(discriminator="type")]
