"""Which behaviour a resource has: its kind stands in its own inputs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_managed_agents.dynamic.deployment_provider import DeploymentBehaviour
from pulumi_managed_agents.dynamic.release_provider import Proof, Release, Workspace
from pulumi_managed_agents.dynamic.resource_provider import Managed
from pulumi_managed_agents.dynamic.smoke_provider import SmokeTests
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.record import RESOURCE

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


def behaviour_of(props: dict[str, Any]) -> Behaviour:
    """The behaviour for a resource's inputs or outputs."""
    return _behaviours()[props[RESOURCE]["kind"]]


@cache
def _behaviours() -> dict[str, Behaviour]:
    stage_wide: dict[str, Behaviour] = {
        "workspace": Workspace(),
        "smoke tests": SmokeTests(),
        "release": Release(),
        "proof": Proof(),
    }
    managed = {kind: Managed(facts) for kind, facts in FACTS.items()}
    return {**managed, "deployment": DeploymentBehaviour(FACTS["deployment"])} | stage_wide
