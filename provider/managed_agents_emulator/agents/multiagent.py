"""The `multiagent` of an agent, as requests spell it and as it is stored and returned.

References are pinned and members merged when it is stored. `self` is kept and only resolved to the owner's id and
version by `shown`, so that a new version of the owner is no change of its roster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from managed_agents_emulator.crud import version_key
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty, NullIsEmptyList, text_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Json

_ENABLED: Json = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
_DISABLED: Json = {"type": "disabled"}
_DEFAULTS: Json = {
    "type": "multiagent_20261001",
    "subagents": _ENABLED,
    "workflows": _ENABLED,
    "advisor": _DISABLED,
}


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


_BY_ID = text_as("id", type="agent")
Predefined = Annotated[Annotated[AgentEntry | SelfEntry, Field(discriminator="type")], _BY_ID]
RosterEntry = Annotated[Annotated[AgentEntry | SelfEntry | AdvisorEntry, Field(discriminator="type")], _BY_ID]


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


def resolved_multiagent(
    sent: Coordinator | Multiagent20261001 | None, stored: Json | None, owner: str, call: Call
) -> Json | None:
    """Turn a request into what is stored; 400 where a reference cannot be resolved or a rule is broken."""
    if sent is None:
        return None
    if isinstance(sent, Coordinator):
        return {"type": "coordinator", "agents": _roster(sent.agents, owner, call)}
    base = stored if stored and stored["type"] == sent.type else _DEFAULTS
    merged = dict(base)
    for field in ("subagents", "workflows"):
        if field in sent.model_fields_set:
            merged[field] = _merged_delegation(field, getattr(sent, field), base[field], owner, call)
    if "advisor" in sent.model_fields_set:
        merged["advisor"] = sent.advisor.model_dump() if isinstance(sent.advisor, Advisor) else _DISABLED
    return merged


def shown(multiagent: Json | None, owner: str, version: int) -> Json | None:
    """Turn what is stored into what the API returns, with `self` resolved to its owner."""
    if multiagent is None:
        return None
    own = {"type": "agent", "id": owner, "version": version}

    def entries(stored: Iterable[Json]) -> list[Json]:
        return [own if entry["type"] == "self" else entry for entry in stored]

    if multiagent["type"] == "coordinator":
        return multiagent | {"agents": entries(multiagent["agents"])}
    members = {
        field: member | {"predefined_agents": entries(member["predefined_agents"])}
        for field, member in multiagent.items()
        if field in ("subagents", "workflows") and member["type"] == "enabled"
    }
    return multiagent | members


def _merged_delegation(field: str, sent: Delegation | Disabled | None, stored: Json, owner: str, call: Call) -> Json:
    if sent is None:
        return _ENABLED
    if isinstance(sent, Disabled):
        return _DISABLED
    merged = dict(stored if stored["type"] == "enabled" else _ENABLED)
    if "inline_agents" in sent.model_fields_set:
        inline = sent.inline_agents.type if sent.inline_agents else "enabled"
        merged["inline_agents"] = {"type": inline}
    if "predefined_agents" in sent.model_fields_set:
        entries = [_pinned(entry, owner, call, place=f"multiagent.{field}") for entry in sent.predefined_agents]
        merged["predefined_agents"] = entries
        _check_distinct(entries, f"multiagent.{field}.predefined_agents")
    if merged["inline_agents"]["type"] == "disabled" and not merged["predefined_agents"]:
        raise invalid(f"multiagent.{field}.predefined_agents: must not be empty while inline_agents is disabled")
    return merged


def _roster(sent: Sequence[AgentEntry | SelfEntry | AdvisorEntry], owner: str, call: Call) -> list[Json]:
    place = "multiagent.agents"
    advisors = [entry.model_dump() for entry in sent if isinstance(entry, AdvisorEntry)]
    if len(advisors) > 1:
        raise invalid(f"{place}: at most one advisor is allowed")
    others = [entry for entry in sent if not isinstance(entry, AdvisorEntry)]
    entries = [_pinned(entry, owner, call, place=place, depth_limited=True) for entry in others]
    _check_distinct(entries, place)
    return entries + advisors


def _pinned(entry: AgentEntry | SelfEntry, owner: str, call: Call, *, place: str, depth_limited: bool = False) -> Json:
    if isinstance(entry, SelfEntry) or entry.id == owner:
        return {"type": "self"}
    agent = call.store.get("agent", entry.id, call.workspace)
    if agent is None:
        raise invalid(f"{place}: agent {entry.id!r} does not exist")
    if agent.body["archived_at"]:
        raise invalid(f"{place}: agent {entry.id!r} is archived")
    member = agent.body
    if entry.version is not None:
        version = call.store.get("agent_version", version_key(agent.id, entry.version), call.workspace)
        if version is None:
            raise invalid(f"{place}: agent {agent.id!r} has no version {entry.version}")
        member = version.body
    if depth_limited and member["multiagent"]:
        raise invalid(f"{place}: agent {entry.id!r} is a coordinator itself; rosters cannot be nested")
    return {"type": "agent", "id": entry.id, "version": member["version"]}


def _check_distinct(entries: list[Json], place: str) -> None:
    names = [entry.get("id", "self") for entry in entries]
    if len(set(names)) < len(names):
        raise invalid(f"{place}: entries must reference distinct agents")
