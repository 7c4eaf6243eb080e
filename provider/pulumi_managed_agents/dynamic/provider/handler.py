"""What a handler of one kind of resource gives for each call of the engine.

The answers are values of our own, so that handlers know nothing of Pulumi's result classes; `provider` converts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

Props = dict[str, Any]
Path = tuple[str | int, ...]

ChangeKind = Literal["add", "delete", "update"]


class Handler(Protocol):
    """The engine's calls for resources of one kind. Numbers may arrive as floats, and unknown values as objects."""

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """One line per reason why the inputs cannot work; `is_new` if nothing is recorded under their name."""

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Whether there is something to do; `olds` are the recorded outputs, `news` may hold unknowns."""

    def create(self, props: Props) -> CreateAnswer:
        """Make the object."""

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change the object; its outputs."""

    def read(self, id: str, props: Props) -> ReadAnswer:
        """Read the object; an empty id says that it is gone."""

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Remove the object; the messages to show."""


@dataclass(frozen=True)
class ChangedField:
    """A field that an update would change.

    Attributes:
        path: Where it is among the inputs: the field and, as far as that is known, the way inside it.
        kind: What becomes of it.
        replaces: Whether it forces a new object.
    """

    path: Path
    kind: ChangeKind = "update"
    replaces: bool = False


@dataclass(frozen=True)
class DiffAnswer:
    """Whether there is something to do.

    Attributes:
        changes: Whether there is.
        fields: What would change, as far as that is known.
        replaces: The fields for whose sake a new object takes the place of this one.
        delete_before_replace: Whether what is recorded goes first, since there is no object behind it.
        messages: What is shown to the user now, a line each.
    """

    changes: bool
    fields: tuple[ChangedField, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreateAnswer:
    """An object that was made or taken over: its id and what is recorded of it."""

    id: str
    outputs: Props
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadAnswer:
    """The object as it was read; `inputs` None leaves the recorded ones as they are."""

    id: str
    outputs: Props
    inputs: Props | None = None
    messages: tuple[str, ...] = ()
