"""What a stage declares beside its definitions: its smoke tests, its release and its proof; and how it is rolled back.

Versions flow through the results: the release and the deployments take the version of an agent from the smoke tests.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.program.resource import StageResource, workspace_behind, workspace_of
from pulumi_managed_agents.dynamic.provider.smoke_tests_handler import NAME as SMOKE_TESTS
from pulumi_managed_agents.dynamic.wire import UNPROVEN
from pulumi_managed_agents.kinds.agent.effective import pinned_members
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.issuing import as_record
from pulumi_managed_agents.release.part_of_stage import about_part, chosen, left_out
from pulumi_managed_agents.release.smoke_results import results_for_receipts
from pulumi_managed_agents.smoke.stage_tests import stage_tests
from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pulumi_managed_agents.dynamic.program.resource import ManagedResource
    from pulumi_managed_agents.release.gate import RequireSmoke
    from pulumi_managed_agents.release.rollback import Declaration, Recorded
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.definition import Applied

Proved = pulumi.Output[dict[str, list[int]]]
Inputs = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """What decides beside the tests which version serves: `managed-agents:requireSmoke` and `rolledBack`."""

    require_smoke: RequireSmoke
    rolled_back: Mapping[str, Mapping[str, int]]

    def as_inputs(self) -> Inputs:
        """The inputs of the smoke tests that say so."""
        return {"require_smoke": self.require_smoke, "rolled_back": self.rolled_back}

    def may_hold_back(self, stage: Stage) -> set[str]:
        """The agents whose version may be another than the one just applied though no test of them is red."""
        agents = {definition.name for definition in stage.definitions if definition.kind == "agent"}
        return agents if self.require_smoke == "changed" else agents & self.rolled_back.keys()


class ReleaseResource(StageResource):
    """The smoke tests, the release or the proof of a stage."""

    agents: pulumi.Output[dict[str, Any]]
    results: pulumi.Output[dict[str, Any]]
    pins: pulumi.Output[dict[str, Any]]
    failures: pulumi.Output[list[str]]
    proved: pulumi.Output[dict[str, list[int]]]

    def __init__(
        self, title: str, name: str, about: Inputs, props: Inputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        place = {} if "workspace" in about else {"workspace": self._workspace()}
        super().__init__(title, name, {**about, **place}, props, opts)

    async def _workspace(self) -> pulumi.Output[str]:
        # Pulumi knows the provider, which may be a parent's, only after `__init__`; this runs later.
        return (await workspace_behind(self._provider)).known_as


@dataclass(frozen=True)
class Home:
    """Where a stage is in its program: the options of all its resources, and the types of their parents, if any."""

    opts: pulumi.ResourceOptions
    within: str = ""

    def about(self, stage: Stage) -> Inputs:
        """What the provider gets to know of everything that a stage has once."""
        return {"stage": stage.name, **({"within": self.within} if self.within else {})}

    def after(self, resources: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """The options of what comes after these."""
        return pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(depends_on=list(resources)))


def smoke_tests(
    stage: Stage, applied: Mapping[str, Applied], rules: Rules, home: Home, recorded: Mapping[str, Any] | None = None
) -> ReleaseResource:
    """Run the stage's tests on what was just applied.

    Of a part of a stage: what is `recorded` of the other smoke tests stays as it is.
    """
    other_agents, other_tests = left_out(recorded or {}, stage)
    agents = [definition for definition in stage.definitions if definition.kind == "agent"]
    return ReleaseResource(
        "SmokeTests",
        SMOKE_TESTS,
        {**home.about(stage), "kind": "smoke tests"},
        {
            "agents": {**other_agents, **{agent.name: _agent(agent, applied[agent.name]) for agent in agents}},
            "tests": {**other_tests, **stage_tests(stage, applied)},
            **stage.values.smoke,
            **rules.as_inputs(),
            "results": None,
            "pins": None,
            "failures": None,
            "proved": None,
        },
        home.opts,
    )


def _agent(definition: Definition, agent: Applied) -> dict[str, Any]:
    """An agent as the smoke tests know it: the version just applied, and the members that it brings into service.

    The roster is the applied one, an output: a coordinator that an up leaves out still has its earlier members.
    """
    roster: Any = getattr(agent, "multiagent", None)
    uses: Any = [] if roster is None else pulumi.Output.from_input(roster).apply(pinned_members)
    version: Any = getattr(agent, "version")  # noqa: B009 - an output
    return {"id": agent.id, "version": version, "uses": uses, "file": definition.file}


@dataclass(frozen=True)
class Proven:
    """An agent, as what refers to its proven version sees it."""

    id: Any
    version: Any


def proven_agents(
    stage: Stage, applied: Mapping[str, Applied], pins: pulumi.Output[dict[str, Any]], held: Collection[str]
) -> dict[str, Applied]:
    """The stage's agents by name; one that no test, nor `held`, can keep back is at the version just applied."""
    judged, agents = judged_agents(stage, held), (one.name for one in stage.definitions if one.kind == "agent")
    return {name: _pinned(name, applied[name], pins) if name in judged else applied[name] for name in agents}


