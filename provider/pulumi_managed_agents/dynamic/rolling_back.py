"""The program while pins are rolled back: it declares what is recorded, whatever the files say by now.

The engine is told to touch the smoke tests, the release and some deployments only. What these refer to is declared
without content, one after the other, so that each keeps its place behind what it needs; the engine leaves it as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.outcome import Outcome
from pulumi_managed_agents.dynamic.resource import StageResource, workspace_of
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

Inputs = dict[str, Any]


def roll_back(record: str, moves: Mapping[str, Mapping[str, int]], options: pulumi.ResourceOptions) -> None:
    """Declare the resources in the JSON file `record`, such that agents serve what `moves` says.

    The file holds recorded inputs: those of `smoke_tests` and `release`, a list of `deployments`, and what stays as it
    is but has to be declared, `kept` before them in the order of its dependencies and `after` them. `options` are those
    of managed resources.
    """
    found = json.loads(Path(record).read_text(encoding="utf-8"))
    kept: list[pulumi.Resource] = [workspace_of(None)]
    for entry in found["kept"]:
        kept.append(_kept(entry, kept[-1:]))
    after = pulumi.ResourceOptions(depends_on=kept)
    smoke = _outcome("SmokeTests", {**found["smoke_tests"], "rolled_back": moves}, after)
    moved = [_deployment(one, smoke, pulumi.ResourceOptions.merge(options, after)) for one in found["deployments"]]
    last = pulumi.ResourceOptions(depends_on=moved)
    release = _outcome("Release", {**found["release"], "pins": smoke.pins}, last)
    for entry in found["after"]:
        _kept(entry, [release])
    pulumi.export("pins", release.pins)


def _kept(entry: Inputs, before: list[pulumi.Resource]) -> StageResource:
    about = entry["inputs"][RESOURCE]
    return StageResource(entry["title"], about["name"], about, {}, pulumi.ResourceOptions(depends_on=before))


def _outcome(title: str, inputs: Inputs, options: pulumi.ResourceOptions) -> Outcome:
    computed = dict.fromkeys(Outcome.__annotations__)
    about = inputs[RESOURCE]
    return Outcome(title, about["name"], about, {**computed, **_fields(inputs)}, options)


def _deployment(inputs: Inputs, smoke: Outcome, options: pulumi.ResourceOptions) -> StageResource:
    """A deployment as it is recorded, but with the version of its agent that serves."""
    agent, about = inputs["agent"], inputs[RESOURCE]
    versions = smoke.pins.apply(lambda pins: {pin["id"]: pin["version"] for pin in pins.values()})
    version = versions.apply(lambda known: known.get(agent["id"], agent["version"]))
    return StageResource(
        "Deployment", about["name"], about, {**_fields(inputs), "agent": {**agent, "version": version}}, options
    )


def _fields(inputs: Inputs) -> Inputs:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}
