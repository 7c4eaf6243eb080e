"""What a stage declares beside its definitions: its smoke tests, what they prove, and the verdict.

Versions flow through the results: the release and the deployments take the version of an agent from the smoke tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.resource import StageResource, workspace_of
from pulumi_managed_agents.dynamic.smoke_tests import NAME as SMOKE_TESTS
from pulumi_managed_agents.kinds.roster import pinned_members
from pulumi_managed_agents.receipts.issuing import as_record
from pulumi_managed_agents.smoke.pins import verdicts
from pulumi_managed_agents.smoke.stage_tests import stage_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.dynamic.resource import ManagedResource
    from pulumi_managed_agents.receipts.gate import RequireSmoke
    from pulumi_managed_agents.receipts.root import Root
    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.resolution import Applied


@dataclass(frozen=True)
class Rules:
    """What decides beside the tests which version serves: `managed-agents:requireSmoke` and `rolledBack`."""

    require_smoke: RequireSmoke
    rolled_back: Mapping[str, Mapping[str, int]]

    def may_hold_back(self, stage: Stage) -> set[str]:
        """The agents whose version may be another than the one just applied though no test of them is red."""
        agents = {one.name for one in stage.definitions if one.kind == "agent"}
        return agents if self.require_smoke == "changed" else agents & self.rolled_back.keys()


class Outcome(StageResource):
    """The smoke tests, the release or the proof of a stage."""

    agents: pulumi.Output[dict[str, Any]]
    results: pulumi.Output[dict[str, Any]]
    pins: pulumi.Output[dict[str, Any]]
    failures: pulumi.Output[list[str]]
    proved: pulumi.Output[dict[str, list[int]]]


def smoke_tests(stage: Stage, made: Mapping[str, Applied], rules: Rules) -> Outcome:
    """Run the stage's tests on what was just applied."""
    agents = {one.name: _agent(one, made[one.name]) for one in stage.definitions if one.kind == "agent"}
    return Outcome(
        "SmokeTests",
        SMOKE_TESTS,
        {**_about(stage), "kind": "smoke tests"},
        {
            "agents": agents,
            "tests": stage_tests(stage, made),
            **stage.values.smoke,
            "require_smoke": rules.require_smoke,
            "rolled_back": rules.rolled_back,
            "results": None,
            "pins": None,
            "failures": None,
            "proved": None,
        },
    )


def prove(
    stage: Stage,
    smoke: Outcome,
    roots: Mapping[str, Root],
    declared: Mapping[str, ManagedResource],
    refused: Iterable[pulumi.Output[str]],
) -> None:
    """Keep what the tests prove once all is deployed, and fail for what they do not, and for what was `refused`."""
    last = [declared[one.name] for one in stage.definitions if one.kind in ("credential", "deployment")]
    place = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
    kinds = {name: one.kind for name, one in declared.items()}
    release = Outcome(
        "Release",
        "release",
        {**_about(stage), "kind": "release", **place, "kinds": kinds},
        {
            "pins": smoke.pins,
            "agents": smoke.agents,
            "results": smoke.results.apply(verdicts),
            "roots": {name: as_record(root) for name, root in roots.items()},
        },
        pulumi.ResourceOptions(depends_on=last),
    )
    opts = pulumi.ResourceOptions(depends_on=[release])
    failures = pulumi.Output.all(smoke.failures, *refused).apply(lambda told: [*told[0], *filter(None, told[1:])])
    Outcome("Proof", "proof", {**_about(stage), "kind": "proof"}, {"failures": failures}, opts)
    pulumi.export("pins", release.pins)


def _about(stage: Stage) -> dict[str, Any]:
    return {"stage": stage.name, "workspace": workspace_of(None).workspace}


def _agent(definition: Definition, agent: Applied) -> dict[str, Any]:
    """An agent as the smoke tests know it: the version just applied, and the members that it brings into service.

    The roster is the applied one, an output: a coordinator that an up leaves out still has its earlier members.
    """
    roster: Any = getattr(agent, "multiagent", None)
    uses: Any = [] if roster is None else pulumi.Output.from_input(roster).apply(pinned_members)
    version: Any = getattr(agent, "version")  # noqa: B009 - an output
    return {"id": agent.id, "version": version, "uses": uses, "file": definition.file}
