"""An engine's step as what it is about in our own words: kind, name, version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.events import Step

STAGE_WIDE = frozenset({"workspace", "smoke tests", "release", "proof"})
RESOURCE = "__resource"


@dataclass(frozen=True)
class Subject:
    """A managed object; `version` is empty where the kind has none, or before it is known."""

    kind: str
    name: str
    version: str


def subject_of(step: Step) -> Subject | None:
    """The managed object a step is about, or None for what only the stage as a whole needs."""
    values = step.new or step.old or {}
    about = values.get(RESOURCE) or (step.old or {}).get(RESOURCE)
    if not isinstance(about, dict) or about.get("kind") in STAGE_WIDE:
        return None
    version = values.get("version")
    return Subject(str(about["kind"]), step.name, "" if version is None else _written(version))


def _written(version: Any) -> str:
    return str(int(version)) if isinstance(version, float) else str(version)


def test_results(steps: tuple[Step, ...]) -> Mapping[str, Mapping[str, Any]]:
    """The smoke tests' results as the stage records them after these steps, by name."""
    for step in steps:
        if step.type.endswith(":SmokeTests") and not step.error:
            results = (step.new or step.old or {}).get("results")
            return results if isinstance(results, dict) else {}
    return {}
