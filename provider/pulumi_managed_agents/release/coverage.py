"""What of a stage no proof covers: definitions that no root leads to and no test ran in, and what no test waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Definition, Stage

WITH_OTHERS = ("agent", "deployment", "credential")
"""Kinds that are roots, or are a part of another definition."""


def not_covered(stage: Stage, roots: Mapping[str, Root], tested: Collection[str]) -> list[Definition]:
    """The definitions that are neither a part of a root nor `tested`: what sessions of tests that passed ran in."""
    covered = {*tested}.union(*(root.members for root in roots.values()))
    return [
        definition
        for definition in stage.definitions
        if definition.kind not in WITH_OTHERS and definition.name not in covered
    ]


def schedules(stage: Stage) -> list[str]:
    """The schedules of deployments: they are a part of what is proved, but no smoke test waits for one."""
    scheduled = (
        definition
        for definition in stage.definitions
        if definition.kind == "deployment" and definition.body.get("schedule")
    )
    return [f"{deployment.name}: schedule" for deployment in scheduled]
