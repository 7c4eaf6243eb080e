"""Stages that want more than a yes: ``managed-agents:protectedStage: true``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.smoke.side_effects import protected

if TYPE_CHECKING:
    from pathlib import Path


def is_protected(project_dir: Path, stage: str) -> bool:
    """Whether a stage's configuration protects it. Raises `InputError` for a value that is neither true nor false."""
    return protected(read_project(project_dir.resolve(), stage).own_config)
