"""What an engine says while it runs and when it is done, in values that both engines share.

`PulumiCli` (the Pulumi CLI) and `TrialEngine` speak these, so code that prints, records or judges a run need not
know which of them ran it. Nothing here runs anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pulumi_managed_agents.reconcile.mark import STACK_TYPE
from pulumi_managed_agents.reconcile.packed_record import unpacked
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Set
    from pathlib import Path

Operation = Literal["create", "update", "replace", "delete", "delete-replaced", "same", "read", "refresh"]
Severity = Literal["debug", "info", "warning", "error"]
UNCHANGED: frozenset[Operation] = frozenset({"same", "read", "refresh"})
INTERRUPTED = "cancelled: what has finished is recorded; run it again to go on"


class Engine(Protocol):
    """What both engines do; `kind` tells whose state is whose."""

    @property
    def kind(self) -> str:
        """``pulumi`` or ``trial``."""

    def preview(self, on_event: Listener, plan: Path | None = None, targets: Collection[str] = ()) -> RunOutcome:
        """Tell what `up` would do, and change nothing; an engine that makes plans of its own writes it to `plan`."""

    def up(self, on_event: Listener, targets: Collection[str] = (), plan: Path | None = None) -> RunOutcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay.

        With a `plan` of the engine's own it stops where that says otherwise.
        """

    def destroy(self, on_event: Listener) -> RunOutcome:
        """Delete all that is recorded."""

    def resources(self) -> list[dict[str, Any]]:
        """Type, urn, id, inputs and outputs of each recorded resource."""

    def state(self) -> dict[str, Any] | None:
        """All that is recorded, as the engine keeps it, with secrets marked; None before the first run."""


@dataclass(frozen=True)
class ResourceStep:
    """One resource's turn, reported when it begins (`done` false) and when it ended (`done` true).

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


Event = ResourceStep | Message
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class RunOutcome:
    """How an operation ended. `steps` holds those that ended, `outputs` the stack's outputs as `shown`."""

    ok: bool
    steps: tuple[ResourceStep, ...]
    messages: tuple[Message, ...]
    outputs: Mapping[str, Any]

    @classmethod
    def of(cls, events: Iterable[Event], outputs: Mapping[str, Any], *, ok: bool) -> RunOutcome:
        """Sum up what an engine reported."""
        reported = tuple(events)
        steps = tuple(event for event in reported if isinstance(event, ResourceStep) and event.done)
        return cls(ok, steps, tuple(event for event in reported if isinstance(event, Message)), shown(outputs))

    @property
    def changes(self) -> int:
        """How many resources changed, or in a preview would; the stack itself is not counted."""
        return len({step.urn for step in self._changed() if step.type != STACK_TYPE})

    def changes_beside(self, types: Set[str]) -> int:
        """How many of them are of none of these types."""
        return len({step.urn for step in self._changed() if step.type not in types | {STACK_TYPE}})

    def _changed(self) -> Iterator[ResourceStep]:
        return (step for step in self.steps if step.op not in {*UNCHANGED, "delete-replaced"} and not step.error)

    @property
    def began(self) -> bool:
        """Whether any object was written, or tried to be; what an engine keeps for itself, and a verdict, are none."""
        ours = (step for step in self.steps if not (step.type.startswith("pulumi:") or step.type.endswith(":Proof")))
        return any(step.op not in UNCHANGED for step in ours)

    @property
    def errors(self) -> tuple[str, ...]:
        """The texts of the error messages, in the order they came."""
        return tuple(message.text for message in self.messages if message.severity == "error")


def without_secrets(event: Event) -> Event:
    """What an engine tells, without secrets; for an error those are read as well that stand in the stack encrypted."""
    if isinstance(event, Message):
        scrubber = KNOWN.scrubber(ask_sources=event.severity == "error")
        return replace(event, text=scrubber.text(event.text))
    return replace(event, error=KNOWN.scrubber(ask_sources=False).text(event.error)) if event.error else event


_STAGE_WIDE_RESOURCE = re.compile(r"^\S+:(?:Proof|Workspace) resource '\S+' has a problem: ", re.MULTILINE)


def error_text(text: str) -> str:
    """An engine's error without the name of a resource that only the stage as a whole needs; its own line says all."""
    return _STAGE_WIDE_RESOURCE.sub("", text)


# Marks of the protocol: this key says that an object stands for something special, the value what for.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's mark of a secret, not one
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
HIDDEN = "[secret]"
"""What people see of a secret."""


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
    """Copy properties for people: records are unpacked, secrets read ``[secret]``, ``__provider`` is left out.

    Whole numbers are ints.
    """
    return _members(unpacked(values))


def _members(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in values.items() if name != "__provider"}


def _shown(value: Any) -> Any:
    # Most values are texts, of which a run brings hundreds of thousands.
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return HIDDEN if is_secret(value) else _members(value)
    if isinstance(value, list):
        return [_shown(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
