"""Which objects the state records, of a resource itself and under its mark for others.

A create takes a live object with its resource's mark for its own half-made one. It is wrong where the object is
recorded: for another resource, as after a move, since an object keeps the mark it was made with; or for this very
resource, since the engine calls a create for a recorded resource in order to replace it. Only the state knows, so the
program asks the engine for it once.
"""

from __future__ import annotations

from typing import Any

import pulumi

from pulumi_managed_agents.dynamic.wire import APPLIED
from pulumi_managed_agents.kinds.record import RESOURCE

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"
FOR_CREATE = frozenset({"replaces", "unread"})
"""What only a create is told. It has no place in the state, where it would be outdated by the next run."""


def ids_marked_elsewhere(mark: str, urn: pulumi.Output[str]) -> pulumi.Output[list[str] | None]:
    """The ids of recorded objects that bear the mark and are those of another resource than `urn`; None for none."""
    ids = {owner: id for owner, (found, id) in (_recorded() or {}).items() if found == mark}
    return urn.apply(lambda own: [id for owner, id in ids.items() if owner != own] or None)


async def recorded_id(urn: pulumi.Output[str], resource: pulumi.Resource) -> str | None:
    """The id of the object that the state records for a resource, be it under an alias: what a create is to replace."""
    known = _recorded() or {}
    for alias in (urn, *resource._aliases):  # noqa: SLF001 - Pulumi has no public name for them
        if found := known.get(await pulumi.Output.from_input(alias).future() or ""):
            return found[1]
    return None


def is_unread() -> bool | None:
    """True where the engine could not say what the state records, else None."""
    return True if _recorded() is None else None


def _recorded() -> dict[str, tuple[str, str]] | None:
    """Mark and id of every recorded object by URN, asked for once per program; None where the engine has no answer."""
    holder = vars(pulumi.runtime.get_root_resource() or pulumi.runtime)
    if _KNOWN not in holder:
        state = _asked(pulumi.get_stack())
        holder[_KNOWN] = None if state is None else _marks(state)
    known: dict[str, tuple[str, str]] | None = holder[_KNOWN]
    return known


def state_of(stage: str) -> dict[str, dict[str, Any]]:
    """What the engine knows of a stage of this project, by URN; nothing where it cannot answer."""
    return _asked(stage) or {}


def _asked(stage: str) -> dict[str, dict[str, Any]] | None:
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    try:
        answer = pulumi.runtime.invoke(READ_STATE, {"stackName": stack})
        found = answer.value["outputs"]
    except Exception:  # whatever an engine has against the question, it is no reason to stop
        return None
    return {urn: entry for urn, entry in found.items() if isinstance(entry, dict)} if isinstance(found, dict) else None


def _marks(state: dict[str, Any]) -> dict[str, tuple[str, str]]:
    outputs = {urn: entry.get("outputs") or {} for urn, entry in state.items()}
    return {
        urn: (one[RESOURCE].get("mark", ""), one[APPLIED].get("id", ""))
        for urn, one in outputs.items()
        if RESOURCE in one and APPLIED in one
    }
