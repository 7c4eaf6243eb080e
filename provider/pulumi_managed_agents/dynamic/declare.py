"""A whole stage as Pulumi resources: the files decide, the program only declares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic import host
from pulumi_managed_agents.dynamic.resource import ManagedResource, StageResource
from pulumi_managed_agents.dynamic.resources import Agent, Environment, Skill
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.policy import POLICY_KEYS, policy
from pulumi_managed_agents.kinds.supported import load_supported
from pulumi_managed_agents.smoke.stage_tests import stage_tests
from pulumi_managed_agents.stage.resolution import resolved

if TYPE_CHECKING:
    from pulumi_managed_agents.stage import Definition, Stage

CLASSES: dict[str, type[ManagedResource]] = {one.kind: one for one in (Agent, Environment, Skill)}


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
        loaded = load_supported(
            stage or pulumi.get_stack(),
            project_dir=Path.cwd(),
            project=pulumi.get_project(),
            definitions=definitions or config.get("definitions"),
        )
        removal = _removal(config)
    except InputError as error:
        for line in error.findings or (error,):
            pulumi.log.error(str(line))
        sys.exit(host.ALREADY_REPORTED)
    for warning in loaded.warnings:
        pulumi.log.warn(str(warning))
    _prove(loaded, _declare_all(loaded, removal))


def _removal(config: pulumi.Config) -> pulumi.ResourceOptions:
    """What happens to a live object whose file is removed, by Pulumi's own means; checks all of the policy."""
    choice = policy({key: config.get(key) or "" for key in POLICY_KEYS}).on_removal
    return pulumi.ResourceOptions(retain_on_delete=choice == "retain", protect=choice == "refuse")


def _declare_all(stage: Stage, removal: pulumi.ResourceOptions) -> dict[str, ManagedResource]:
    made: dict[str, ManagedResource] = {}
    for definition in stage.definitions:
        made[definition.name] = _declare(definition, made, stage, removal)
    return made


def _declare(
    definition: Definition, made: dict[str, ManagedResource], stage: Stage, removal: pulumi.ResourceOptions
) -> ManagedResource:
    about = {
        "file": definition.file,
        "ignore": list(stage.values.drift_ignore.get(definition.name, ())),
    }
    aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=earlier) for earlier in definition.was]
    opts = pulumi.ResourceOptions.merge(removal, pulumi.ResourceOptions(aliases=aliases))
    return CLASSES[definition.kind].from_definition(definition.name, _props(definition, made), about, opts)


def _props(definition: Definition, made: dict[str, ManagedResource]) -> dict[str, Any]:
    body: dict[str, Any] = resolved(definition.body, made)
    bundle = definition.bundle
    if bundle is None:
        return body
    return {**body, "directory": bundle.directory, "digest": bundle.digest, "name": bundle.name}


def _prove(stage: Stage, made: dict[str, ManagedResource]) -> None:
    """Run the stage's tests on what was just applied, keep what they prove, and fail for what they do not."""
    agents = {
        one.name: {"id": made[one.name].id, "version": getattr(made[one.name], "version")}  # noqa: B009 - an output
        for one in stage.definitions
        if one.kind == "agent"
    }
    about = {"stage": stage.name, "workspace": None}
    smoke = _Outcome(
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
    release = _Outcome("Release", "release", {"kind": "release"}, {"pins": smoke.pins})
    opts = pulumi.ResourceOptions(depends_on=[release])
    _Outcome("Proof", "proof", {"kind": "proof"}, {"failures": smoke.failures}, opts)
    pulumi.export("pins", release.pins)


class _Outcome(StageResource):
    pins: pulumi.Output[dict[str, Any]]
    failures: pulumi.Output[list[str]]
