"""What the program reads from its own state: which objects are recorded, by mark and by resource.

A create takes a live object with its resource's mark for one that an interrupted run has made. That is wrong where the
state records the object: for another resource, since an object keeps its mark when its resource is renamed or moved; or
for this very resource, which the engine is about to replace. A provider cannot read the state, so the program does,
once, and passes on what it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]
import pulumi
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.state_entry import is_defined
from pulumi_managed_agents.reconcile.packed_record import is_packed, opened
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.dynamic.wire import Props

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_KNOWN = "_managed_agents_recorded"
_OF_PROGRAM = "_managed_agents_of_program"
_OF_FILES = "_managed_agents_of_files"


class Outputs(Mapping[str, Any]):
    """The recorded outputs of a resource, each read when it is first asked for: of most of them nobody does."""

    def __init__(self, stored: Struct) -> None:
        self._stored, self._known = stored, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            if name not in self._stored:  # which makes a field where it is read from a message
                raise KeyError(name)
            value = rpc.deserialize_property(self._stored[name])
            value = rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value
            self._known[name] = opened(value) if is_packed(name, value) else value
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


class Marks:
    """What the state records of objects: their kind, mark and id."""

    def __init__(self, state: Mapping[str, Outputs]) -> None:
        self.ids: dict[str, str] = {}
        """The id of each recorded object, by the URN of its resource."""
        self._marked: dict[tuple[str, str], list[str]] = {}
        for urn, recorded in state.items():
            if RESOURCE in recorded and APPLIED in recorded:
                about = recorded[RESOURCE]
                self.ids[urn] = recorded[APPLIED]["id"]
                self._marked.setdefault((about["kind"], about.get("mark", "")), []).append(urn)

    def elsewhere(self, kind: str, mark: str, urn: str) -> list[str] | None:
        """The ids of objects of a kind that bear a mark and are another resource's than `urn`; None for none."""
        return [self.ids[owner] for owner in self._marked.get((kind, mark), ()) if owner != urn] or None


async def recorded_id(recorded: Marks, urn: str, resource: pulumi.Resource) -> str | None:
    """The id of the object that the state records for a resource, also under an alias: what a create is to replace."""
    for alias in (urn, *resource._aliases):  # noqa: SLF001 - Pulumi has no public name for them
        known = await pulumi.Output.from_input(alias).future() or ""
        if known in recorded.ids:
            return recorded.ids[known]
    return None


def marks_in_state() -> Marks | None:
    """Kind, mark and id of every recorded object, read once per program; None if the engine has no answer."""
    holder = _holder()
    if _KNOWN not in holder:
        own_state()
    known: Marks | None = holder[_KNOWN]
    return known


def own_state() -> Mapping[str, Outputs] | None:
    """The outputs of all that the state records of this very stage, by URN; None if the engine has no answer.

    Ask once, before the first resource is declared: this is large, and what later questions need is kept of it.
    """
    holder = _holder()
    state = _read_state(pulumi.get_stack())
    holder[_KNOWN] = None if state is None else Marks(state)
    made = {urn: outputs for urn, outputs in (state or {}).items() if APPLIED in outputs}
    of_files = {urn for urn, outputs in made.items() if is_defined(outputs.get(RESOURCE) or {})}
    holder[_OF_PROGRAM] = {urn: outputs for urn, outputs in made.items() if urn not in of_files}
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


def state_of(stage: str) -> Mapping[str, Outputs]:
    """The outputs of all that the state of a stage of this project records, by URN; {} without an answer."""
    return _read_state(stage) or {}


def _read_state(stage: str) -> dict[str, Outputs] | None:
    monitor = get_monitor()
    if isinstance(monitor, MockMonitor):  # its author's answer may be an error, which Pulumi raises once more
        return {}
    if monitor is None:
        return None
    question = Struct()
    question["stackName"] = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stage}"
    # Not by `pulumi.runtime.invoke`, which makes Python values of all of it. The engine answers no smaller question:
    # these are all outputs of the stack, decrypted, so keep few of them.
    try:
        answer = monitor.Invoke(resource_pb2.ResourceInvokeRequest(tok=READ_STATE, args=question))
    except grpc.RpcError:  # an unknown stack, or an engine that does not know the question: no reason to stop
        return None
    resources = getattr(answer, "return").fields.get("outputs")
    if answer.failures or resources is None:
        return None
    entries = {urn: entry.struct_value.fields.get("outputs") for urn, entry in resources.struct_value.fields.items()}
    return {urn: Outputs(outputs.struct_value if outputs else Struct()) for urn, outputs in entries.items()}