def judged_agents(stage: Stage, held: Collection[str]) -> set[str]:
    """The agents that a test or `held` may keep back: themselves, or a member that they bring into service."""
    tested = {test.agent for test in stage.smoke if stage.name in test.body.get("stages", [stage.name])} | {*held}
    agents = [definition for definition in stage.definitions if definition.kind == "agent"]
    members = {
        agent.name: {reference.target for reference in agent.references if reference.kind == "agent"}
        for agent in agents
    }
    return {name for name in members if not tested.isdisjoint({name, *members[name]})}


def _pinned(name: str, agent: Applied, pins: pulumi.Output[dict[str, Any]]) -> Proven:
    """The agent at the version that serves, unless what serves is still the agent that it replaces."""

    def version(id_and_pins: Sequence[Any]) -> Any:
        id, pin = id_and_pins[0], id_and_pins[1].get(name) or {}
        return pin["version"] if pin.get("id") == id else UNPROVEN

    return Proven(agent.id, pulumi.Output.all(agent.id, pins).apply(version))


def held_at_proven(definition: Definition, applied: Mapping[str, Applied], proved: Proved) -> Definition:
    """The deployment, held at the version that its file names only where that one was proven on this stage."""
    agent = _held(definition, applied)
    if agent is None:
        return definition

    def allowed(id_and_proved: Sequence[Any]) -> Any:
        return UNPROVEN if refusal(definition, agent, *id_and_proved) else agent.version

    version: Any = pulumi.Output.all(applied[agent.target].id, proved).apply(allowed)
    return replace(definition, body={**definition.body, "agent": replace(agent, version=version)})


def refused_holds(
    definitions: Collection[Definition], applied: Mapping[str, Applied], proved: Proved
) -> list[pulumi.Output[str]]:
    """For each deployment that its file holds at a version, why that may not be, or an empty string."""
    pairs = [(deployment, agent) for deployment in definitions if (agent := _held(deployment, applied))]
    return [
        pulumi.Output.all(deployment, reference, applied[reference.target].id, proved).apply(
            lambda values: refusal(*values)
        )
        for deployment, reference in pairs
    ]


def refusal(definition: Definition, agent: Reference, agent_id: str, proved: Mapping[str, Sequence[int]] | None) -> str:
    """Why a deployment may not be held at a version, or an empty string; `proved` are the proven versions by id."""
    versions = [int(version) for version in (proved or {}).get(agent_id) or ()]
    if str(agent.version) in map(str, versions):
        return ""
    known = ", ".join(map(str, versions)) or "none"
    file, line = definition.place(("agent", "version"))
    return (
        f"{file}:{line}: agent.version: version {agent.version} of {agent.target} never passed its smoke tests on this "
        f"stage (proven: {known}); name one of these, or leave the version out"
    )


def _held(definition: Definition, applied: Mapping[str, Applied]) -> Reference | None:
    """The reference to an agent that tests judge, where the file names a version of it."""
    agent = definition.body.get("agent") if definition.kind == "deployment" else None
    if isinstance(agent, Reference) and agent.version is not None and isinstance(applied.get(agent.target), Proven):
        return agent
    return None


