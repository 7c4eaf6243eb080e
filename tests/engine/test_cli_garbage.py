"""The Pulumi CLI trades memory for time where a stage is small, and time for memory where it is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine.cli_garbage import garbage_pace
from pulumi_managed_agents.engine.project import Project, read_project

if TYPE_CHECKING:
    from pathlib import Path


def stage_of(folder: Path, files: int, place: str = "stacks/dev/agents", settings: str = "") -> Project:
    """A stage of so many files."""
    (folder / place).mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{settings}", "utf-8")
    for number in range(files):
        (folder / place / f"{number}.yaml").touch()
    return read_project(folder, "dev")


@pytest.mark.parametrize(("files", "pace"), [(1, "200"), (300, "200"), (400, "150"), (600, "100"), (1100, "70")])
def test_the_larger_a_stage_the_less_it_may_hold(tmp_path: Path, files: int, pace: str) -> None:
    """A small stage may hold what a larger one holds anyway, and is done sooner."""
    assert garbage_pace(stage_of(tmp_path, files), {}) == {"GOGC": pace}


def test_files_elsewhere_count(tmp_path: Path) -> None:
    """A stage may share its folder with others."""
    settings = "config: {managed-agents:definitions: {value: shared}}\n"
    assert garbage_pace(stage_of(tmp_path, 600, "shared/agents", settings), {}) == {"GOGC": "100"}


@pytest.mark.parametrize("environment", [{"GOGC": "50"}, {"GOMEMLIMIT": "200MiB"}])
def test_what_somebody_has_set_stays(tmp_path: Path, environment: dict[str, str]) -> None:
    """Whoever knows the machine knows better."""
    assert garbage_pace(stage_of(tmp_path, 10), environment) == {}


def test_a_program_that_declares_its_resources_is_left_alone(tmp_path: Path) -> None:
    """How many they are shows in the end."""
    assert garbage_pace(stage_of(tmp_path, 0), {}) == {}
