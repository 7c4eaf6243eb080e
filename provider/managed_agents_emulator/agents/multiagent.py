"""`multiagent` as it is stored and returned: references pinned, members merged, `self` resolved last.

What is stored keeps `self` as it is; only `shown` turns it into the owner's id and version, so that a new version of
the owner is no change of its roster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from managed_agents_emulator.agents.roster import (
    Advisor,
    AdvisorEntry,
    AgentEntry,
    Coordinator,
    Delegation,
    Disabled,
    Multiagent20261001,
    SelfEntry,
)
from managed_agents_emulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from managed_agents_emulator.endpoint import Call
    from managed_agents_emulator.store import Document

Json = dict[str, Any]
_ENABLED: Json = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
_DISABLED: Json = {"type": "disabled"}
_DEFAULTS: Json = {
    "type": "multiagent_20261001",
    "subagents": _ENABLED,
    "workflows": _ENABLED,
    "advisor": _DISABLED,
}


def resolved_multiagent(
    wanted: Coordinator | Multiagent20261001 | None, stored: Json | None, owner: str, call: Call
) -> Json | None:
    """What is stored for `wanted`; 400 where a reference cannot be resolved or a rule is broken."""
    if wanted is None:
        return None
    if isinstance(wanted, Coordinator):
        return {"type": "coordinator", "agents": _roster(wanted.agents, owner, call)}
    base = stored if stored and stored["type"] == wanted.type else _DEFAULTS
    merged = dict(base)
    for field in ("subagents", "workflows"):
        if field in wanted.model_fields_set:
            merged[field] = _merged_delegation(field, getattr(wanted, field), base[field], owner, call)
    if "advisor" in wanted.model_fields_set:
        merged["advisor"] = wanted.advisor.model_dump() if isinstance(wanted.advisor, Advisor) else _DISABLED
    return merged


def shown(multiagent: Json | None, owner: str, version: int) -> Json | None:
    """The form the API returns, with `self` resolved to its owner."""
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


def _merged_delegation(field: str, wanted: Delegation | Disabled | None, stored: Json, owner: str, call: Call) -> Json:
    if wanted is None:
        return _ENABLED
    if isinstance(wanted, Disabled):
        return _DISABLED
    merged = dict(stored if stored["type"] == "enabled" else _ENABLED)
    if "inline_agents" in wanted.model_fields_set:
        inline = wanted.inline_agents.type if wanted.inline_agents else "enabled"
        merged["inline_agents"] = {"type": inline}
    if "predefined_agents" in wanted.model_fields_set:
        entries = [_pinned(entry, owner, call, place=f"multiagent.{field}") for entry in wanted.predefined_agents]
        merged["predefined_agents"] = entries
        _check_distinct(entries, f"multiagent.{field}.predefined_agents")
    if merged["inline_agents"]["type"] == "disabled" and not merged["predefined_agents"]:
        raise invalid(f"multiagent.{field}.predefined_agents: must not be empty while inline_agents is disabled")
    return merged


def _roster(wanted: Sequence[AgentEntry | SelfEntry | AdvisorEntry], owner: str, call: Call) -> list[Json]:
    place = "multiagent.agents"
    advisors = [entry.model_dump() for entry in wanted if isinstance(entry, AdvisorEntry)]
    if len(advisors) > 1:
        raise invalid(f"{place}: at most one advisor is allowed")
    others = [entry for entry in wanted if not isinstance(entry, AdvisorEntry)]
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
    member = _at_version(agent, entry.version, call, place)
    if depth_limited and member["multiagent"]:
        raise invalid(f"{place}: agent {entry.id!r} is a coordinator itself; rosters cannot be nested")
    return {"type": "agent", "id": entry.id, "version": member["version"]}


def _at_version(agent: Document, version: int | None, call: Call, place: str) -> Json:
    if version is None:
        return agent.body
    found = call.store.get("agent_version", f"{agent.id}@{version}", call.workspace)
    if found is None:
        raise invalid(f"{place}: agent {agent.id!r} has no version {version}")
    return found.body


def _check_distinct(entries: list[Json], place: str) -> None:
    names = [entry.get("id", "self") for entry in entries]
    if len(set(names)) < len(names):
        raise invalid(f"{place}: entries must reference distinct agents")
