"""What an engine tells while it runs and when it is done, in values that both engines share.

`PulumiCli` (the Pulumi CLI) and `TrialEngine` speak these, so whoever prints, records or judges a run need not
know which of them ran it. Nothing here runs anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pulumi_managed_agents.reconcile.mark import STACK_TYPE, qualified_name
from pulumi_managed_agents.reconcile.record import RESOURCE, UNNAMED
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Engine(Protocol):
    """What both engines do."""

    def preview(self, on_event: Listener) -> Outcome:
        """Tell what `up` would do, and change nothing."""

    def up(self, on_event: Listener, targets: Collection[str] = ()) -> Outcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay."""

    def destroy(self, on_event: Listener) -> Outcome:
        """Delete all that is recorded."""

    def resources(self) -> list[dict[str, Any]]:
        """Type, urn, id, inputs and outputs of each recorded resource."""


STAGE_WIDE = frozenset({"workspace", "smoke tests", "release", "proof"})


@dataclass(frozen=True)
class Subject:
    """A managed object; `version` is empty where the kind has none, or before it is known."""

    kind: str
    name: str
    version: str


def subject_of(step: Step) -> Subject | None:
    """The managed object a step is about, or None for what only the stage as a whole needs."""
    values = step.new or step.old or {}
    about = values.get(RESOURCE) or (step.old or {}).get(RESOURCE)
    if not isinstance(about, dict) or about.get("kind") in STAGE_WIDE:
        return None
    version = values.get("version")
    return Subject(str(about["kind"]), qualified_name(step.urn), "" if version is None else _written(version))


def _written(version: Any) -> str:
    return str(int(version)) if isinstance(version, float) else str(version)


def title_of(type: str) -> str:
    """The last part of a Pulumi type: ``Agent``, ``SmokeTests``, ``Release``."""
    return type.rpartition(":")[2]


def outputs_of(resources: Iterable[Mapping[str, Any]], title: str) -> Mapping[str, Any]:
    """What the state records of the one resource with a title; nothing where there is none."""
    return next((one["outputs"] for one in resources if title_of(one["type"]) == title), {})


def recorded_workspace(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """The workspace that a stage was deployed to, or None: never deployed, or to a server that names none."""
    abouts = ((one["inputs"].get(RESOURCE) or {}, one["outputs"]) for one in resources)
    # A program's further providers have workspaces with longer names.
    own = (outputs for about, outputs in abouts if about.get("kind") == about.get("name") == "workspace")
    workspace = next((outputs.get("workspace") for outputs in own), None)
    return None if workspace == UNNAMED else workspace


def tests_of(steps: Iterable[Step]) -> Mapping[str, Any]:
    """What the stage records of its smoke tests after these steps; nothing where the run did not come to them."""
    found = (step.new or step.old or {} for step in steps if title_of(step.type) == "SmokeTests" and not step.error)
    return next(found, {})


def test_results(steps: Iterable[Step]) -> Mapping[str, Mapping[str, Any]]:
    """The smoke tests' results as the stage records them after these steps, by name."""
    results = tests_of(steps).get("results")
    return results if isinstance(results, dict) else {}


def taken_over(steps: Iterable[Step]) -> frozenset[str]:
    """The tests that these steps did not run: their results are an earlier run's, moment and session included."""
    return frozenset(
        name
        for step in steps
        if title_of(step.type) == "SmokeTests"
        for name, result in test_results([step]).items()
        if ((step.old or {}).get("results") or {}).get(name) == result
    )


Operation = Literal["create", "update", "replace", "delete", "delete-replaced", "same", "read", "refresh"]
Severity = Literal["debug", "info", "warning", "error"]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's mark of a secret, not one
HIDDEN = "[secret]"
"""What people see of a secret."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_STAGE_WIDE = re.compile(r"^\S+:(?:Proof|Workspace) resource '\S+' has a problem: ", re.MULTILINE)
INTERRUPTED = "interrupted: what has finished is recorded; run it again to go on"
UNCHANGED: frozenset[Operation] = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True)
class Step:
    """One resource's turn, told when it begins (`done` false) and when it ended (`done` true).

    `old` are the recorded outputs; `new` the inputs at first and the outputs in the end (in a preview what is known of
    them); both as `shown`. A replacement is one `replace`; deleting the replaced object is a `delete-replaced` of its
    own. In a refresh a turn begins as `refresh` and ends as what it found: `same`, `update` or `delete`. `error` is
    why the step failed, if it did.
    """

    op: Operation
    urn: str
    type: str
    name: str
    id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    error: str = ""
    done: bool = False


@dataclass(frozen=True)
class Message:
    """One or more lines from the engine, the program or a provider; `urn` is the resource they belong to."""

    severity: Severity
    text: str
    urn: str = ""


Event = Step | Message
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Outcome:
    """How an operation ended. `steps` holds those that ended, `outputs` the stack's outputs as `shown`."""

    ok: bool
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    outputs: Mapping[str, Any]

    @classmethod
    def of(cls, events: Iterable[Event], outputs: Mapping[str, Any], *, ok: bool) -> Outcome:
        """Sum up what was told."""
        told = tuple(events)
        steps = tuple(event for event in told if isinstance(event, Step) and event.done)
        return cls(ok, steps, tuple(event for event in told if isinstance(event, Message)), shown(outputs))

    @property
    def changes(self) -> int:
        """How many resources changed, or in a preview would; the stack itself is not counted."""
        changed = (step for step in self.steps if step.op not in {*UNCHANGED, "delete-replaced"} and not step.error)
        return len({step.urn for step in changed if step.type != STACK_TYPE})

    @property
    def began(self) -> bool:
        """Whether any object was written, or tried to be; what an engine keeps for itself, and a verdict, are none."""
        ours = (step for step in self.steps if not (step.type.startswith("pulumi:") or step.type.endswith(":Proof")))
        return any(step.op not in UNCHANGED for step in ours)

    @property
    def errors(self) -> tuple[str, ...]:
        """The texts of the error messages, in the order they were told."""
        return tuple(message.text for message in self.messages if message.severity == "error")


def without_secrets(event: Event) -> Event:
    """What an engine tells, without secrets; for an error those are read as well that stand in the stack encrypted."""
    asking = isinstance(event, Message) and event.severity == "error"
    scrubber = KNOWN.scrubber(ask_sources=asking)
    if isinstance(event, Message):
        return replace(event, text=scrubber.text(event.text))
    return replace(event, error=scrubber.text(event.error)) if event.error else event


def plain(text: str) -> str:
    """An engine's error without the name of a resource that only the stage as a whole needs; its own line says all."""
    return _STAGE_WIDE.sub("", text)


def is_secret(value: object) -> bool:
    """Tell whether the protocol marks this value as a secret, whatever form its content has."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def map_secrets(value: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """Copy a value with every secret in it, at any depth, put through `change`."""
    if is_secret(value):
        return change(value)
    if isinstance(value, dict):
        return {name: map_secrets(member, change) for name, member in value.items()}
    if isinstance(value, list):
        return [map_secrets(member, change) for member in value]
    return value


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Copy properties for people: secrets read ``[secret]``, whole numbers are ints, ``__provider`` is left out."""
    return {name: _shown(value) for name, value in values.items() if name != "__provider"}


def _shown(value: Any) -> Any:
    if is_secret(value):
        return HIDDEN
    if isinstance(value, dict):
        return shown(value)
    if isinstance(value, list):
        return [_shown(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
