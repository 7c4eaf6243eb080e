"""The version of an agent that a deployment takes: the one its smoke tests have proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pulumi

    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.resolution import Applied

UNPROVEN = "unproven"
"""Stands for the version of an agent that never passed its tests."""


@dataclass(frozen=True)
class Proven:
    """An agent, as what refers to its proven version sees it."""

    id: Any
    version: Any


def proven_agents(
    stage: Stage, made: Mapping[str, Applied], pins: pulumi.Output[dict[str, Any]], held: Collection[str]
) -> dict[str, Applied]:
    """The stage's agents by name; one that no test, nor `held`, can keep back is at the version just applied."""
    tested = {test.agent for test in stage.smoke if stage.name in test.body.get("stages", [stage.name])} | {*held}
    return {
        one.name: _pinned(one.name, made[one.name], pins) if _judged(one, tested) else made[one.name]
        for one in stage.definitions
        if one.kind == "agent"
    }


def _judged(agent: Definition, tested: set[str]) -> bool:
    """Whether the agent, or a member that it brings into service, may be kept back."""
    return agent.name in tested or any(one.target in tested for one in agent.references if one.kind == "agent")


def _pinned(name: str, agent: Applied, pins: pulumi.Output[dict[str, Any]]) -> Proven:
    version = pins.apply(lambda proven: (proven.get(name) or {}).get("version", UNPROVEN))
    return Proven(agent.id, version)
