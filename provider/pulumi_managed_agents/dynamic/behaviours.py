"""Which behaviour a resource has: its kind stands in its own inputs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.deployment_behaviour import DeploymentBehaviour
from pulumi_managed_agents.dynamic.managed import Managed
from pulumi_managed_agents.dynamic.proof import Proof, Release
from pulumi_managed_agents.dynamic.smoke_tests import SmokeTests
from pulumi_managed_agents.dynamic.workspace import Workspace
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.behaviour import Behaviour


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
