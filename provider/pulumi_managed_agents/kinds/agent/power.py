"""Rules about the model that an agent runs on: which one, how hard it works, how fast, and where.

Within a family a later model can do more, and among families of one generation the larger. Where an older generation of
a larger family meets a newer one of a smaller, or a model is of no family known here, nobody can tell: that is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.widening import Body, table
from pulumi_managed_agents.reconcile.wording import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_ACCOUNT = AGENT.filled_in["execution_identity"]


def skills_added(before: Body, after: Body) -> Iterator[str]:
    """A skill that was not attached: instructions and code of it become the agent's."""
    for name in sorted(table(after.get("skills")).keys() - table(before.get("skills")).keys()):
        yield f"gets the skill {name}"


def skill_repinned(before: Body, after: Body) -> Iterator[str]:
    """A skill held at another version than before, or no longer held: other code under the same name.

    To hold one that was not held takes away, and so is silent. A version of this very stage that only the up will tell
    is not named here either: the skill's own change is.
    """
    was, now = table(before.get("skills")), table(after.get("skills"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("version") for side in (was, now))
        if old and new not in {old, PENDING}:
            yield f"uses skill {name} at {_version(new)} instead of {_version(old)}"


def _version(version: Any) -> str:
    return f"version {version}" if version else "the latest version, whatever that is"


def identity_changed(before: Body, after: Body) -> Iterator[str]:
    """Another identity to act as: which of two can do more only their owners know.

    The managed service account is what every agent acts as by itself; to go back to it is no new power.
    """
    old, new = _identity(before), _identity(after)
    if new not in (old, SERVICE_ACCOUNT):
        yield f"acts as {identity(after)} instead of {identity(before)}"


def identity(body: Body) -> str:
    """As whom an agent acts, in words."""
    kind, *rest = (str(value) for value in _identity(body).values())
    return " ".join(["AWS role" if kind == "aws_role" else kind.replace("_", " "), *rest])


def _identity(body: Body) -> Body:
    """The type first, then what tells one identity of that type from another."""
    known = table(body.get("execution_identity"))
    return {**SERVICE_ACCOUNT, **dict(sorted(known.items()))}


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


FAMILIES = ("haiku", "sonnet", "opus", "fable")
"""From less to more power, as Anthropic's overview of models orders them."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
DEFAULT_AT_MOST = "high"
"""No model does more than this unless it is told to."""

_MODEL = re.compile(rf"claude-({'|'.join(FAMILIES)})-(\d+)(?:-(\d{{1,2}}))?(?:-\d{{8}})?")


def model_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model, unless it is known to be able to do less, or the same by its dated name."""
    old, new = (str(_model(side).get("id") or "") for side in (before, after))
    if old and new and may_do_more(old, new):
        yield f"runs on {new} instead of {old}"


def may_do_more(old: str, new: str) -> bool:
    """Whether one model may be able to do more than another."""
    was, now = _MODEL.fullmatch(old), _MODEL.fullmatch(new)
    if not (was and now):
        return old != new
    if was[1] == now[1]:
        return _model_version(now) > _model_version(was)
    return FAMILIES.index(now[1]) > FAMILIES.index(was[1]) or int(now[2]) > int(was[2])


def effort_raised(before: Body, after: Body) -> Iterator[str]:
    """The same model, told to work harder; what it does by default, nobody here knows."""
    old, new = (_model(side).get("effort") for side in (before, after))
    least = _effort(old or DEFAULT_AT_MOST)
    if _same_model(before, after) and new and _effort(new) > least:
        yield f"its effort is {new} instead of {old or 'what the model does by default'}"


def speed_raised(before: Body, after: Body) -> Iterator[str]:
    """The same model at a faster pace, which spends more."""
    old, new = (_model(side).get("speed", "standard") for side in (before, after))
    if _same_model(before, after) and new not in {old, "standard"}:
        yield f"its speed is {new} instead of {old}, at another price"


def geography_widened(before: Body, after: Body) -> Iterator[str]:
    """Inference that was pinned to a region and may happen elsewhere."""
    old, new = (_model(side).get("inference_geo") for side in (before, after))
    if old not in {None, "global", new}:
        yield f"inference may leave {old}: now {new or 'not pinned'}"


def _model(body: Body) -> Body:
    return table(body.get("model"))


def _same_model(before: Body, after: Body) -> bool:
    return bool(_model(before)) and _model(before).get("id") == _model(after).get("id")


def _model_version(model: re.Match[str]) -> tuple[int, int]:
    return int(model[2]), int(model[3] or 0)


def _effort(level: str) -> int:
    """A level that nobody knows counts as the highest."""
    return EFFORTS.index(level) if level in EFFORTS else len(EFFORTS)
