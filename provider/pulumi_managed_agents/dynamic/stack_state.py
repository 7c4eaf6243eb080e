"""Which marks stand on objects of other resources, as after a move: the object keeps the mark it was made with.

A resource that is later declared under the old name would take that object for its own half-made one. Only the state
knows better, so the program asks the engine for it once. Where it cannot (with mocks, or a backend that does not know
the stack yet), nothing is known to be taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.wire import APPLIED
from pulumi_managed_agents.kinds.record import RESOURCE

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"


Marks = Mapping[str, tuple[tuple[str, str], str]]
"""Kind and mark, and the id, of every recorded object by URN."""


def ids_marked_elsewhere(recorded: Marks, kind: str, mark: str, urn: str) -> list[str] | None:
    """The ids of recorded objects of a kind that bear the mark and are another resource's than `urn`; None for none."""
    return [id for owner, (found, id) in recorded.items() if found == (kind, mark) and owner != urn] or None


def marks_in_state() -> Marks:
    """What the state records of marks, asked for once per program."""
    holder = vars(get_monitor() or pulumi.runtime)
    if _KNOWN not in holder:
        holder[_KNOWN] = _marks(state_of(pulumi.get_stack()))
    known: Marks = holder[_KNOWN]
    return known


def state_of(stage: str) -> dict[str, dict[str, Any]]:
    """What the engine knows of a stage of this project, by URN; nothing where it cannot answer."""
    if isinstance(get_monitor(), MockMonitor):  # its author's answer may be an error, which Pulumi raises once more
        return {}
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    try:
        answer = pulumi.runtime.invoke(READ_STATE, {"stackName": stack})
        found = answer.value["outputs"]
    except Exception:  # whatever an engine has against the question, it is no reason to stop
        return {}
    return {urn: entry for urn, entry in found.items() if isinstance(entry, dict)} if isinstance(found, dict) else {}


def _marks(state: dict[str, Any]) -> Marks:
    outputs = {urn: entry.get("outputs") or {} for urn, entry in state.items()}
    return {
        urn: ((one[RESOURCE]["kind"], one[RESOURCE].get("mark", "")), one[APPLIED].get("id", ""))
        for urn, one in outputs.items()
        if RESOURCE in one and APPLIED in one
    }
