"""What the program reads from its own state: which objects are recorded, by mark and by resource.

A create takes a live object with its resource's mark for one that an interrupted run has made. That is wrong where the
state records the object: for another resource, since an object keeps its mark when its resource is renamed or moved; or
for this very resource, which the engine is about to replace. A provider cannot read the state, so the program does,
once, and passes on what it found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.state_entry import is_defined
from pulumi_managed_agents.dynamic.wire import APPLIED, Props
from pulumi_managed_agents.reconcile.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"
_OF_PROGRAM = "_managed_agents_of_program"
_OF_FILES = "_managed_agents_of_files"
FOR_CREATE = frozenset({"replaces", "unread"})
"""Inputs for a create alone; they are not stored, since the next run would find them outdated."""


class Marks:
    """What the state records of objects: their kind, mark and id."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.ids: dict[str, str] = {}
        """The id of each recorded object, by the URN of its resource."""
        self._marked: dict[tuple[str, str], list[str]] = {}
        for urn, entry in state.items():
            recorded = entry.get("outputs") or {}
            if RESOURCE in recorded and APPLIED in recorded:
                about = recorded[RESOURCE]
                self.ids[urn] = recorded[APPLIED].get("id", "")
                self._marked.setdefault((about["kind"], about.get("mark", "")), []).append(urn)

    def elsewhere(self, kind: str, mark: str, urn: str) -> list[str] | None:
        """The ids of objects of a kind that bear a mark and are another resource's than `urn`; None for none."""
        return [self.ids[owner] for owner in self._marked.get((kind, mark), ()) if owner != urn] or None


async def recorded_id(recorded: Marks, urn: str, resource: pulumi.Resource) -> str | None:
    """The id of the object that the state records for a resource, be it under an alias: what a create is to replace."""
    for alias in (urn, *resource._aliases):  # noqa: SLF001 - Pulumi has no public name for them
        known = await pulumi.Output.from_input(alias).future() or ""
        if known in recorded.ids:
            return recorded.ids[known]
    return None


def marks_in_state() -> Marks | None:
    """Kind, mark and id of every recorded object, read once per program; None where the engine has no answer."""
    holder = _holder()
    if _KNOWN not in holder:
        own_state()
    known: Marks | None = holder[_KNOWN]
    return known


def own_state() -> dict[str, dict[str, Any]] | None:
    """All that the state records of this very stage, by URN; None where the engine has no answer.

    Ask once, before the first resource is declared: this is large, and what later questions need is kept of it.
    """
    holder = _holder()
    state = _read_state(pulumi.get_stack())
    holder[_KNOWN] = None if state is None else Marks(state)
    outputs = {urn: entry.get("outputs") or {} for urn, entry in (state or {}).items()}
    made = {urn: values for urn, values in outputs.items() if APPLIED in values}
    of_files = {urn for urn, values in made.items() if is_defined(values.get(RESOURCE) or {})}
    holder[_OF_PROGRAM] = {urn: values for urn, values in made.items() if urn not in of_files}
    holder[_OF_FILES] = frozenset(of_files)
    return state


def objects_of_program() -> Mapping[str, Props]:
    """The recorded outputs, by URN, of the objects that no file but a program declared, once the state was read."""
    found: Mapping[str, Props] = _holder().get(_OF_PROGRAM) or {}
    return found


def objects_of_files() -> frozenset[str]:
    """The URNs of the recorded objects that files of stages define, once the state was read."""
    found: frozenset[str] = _holder().get(_OF_FILES) or frozenset()
    return found


def _holder() -> dict[str, Any]:
    """Where it is kept: on the monitor, which lives as long as the program; tests run several in one process."""
    return vars(get_monitor() or pulumi.runtime)


def state_of(stage: str) -> dict[str, dict[str, Any]]:
    """Every resource that the state of a stage of this project records, by URN; {} where the engine has no answer."""
    return _read_state(stage) or {}


def _read_state(stage: str) -> dict[str, dict[str, Any]] | None:
    if isinstance(get_monitor(), MockMonitor):  # its author's answer may be an error, which Pulumi raises once more
        return {}
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    try:
        # The engine answers no smaller question: these are all outputs of the stack, decrypted, so keep few of them.
        outputs = pulumi.runtime.invoke(READ_STATE, {"stackName": stack}).value["outputs"]
    except Exception:  # an unknown stack, or an engine that does not know the question: neither is a reason to stop
        return None
    if not isinstance(outputs, dict):
        return None
    return {urn: entry for urn, entry in outputs.items() if isinstance(entry, dict)}