def prove(
    stage: Stage,
    smoke: ReleaseResource,
    roots: Mapping[str, Root],
    declared: Mapping[str, ManagedResource],
    refused: Iterable[pulumi.Output[str]],
    home: Home,
) -> ReleaseResource:
    """Keep what the tests prove once all is deployed, and fail for what they do not, and for what was `refused`.

    The release, which keeps it. A run of a part of the stage fails for that part alone.
    """
    last = [
        declared[definition.name] for definition in stage.definitions if definition.kind in ("credential", "deployment")
    ]
    place = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
    kinds = {name: resource.kind for name, resource in declared.items()}
    release = ReleaseResource(
        "Release",
        "release",
        {**home.about(stage), "kind": "release", **place},
        {
            "kinds": kinds,
            "pins": smoke.pins,
            "agents": smoke.agents.apply(partial(_judged_agents, roots)),
            "results": smoke.results.apply(results_for_receipts),
            "roots": {name: as_record(root, stage.name) for name, root in roots.items()},
        },
        home.after(last),
    )
    whole = chosen(os.environ) is None
    failures = pulumi.Output.all(smoke.failures, *refused).apply(
        lambda lists: [*(lists[0] if whole else about_part(lists[0], stage)), *filter(None, lists[1:])]
    )
    ReleaseResource(
        "Proof", "proof", {**home.about(stage), "kind": "proof"}, {"failures": failures}, home.after([release])
    )
    return release


def _judged_agents(roots: Mapping[str, Root], agents: Mapping[str, Any]) -> dict[str, Any]:
    """Id and version of the agents that a receipt can name: the members of roots that have tests."""
    judged = {member for root in roots.values() if root.tests for member in root.members}
    return {name: {key: agent[key] for key in ("id", "version")} for name, agent in agents.items() if name in judged}


def roll_back(
    declaration: Declaration, moves: Mapping[str, Mapping[str, int]], options: pulumi.ResourceOptions
) -> ReleaseResource:
    """Declare what is recorded, with agents serving what `moves` says; `options` are those of managed resources.

    The release.
    """
    before: list[pulumi.Resource] = [workspace_of(None)]
    for recorded in declaration.before:
        before.append(_unmoved(recorded, before[-1:]))
    after = pulumi.ResourceOptions(depends_on=before)
    smoke = _outcome(declaration.smoke_tests, {"rolled_back": moves}, after)
    moving = pulumi.ResourceOptions.merge(options, after)
    moved = [_deployment(recorded, smoke, moving) for recorded in declaration.deployments]
    last = pulumi.ResourceOptions(depends_on=moved)
    release = _outcome(declaration.release, {"pins": smoke.pins}, last)
    for recorded in declaration.after:
        _unmoved(recorded, [release])
    return release


def _unmoved(recorded: Recorded, before: list[pulumi.Resource]) -> StageResource:
    about = recorded.inputs[RESOURCE]
    return StageResource(recorded.title, about["name"], about, {}, pulumi.ResourceOptions(depends_on=before))


def _outcome(recorded: Recorded, moved: Inputs, options: pulumi.ResourceOptions) -> ReleaseResource:
    computed = dict.fromkeys(ReleaseResource.__annotations__)
    about = recorded.inputs[RESOURCE]
    return ReleaseResource(
        recorded.title, about["name"], about, {**computed, **_fields(recorded), **moved}, _keeping(recorded, options)
    )


def _deployment(recorded: Recorded, smoke: ReleaseResource, options: pulumi.ResourceOptions) -> StageResource:
    """A deployment as it is recorded, but with the version of its agent that serves."""
    agent, about = recorded.inputs["agent"], recorded.inputs[RESOURCE]
    versions = smoke.pins.apply(lambda pins: {pin["id"]: pin["version"] for pin in pins.values()})
    version = versions.apply(lambda known: known.get(agent["id"], agent["version"]))
    fields = {**_fields(recorded), "agent": {**agent, "version": version}}
    return StageResource(recorded.title, about["name"], about, fields, _keeping(recorded, options))


def _fields(recorded: Recorded) -> Inputs:
    return {key: value for key, value in recorded.inputs.items() if not key.startswith("__")}


def _keeping(recorded: Recorded, options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The options with which the engine takes what is not known here from its own record."""
    kept = pulumi.ResourceOptions(ignore_changes=list(recorded.unknown) or None)
    return pulumi.ResourceOptions.merge(options, kept)
