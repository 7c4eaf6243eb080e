"""A server of the same API that names no workspace, as self-hosted ones do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from tests.command_project import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stage_lives_on_a_server_that_names_no_workspace(tmp_path: Path) -> None:
    """Deployed, deployed again without a write, and edits made there are drift; `doctor` says what it lacks."""
    project = Project(tmp_path / "mine")
    project.init()
    with project.served():
        httpx.put(f"{project.url}/_emulator/switches", json={"workspace_header": "absent"}).raise_for_status()
        headers = httpx.get(
            f"{project.url}/v1/models", headers={"x-api-key": "k", "anthropic-version": "2026-10-21"}
        ).headers
        assert {"anthropic-workspace-id", "anthropic-organization-id"}.isdisjoint(headers)
        assert "2 created" in project.output_of("up", "dev", "--emulator", "--yes")
        project.requests()
        assert "nothing to change, 0 write requests" in project.output_of("up", "dev", "--emulator", "--yes")
        checks = json.loads(project.output_of("doctor", "dev", "--emulator", "--output-format", "json"))["checks"]
        assert any("a workspace that it does not name" in one["detail"] for one in checks)
        agent = project.console_client().beta.agents.list().data[0]
        project.console_client().beta.agents.update(agent.id, version=agent.version, description="By hand.")
        assert '"By hand."' in project.output_of("drift", "dev", "--emulator", code=5)
