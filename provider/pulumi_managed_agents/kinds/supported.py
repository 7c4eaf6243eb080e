"""Loading a stage whose every file is of a kind that can be deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage


def load_supported(
    name: str, *, project_dir: Path, project: str, definitions: str | None = None, strict: bool = False
) -> Stage:
    """Load a stage as `stage.load` does.

    Raises:
        InputError: as there, and for files of a kind that the format has but this version does not deploy.
    """
    stage = load(name, project_dir=project_dir, project=project, definitions=definitions, strict=strict)
    unsupported = [
        Finding(one.file, 0, "", f"this version deploys {', '.join(FACTS)}; {one.kind} files are not deployed yet")
        for one in stage.definitions
        if one.kind not in FACTS
    ]
    if unsupported:
        raise InputError([*unsupported, *stage.warnings])
    return stage
