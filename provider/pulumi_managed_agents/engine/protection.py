"""Stages that want more than a yes: ``managed-agents:protectedStage: true``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.own_credential import own_config
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.side_effects import PROTECTED

if TYPE_CHECKING:
    from pathlib import Path


def is_protected(project_dir: Path, stage: str) -> bool:
    """Whether a stage's configuration protects it. Raises `InputError` for a value that is neither true nor false."""
    value = own_config(read_project(project_dir.resolve(), stage)).get(PROTECTED, "false")
    if value not in ("true", "false"):
        raise InputError(f"managed-agents:{PROTECTED} is '{value}'; it must be true or false")
    return value == "true"
