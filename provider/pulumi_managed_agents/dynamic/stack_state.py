"""Which objects the state records, of a resource itself and under its mark for others.

A create takes a live object with its resource's mark for its own half-made one. It is wrong where the object is
recorded: for another resource, as after a move, since an object keeps the mark it was made with; or for this very
resource, since the engine calls a create for a recorded resource in order to replace it. Only the state knows, so the
program asks the engine for it once.

The engine has one question for this, and answers it with all outputs of the stack, decrypted; which resources are going
to be made, and so whether the answer matters, it says only later, and to the provider, which cannot ask. So marks and
ids are kept, and the rest is let go at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.wire import APPLIED
from pulumi_managed_agents.reconcile.record import RESOURCE

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"
FOR_CREATE = frozenset({"replaces", "unread"})
"""What only a create is told. It has no place in the state, where it would be outdated by the next run."""


Marks = Mapping[str, tuple[tuple[str, str], str]]
"""Kind and mark, and the id, of every recorded object by URN."""


def ids_marked_elsewhere(recorded: Marks, kind: str, mark: str, urn: str) -> list[str] | None:
    """The ids of recorded objects of a kind that bear the mark and are another resource's than `urn`; None for none."""
    return [id for owner, (found, id) in recorded.items() if found == (kind, mark) and owner != urn] or None


async def recorded_id(recorded: Marks, urn: str, resource: pulumi.Resource) -> str | None:
    """The id of the object that the state records for a resource, be it under an alias: what a create is to replace."""
    for alias in (urn, *resource._aliases):  # noqa: SLF001 - Pulumi has no public name for them
        if found := recorded.get(await pulumi.Output.from_input(alias).future() or ""):
            return found[1]
    return None


def marks_in_state() -> Marks | None:
    """What the state records of marks, asked for once per program; None where the engine has no answer."""
    holder = vars(get_monitor() or pulumi.runtime)
    if _KNOWN not in holder:
        state = _asked(pulumi.get_stack())
        holder[_KNOWN] = None if state is None else _marks(state)
    known: Marks | None = holder[_KNOWN]
    return known


def state_of(stage: str) -> dict[str, dict[str, Any]]:
    """What the engine knows of a stage of this project, by URN; nothing where it cannot answer."""
    return _asked(stage) or {}


def _asked(stage: str) -> dict[str, dict[str, Any]] | None:
    if isinstance(get_monitor(), MockMonitor):  # its author's answer may be an error, which Pulumi raises once more
        return {}
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    try:
        answer = pulumi.runtime.invoke(READ_STATE, {"stackName": stack})
        found = answer.value["outputs"]
    except Exception:  # whatever an engine has against the question, it is no reason to stop
        return None
    return {urn: entry for urn, entry in found.items() if isinstance(entry, dict)} if isinstance(found, dict) else None


def _marks(state: dict[str, Any]) -> Marks:
    outputs = {urn: entry.get("outputs") or {} for urn, entry in state.items()}
    return {
        urn: ((one[RESOURCE]["kind"], one[RESOURCE].get("mark", "")), one[APPLIED].get("id", ""))
        for urn, one in outputs.items()
        if RESOURCE in one and APPLIED in one
    }
