"""What every kind of resource of ours can do, in terms of plain dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pulumi.dynamic import DiffResult, ReadResult

Props = dict[str, Any]


class Behaviour(Protocol):
    """The calls of the engine, after the wire's quirks and before Pulumi's result types where they add nothing."""

    def check(self, news: Props) -> list[str]:
        """One line per reason why the inputs cannot work."""

    def diff(self, id: str, olds: Props, news: Props) -> DiffResult:
        """Whether there is something to do; `olds` are the recorded outputs, `news` may hold unknowns."""

    def create(self, props: Props) -> tuple[str, Props]:
        """Make it; its id and outputs."""

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change it; its outputs."""

    def read(self, id: str, props: Props) -> ReadResult:
        """Look at it; an empty id says that it is gone."""

    def delete(self, id: str, props: Props) -> None:
        """Take it away."""
