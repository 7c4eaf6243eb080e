"""What a stage's state holds: which ids it manages, and what references to them resolve to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.entries import Applied
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.opening import Opened

WORKSPACE = "workspace"
"""Kind and name of the resource that remembers it; those of a program's further providers have longer names."""


@dataclass(frozen=True)
class Held:
    """`applied` are the managed objects by resource name; `workspace` is None before the first deployment."""

    applied: Mapping[str, Applied]
    workspace: str | None

    @property
    def ids(self) -> frozenset[str]:
        """Every id that is managed."""
        return frozenset(one.id for one in self.applied.values())


def held_by(opened: Opened) -> Held:
    """Ask the engine what it records."""
    applied, workspace = {}, None
    for resource in opened.engine.resources():
        about = resource["inputs"].get(RESOURCE) or {}
        if about.get("kind") == about.get("name") == WORKSPACE:
            workspace = resource["outputs"]["workspace"]
        elif "mark" in about and resource["id"]:
            applied[about["name"]] = Applied(resource["id"], resource["outputs"].get("version"))
    return Held(applied, workspace)
