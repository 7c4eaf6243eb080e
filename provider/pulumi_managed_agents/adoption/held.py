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
    """`applied` are the managed objects by resource name; `workspace` is None before the first deployment.

    `ids` are those of all that is managed: in a program of one's own, resources of two kinds may share a name.
    """

    applied: Mapping[str, Applied]
    workspace: str | None
    ids: frozenset[str]


def held_by(opened: Opened) -> Held:
    """Ask the engine what it records."""
    applied, ids, workspace = {}, set(), None
    for resource in opened.engine.resources():
        about = resource["inputs"].get(RESOURCE) or {}
        if about.get("kind") == about.get("name") == WORKSPACE:
            workspace = resource["outputs"]["workspace"]
        elif "mark" in about and resource["id"]:
            applied[about["name"]] = Applied(resource["id"], resource["outputs"].get("version"))
            ids.add(resource["id"])
    return Held(applied, workspace, frozenset(ids))
