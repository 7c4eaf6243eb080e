"""What every kind of resource of ours can do, in values that know nothing of Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.results import Diffed, Found, Made

Props = dict[str, Any]


class Behaviour(Protocol):
    """The calls of the engine, after the wire's quirks; what they answer is ours."""

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """One line per reason why the inputs cannot work; `is_new` if nothing is recorded under their name."""

    def diff(self, id: str, olds: Props, news: Props) -> Diffed:
        """Whether there is something to do; `olds` are the recorded outputs, `news` may hold unknowns."""

    def create(self, props: Props) -> Made:
        """Make it."""

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change it; its outputs."""

    def read(self, id: str, props: Props) -> Found:
        """Look at it; an empty id says that it is gone."""

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Take it away; what a person is told."""
