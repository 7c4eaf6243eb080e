"""A whole stage as Pulumi resources: the files decide, the program only declares."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic import host
from pulumi_managed_agents.dynamic.deployments import Deployment, File
from pulumi_managed_agents.dynamic.memory_stores import MemoryStore
from pulumi_managed_agents.dynamic.proven import proven_agents
from pulumi_managed_agents.dynamic.recorded import origin, properties
from pulumi_managed_agents.dynamic.resource import ManagedResource, StageResource, workspace_of
from pulumi_managed_agents.dynamic.resources import Agent, Environment, Skill
from pulumi_managed_agents.dynamic.secret_values import secret_values
from pulumi_managed_agents.dynamic.vaults import Credential, Vault
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.policy import POLICY_KEYS, policy
from pulumi_managed_agents.smoke.stage_tests import stage_tests
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.secrets import with_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.errors import Finding
    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.resolution import Applied

CLASSES: dict[str, type[ManagedResource]] = {
    one.kind: one for one in (Agent, Environment, Skill, MemoryStore, Vault, Credential, Deployment, File)
}


def deploy_stage(stage: str | None = None, *, definitions: str | None = None) -> None:
    """Declare everything in a stage's folder: its resources, its smoke tests, its release and its proof.

    Args:
        stage: The stage; the Pulumi stack's name unless given.
        definitions: The folder; `managed-agents:definitions` of the stack, or ``stacks/<stage>``, unless given.

    Every mistake in the files is logged as ``FILE:LINE: FIELD: message`` and ends the program before the first
    resource, so that nothing is called.
    """
    config = pulumi.Config("managed-agents")
    try:
        loaded = load(
            stage or pulumi.get_stack(),
            project_dir=Path.cwd(),
            project=pulumi.get_project(),
            definitions=definitions or config.get("definitions"),
        )
        removal = _removal(config)
        secrets = secret_values(loaded)
    except InputError as error:
        _log(error.findings)
        if not error.findings:
            pulumi.log.error(str(error))
        sys.exit(host.ALREADY_REPORTED)
    _log(loaded.warnings)
    declare = _Declarer(loaded, removal, secrets)
    declare.all(one for one in loaded.definitions if one.kind != "deployment")
    smoke = _smoke_tests(loaded, declare.made)
    declare.made |= proven_agents(loaded, declare.made, smoke.pins)
    deployments = declare.all(one for one in loaded.definitions if one.kind == "deployment")
    _prove(loaded, smoke, deployments)


def _log(findings: Iterable[Finding]) -> None:
    for finding in findings:
        (pulumi.log.warn if finding.severity == "warning" else pulumi.log.error)(str(finding))


def _removal(config: pulumi.Config) -> pulumi.ResourceOptions:
    """What happens to a live object whose file is removed, by Pulumi's own means; checks all of the policy.

    A gate that nothing checks yet is refused: it would be trusted.
    """
    if config.get("verifiedIn"):
        raise InputError("managed-agents:verifiedIn is set, but this version checks no receipts yet; remove it")
    choice = policy({key: config.get(key) or "" for key in POLICY_KEYS}).on_removal
    return pulumi.ResourceOptions(retain_on_delete=choice == "retain", protect=choice == "refuse")


@dataclass
class _Declarer:
    """Declares definitions one after the other; `made` is what references can lead to."""

    stage: Stage
    removal: pulumi.ResourceOptions
    secrets: Mapping[str, pulumi.Output[str]]
    made: dict[str, Applied] = field(default_factory=dict)

    def all(self, definitions: Iterable[Definition]) -> list[ManagedResource]:
        """Declare definitions, which come in dependency order."""
        declared = []
        for definition in definitions:
            declared.append(self._declare(definition))
            self.made[definition.name] = declared[-1]
        return declared

    def _declare(self, definition: Definition) -> ManagedResource:
        aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=earlier) for earlier in definition.was]
        opts = pulumi.ResourceOptions.merge(self.removal, pulumi.ResourceOptions(aliases=aliases))
        body = with_values(definition.kind, properties(definition, self.made), self.secrets.__getitem__)
        about = origin(definition, self.stage)
        return CLASSES[definition.kind].from_definition(definition.name, body, about, opts)


def _smoke_tests(stage: Stage, made: Mapping[str, Applied]) -> _Outcome:
    """Run the stage's tests on what was just applied."""
    agents = {one.name: _agent(one, made[one.name]) for one in stage.definitions if one.kind == "agent"}
    about = {"stage": stage.name, "workspace": workspace_of(None).workspace}
    return _Outcome(
        "SmokeTests",
        "smoke-tests",
        {**about, "kind": "smoke tests"},
        {
            "agents": agents,
            "tests": stage_tests(stage, made),
            **stage.values.smoke,
            "results": None,
            "pins": None,
            "failures": None,
        },
    )


def _prove(stage: Stage, smoke: _Outcome, deployments: list[ManagedResource]) -> None:
    """Keep what the tests prove once it is deployed, and fail for what they do not."""
    about = {"stage": stage.name, "workspace": workspace_of(None).workspace}
    after = pulumi.ResourceOptions(depends_on=list(deployments))
    release = _Outcome("Release", "release", {**about, "kind": "release"}, {"pins": smoke.pins}, after)
    opts = pulumi.ResourceOptions(depends_on=[release])
    _Outcome("Proof", "proof", {**about, "kind": "proof"}, {"failures": smoke.failures}, opts)
    pulumi.export("pins", release.pins)


def _agent(definition: Definition, agent: Applied) -> dict[str, Any]:
    """An agent as the smoke tests know it: the version just applied, and the agents it brings into service."""
    uses = sorted({one.target for one in definition.references if one.kind == "agent"})
    return {"id": agent.id, "version": getattr(agent, "version"), "uses": uses}  # noqa: B009 - an output


class _Outcome(StageResource):
    pins: pulumi.Output[dict[str, Any]]
    failures: pulumi.Output[list[str]]
