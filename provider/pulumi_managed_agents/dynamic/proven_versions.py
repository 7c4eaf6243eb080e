"""The version of an agent that a deployment takes: the one its smoke tests have proved.

A file may hold a deployment at an earlier version; of an agent that tests judge it must be one that they passed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.resolution import Applied

UNPROVEN = "unproven"
"""Stands for the version of an agent that never passed its tests."""


Proved = pulumi.Output[dict[str, list[int]]]


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


def held_at_proven(definition: Definition, made: Mapping[str, Applied], proved: Proved) -> Definition:
    """The deployment, held at the version that its file names only where that one was proven on this stage."""
    held = _held(definition, made)
    if held is None:
        return definition

    def allowed(found: Sequence[Any]) -> Any:
        return UNPROVEN if refusal(definition, held, *found) else held.version

    version: Any = pulumi.Output.all(made[held.target].id, proved).apply(allowed)
    return replace(definition, body={**definition.body, "agent": replace(held, version=version)})


def refused_holds(
    definitions: Collection[Definition], made: Mapping[str, Applied], proved: Proved
) -> list[pulumi.Output[str]]:
    """For each deployment that its file holds at a version, why that may not be, or an empty text."""
    held = [(one, reference) for one in definitions if (reference := _held(one, made))]
    return [
        pulumi.Output.all(one, reference, made[reference.target].id, proved).apply(lambda found: refusal(*found))
        for one, reference in held
    ]


def refusal(definition: Definition, held: Reference, agent_id: str, proved: Mapping[str, Sequence[int]] | None) -> str:
    """Why a deployment may not be held at a version, or an empty text; `proved` are the proven versions by id."""
    versions = [int(version) for version in (proved or {}).get(agent_id) or ()]
    if str(held.version) in map(str, versions):
        return ""
    known = ", ".join(map(str, versions)) or "none"
    file, line = definition.place(("agent", "version"))
    return (
        f"{file}:{line}: agent.version: version {held.version} of {held.target} never passed its smoke tests on this "
        f"stage (proven: {known}); name one of these, or leave the version out"
    )


def _held(definition: Definition, made: Mapping[str, Applied]) -> Reference | None:
    """The reference to an agent that tests judge, where the file names a version of it."""
    agent = definition.body.get("agent") if definition.kind == "deployment" else None
    if isinstance(agent, Reference) and agent.version is not None and isinstance(made.get(agent.target), Proven):
        return agent
    return None


def _judged(agent: Definition, tested: set[str]) -> bool:
    """Whether the agent, or a member that it brings into service, may be kept back."""
    return agent.name in tested or any(one.target in tested for one in agent.references if one.kind == "agent")


def _pinned(name: str, agent: Applied, pins: pulumi.Output[dict[str, Any]]) -> Proven:
    """The agent at the version that serves, unless what serves is still the agent that it replaces."""

    def version(found: Sequence[Any]) -> Any:
        id, pin = found[0], found[1].get(name) or {}
        return pin["version"] if pin.get("id") == id else UNPROVEN

    return Proven(agent.id, pulumi.Output.all(agent.id, pins).apply(version))
