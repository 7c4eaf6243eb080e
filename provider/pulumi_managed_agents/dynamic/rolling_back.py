"""The program while pins are rolled back: it declares what is recorded, whatever the files say by now.

The engine is told to touch the smoke tests, the release and some deployments only. What these refer to is declared
without content, one after the other, so that each keeps its place behind what it needs; the engine leaves it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.proving import Outcome
from pulumi_managed_agents.dynamic.resource import StageResource, workspace_of
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.smoke.rollback import Declaration, Recorded

Inputs = dict[str, Any]


def roll_back(
    declaration: Declaration, moves: Mapping[str, Mapping[str, int]], options: pulumi.ResourceOptions
) -> None:
    """Declare what is recorded, such that agents serve what `moves` says; `options` are those of managed resources."""
    before: list[pulumi.Resource] = [workspace_of(None)]
    for one in declaration.before:
        before.append(_unmoved(one, before[-1:]))
    after = pulumi.ResourceOptions(depends_on=before)
    smoke = _outcome(declaration.smoke_tests, {"rolled_back": moves}, after)
    moving = pulumi.ResourceOptions.merge(options, after)
    moved = [_deployment(one, smoke, moving) for one in declaration.deployments]
    last = pulumi.ResourceOptions(depends_on=moved)
    release = _outcome(declaration.release, {"pins": smoke.pins}, last)
    for one in declaration.after:
        _unmoved(one, [release])
    pulumi.export("pins", release.pins)


def _unmoved(one: Recorded, before: list[pulumi.Resource]) -> StageResource:
    about = one.inputs[RESOURCE]
    return StageResource(one.title, about["name"], about, {}, pulumi.ResourceOptions(depends_on=before))


def _outcome(one: Recorded, moved: Inputs, options: pulumi.ResourceOptions) -> Outcome:
    computed = dict.fromkeys(Outcome.__annotations__)
    about = one.inputs[RESOURCE]
    return Outcome(one.title, about["name"], about, {**computed, **_fields(one), **moved}, _keeping(one, options))


def _deployment(one: Recorded, smoke: Outcome, options: pulumi.ResourceOptions) -> StageResource:
    """A deployment as it is recorded, but with the version of its agent that serves."""
    agent, about = one.inputs["agent"], one.inputs[RESOURCE]
    versions = smoke.pins.apply(lambda pins: {pin["id"]: pin["version"] for pin in pins.values()})
    version = versions.apply(lambda known: known.get(agent["id"], agent["version"]))
    fields = {**_fields(one), "agent": {**agent, "version": version}}
    return StageResource(one.title, about["name"], about, fields, _keeping(one, options))


def _fields(one: Recorded) -> Inputs:
    return {key: value for key, value in one.inputs.items() if not key.startswith("__")}


def _keeping(one: Recorded, options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The options with which the engine takes what is not known here from its own record."""
    kept = pulumi.ResourceOptions(ignore_changes=list(one.unknown) or None)
    return pulumi.ResourceOptions.merge(options, kept)
