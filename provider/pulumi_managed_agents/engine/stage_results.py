"""What a run's steps and a stage's state say about our own resources: objects, workspace, release, smoke tests.

Pure functions over the values of `events` and the resources that an engine returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import RESOURCE, UNNAMED
from pulumi_managed_agents.release.ledger import released_receipts
from pulumi_managed_agents.release.rollback import Released

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.engine.events import ResourceStep

STAGE_WIDE = frozenset({"workspace", "smoke tests", "release", "proof"})
"""Kinds of resources that only the stage as a whole needs."""


@dataclass(frozen=True)
class ManagedObject:
    """A managed object; `version` is empty if the kind has none, or before it is known."""

    kind: str
    name: str
    version: str


def subject_of(step: ResourceStep) -> ManagedObject | None:
    """The managed object a step is about, or None for what only the stage as a whole needs."""
    values = step.new or step.old or {}
    about = values.get(RESOURCE) or (step.old or {}).get(RESOURCE)
    if not isinstance(about, dict) or about.get("kind") in STAGE_WIDE:
        return None
    version = whole_number(values.get("version", ""))
    return ManagedObject(str(about["kind"]), qualified_name(step.urn), "" if version is None else str(version))


def whole_number(version: Any) -> Any:
    """A version without the fraction that it has from Pulumi, whose protocol has no whole numbers."""
    return int(version) if isinstance(version, float) else version


def title_of(type: str) -> str:
    """The last part of a Pulumi type: ``Agent``, ``SmokeTests``, ``Release``."""
    return type.rpartition(":")[2]


def outputs_of(resources: Iterable[Mapping[str, Any]], title: str) -> Mapping[str, Any]:
    """What the state records of the one resource with a title; nothing if there is none."""
    return next((resource["outputs"] for resource in resources if title_of(resource["type"]) == title), {})


def recorded_workspace(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """The workspace that a stage was deployed to, or None: never deployed, or to a server that names none."""
    abouts = ((resource["inputs"].get(RESOURCE) or {}, resource["outputs"]) for resource in resources)
    # A program's further providers have workspaces with longer names.
    own = (outputs for about, outputs in abouts if about.get("kind") == about.get("name") == "workspace")
    workspace = next((outputs.get("workspace") for outputs in own), None)
    return None if workspace == UNNAMED else workspace


def released_in(resources: Iterable[Mapping[str, Any]], stage: str) -> Released:
    """What the resources of a stage's state say of its release."""
    resources = list(resources)
    release = outputs_of(resources, "Release")
    agents = {
        qualified_name(resource["urn"]): resource for resource in resources if title_of(resource["type"]) == "Agent"
    }
    return Released(
        pins=release.get("pins") or {},
        applied={
            name: int(agent["outputs"]["version"]) for name, agent in agents.items() if "version" in agent["outputs"]
        },
        receipts=tuple(released_receipts(release, f"the release of stage {stage}")),
    )


def tests_of(steps: Iterable[ResourceStep]) -> Mapping[str, Any]:
    """What the stage records of its smoke tests after these steps; nothing if the run did not come to them."""
    outputs = (step.new or step.old or {} for step in steps if title_of(step.type) == "SmokeTests" and not step.error)
    return next(outputs, {})


def test_results(steps: Iterable[ResourceStep]) -> Mapping[str, Mapping[str, Any]]:
    """The smoke tests' results as the stage records them after these steps, by name."""
    results = tests_of(steps).get("results")
    return results if isinstance(results, dict) else {}


def taken_over(steps: Iterable[ResourceStep]) -> frozenset[str]:
    """The tests that these steps did not run: their results are an earlier run's, moment and session included."""
    return frozenset(
        name
        for step in steps
        if title_of(step.type) == "SmokeTests"
        for name, result in test_results([step]).items()
        if ((step.old or {}).get("results") or {}).get(name) == result
    )
