"""Rules about the other agents that one hands work to, and the model that it may ask for advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.preview.capability.model import may_do_more
from pulumi_managed_agents.preview.capability.widening import Body, table

if TYPE_CHECKING:
    from collections.abc import Iterator

DELEGATION = {"subagents": "start other agents as threads", "workflows": "run workflows"}
COORDINATOR, SECTIONS = "coordinator", "multiagent_20261001"


def roster_grown(before: Body, after: Body) -> Iterator[str]:
    """Another agent to which work may be handed, or a known one in another way."""
    known = members(before)
    for name in sorted(members(after) - known):
        yield f"may hand work to {_member(name)}"
    for way in DELEGATION:
        for name in sorted((_members(after, way) - _members(before, way)) & known):
            yield f"may use {_member(name)} in its {way}"


def members(body: Body) -> set[str]:
    """The agents to which work may be handed, in whichever way; an advisor is none of them."""
    return {name for way in DELEGATION for name in _members(body, way)}


def _members(body: Body, way: str) -> set[str]:
    section = _section(body, way)
    return set(table(section.get("predefined_agents")) if _is_on(section) else ())


def _member(name: str) -> str:
    return "itself" if name == "self" else f"agent {name}"


def delegation_enabled(before: Body, after: Body) -> Iterator[str]:
    """Subagents, workflows, or agents made up on the spot, switched on; a coordinator starts subagents already."""
    for name, words in DELEGATION.items():
        old, new = _section(before, name), table(table(after.get("multiagent")).get(name))
        if _is_on(new) and not _is_on(old):
            yield f"may {words}" + (", and make up agents on the spot" if _makes_up(new) else "")
        elif _makes_up(new) and not _makes_up(old):
            yield f"may make up agents on the spot in its {name}"
    kind = form(after)
    if kind not in {"", COORDINATOR, SECTIONS, form(before)}:
        yield f"hands work on by {kind}, which no rule here knows"


def form(body: Body) -> str:
    """In which of the API's forms an agent hands work on, or an empty text where it does not."""
    return str(table(body.get("multiagent")).get("type") or "")


def enabled(body: Body) -> list[str]:
    """The ways in which an agent hands work on."""
    return [name for name in DELEGATION if form(body) == SECTIONS and _is_on(_section(body, name))]


def advisor_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model that may be asked in the middle of a turn, unless it is known to be able to do less."""
    old, new = _advisor(before), _advisor(after)
    if new and may_do_more(old, new):
        yield f"may ask {new} for advice" + (f", no longer {old}" if old else "")


def _advisor(body: Body) -> str:
    multiagent = table(body.get("multiagent"))
    section, member = table(multiagent.get("advisor")), table(table(multiagent.get("agents")).get("advisor"))
    return str(section.get("model") or "") if _is_on(section) else str(member.get("model") or "")


def _section(body: Body, name: str) -> Body:
    """Subagents or workflows, as the newer form says them; a coordinator starts the agents of its roster, no others."""
    multiagent = table(body.get("multiagent"))
    agents = {key: one for key, one in table(multiagent.get("agents")).items() if key != "advisor"}
    if name == "subagents" and agents:
        return {"type": "enabled", "inline_agents": {"type": "disabled"}, "predefined_agents": agents}
    return table(multiagent.get(name))


def _is_on(section: Body) -> bool:
    return section.get("type") == "enabled"


def _makes_up(section: Body) -> bool:
    return _is_on(section) and table(section.get("inline_agents")).get("type", "enabled") == "enabled"
