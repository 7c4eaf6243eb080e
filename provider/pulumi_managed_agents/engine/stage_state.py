"""What an engine keeps of a stage, in one read of its state: for `status` and `history`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import UNKNOWN
from pulumi_managed_agents.engine.stage_results import STAGE_WIDE, outputs_of, recorded_workspace, released_in, title_of
from pulumi_managed_agents.kinds.agent.inference import models_of
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.rollback import Released
from pulumi_managed_agents.review.stage_state import RecordedResource, StageState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.engine.open_stage import OpenStage


def state_of(opened: OpenStage) -> StageState:
    """What the engine keeps of a stage."""
    stage = opened.project.stage
    # What an up did not come to know before it failed says nothing.
    resources = [resource for resource in opened.engine.resources() if UNKNOWN not in json.dumps(resource["outputs"])]
    release = next((resource for resource in resources if title_of(resource["type"]) == "Release"), None)
    digests = (release["inputs"].get("roots") or {}) if release else {}
    ours = tuple(_deployed(resources))
    return StageState(
        stage=stage,
        resources=ours,
        workspace=recorded_workspace(resources) or "",
        released=released_in(resources, stage) if opened.has_files else _versions_of(ours),
        tests=outputs_of(resources, "SmokeTests"),
        digests={name: root["digest"] for name, root in digests.items()},
        has_release=opened.has_files,
        folder=opened.project.own_config.get("definitions", ""),
    )


def _deployed(resources: Iterable[Mapping[str, Any]]) -> Iterator[RecordedResource]:
    for resource in resources:
        about, agent = resource["inputs"].get(RESOURCE) or {}, resource["outputs"].get("agent")
        if not about or about["kind"] in STAGE_WIDE:
            continue
        yield RecordedResource(
            kind=about["kind"],
            name=qualified_name(resource["urn"]),
            id=resource["id"],
            file=about.get("file") or "",
            version=_whole(resource["outputs"].get("version")),
            agent=(about.get("uses") or {}).get("agent", ""),
            agent_version=_whole(agent.get("version")) if isinstance(agent, dict) else None,
            models=tuple(models_of(resource["inputs"])) if about["kind"] == "agent" else (),
        )


def _whole(version: Any) -> int | None:
    return version if isinstance(version, int) else None


def _versions_of(resources: Iterable[RecordedResource]) -> Released:
    """Of a Python program, which has no release, the versions applied."""
    return Released(
        applied={
            resource.name: resource.version for resource in resources if resource.kind == "agent" and resource.version
        }
    )
