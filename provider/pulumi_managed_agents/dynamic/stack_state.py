"""Which marks stand on objects of other resources, as after a move: the object keeps the mark it was made with.

A resource that is later declared under the old name would take that object for its own half-made one. Only the state
knows better, so the program asks the engine for it once. Where it cannot (with mocks, or a backend that does not know
the stack yet), nothing is known to be taken.

The engine has one question for this, and answers it with all outputs of the stack, decrypted; which resources are going
to be made, and so whether the answer matters, it says only later, and to the provider, which cannot ask. So marks and
ids are kept, and the rest is let go at once.
"""

from __future__ import annotations

from typing import Any

import pulumi

from pulumi_managed_agents.dynamic.wire import APPLIED
from pulumi_managed_agents.kinds.record import RESOURCE

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"


def ids_marked_elsewhere(mark: str, urn: pulumi.Output[str]) -> pulumi.Output[list[str] | None]:
    """The ids of recorded objects that bear the mark and are those of another resource than `urn`; None for none."""
    ids = {owner: id for owner, (found, id) in _recorded().items() if found == mark}
    return urn.apply(lambda own: [id for owner, id in ids.items() if owner != own] or None)


def _recorded() -> dict[str, tuple[str, str]]:
    """Mark and id of every recorded object by URN, asked for once per program."""
    holder = vars(pulumi.runtime.get_root_resource() or pulumi.runtime)
    if _KNOWN not in holder:
        holder[_KNOWN] = _marks(state_of(pulumi.get_stack()))
    known: dict[str, tuple[str, str]] = holder[_KNOWN]
    return known


def state_of(stage: str) -> dict[str, dict[str, Any]]:
    """What the engine knows of a stage of this project, by URN; nothing where it cannot answer."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    try:
        answer = pulumi.runtime.invoke(READ_STATE, {"stackName": stack})
        found = answer.value["outputs"]
    except Exception:  # whatever an engine has against the question, it is no reason to stop
        return {}
    return {urn: entry for urn, entry in found.items() if isinstance(entry, dict)} if isinstance(found, dict) else {}


def _marks(state: dict[str, Any]) -> dict[str, tuple[str, str]]:
    outputs = {urn: entry.get("outputs") or {} for urn, entry in state.items()}
    return {
        urn: (one[RESOURCE].get("mark", ""), one[APPLIED].get("id", ""))
        for urn, one in outputs.items()
        if RESOURCE in one and APPLIED in one
    }
