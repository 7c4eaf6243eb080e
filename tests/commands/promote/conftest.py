from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command_project import WITHOUT_CLI
from tests.commands.promote.promotion_project import FILES, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Stage dev with three agents, two of which share a skill, all proven; staging has only a stack file."""
    made = Project(tmp_path / "desk", tmp_path / "receipts")
    made.receipts.mkdir()
    monkeypatch.setenv("PATH", WITHOUT_CLI)
    monkeypatch.setenv("MANAGED_AGENTS_RECEIPTS", str(made.receipts))
    made.put("Pulumi.yaml", "name: desk\nruntime: python\nstackConfigDir: stacks\n")
    made.put("stacks/Pulumi.dev.yaml", "config: {}\n")
    made.put("stacks/Pulumi.staging.yaml", "config: {managed-agents:verifiedIn: dev}\n")
    made.write("dev", FILES)
    made.prove("dev")
    return made
