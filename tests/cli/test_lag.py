"""Commands one after the other against an API whose reads lag behind its writes; by the trial engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.command_project import Project

if TYPE_CHECKING:
    from pathlib import Path

SKILL = "---\nname: notes\ndescription: Takes notes.\n---\nBe brief.\n"
pytestmark = pytest.mark.long

UNTRUE = ("changed outside", "conflict", "earlier than what was recorded")


def test_runs_that_follow_each_other_at_once_tell_nothing_untrue(deployed_project: Project, tmp_path: Path) -> None:
    """Up, up again, drift, edit, up, up again: each sees its own writes, makes nothing twice, and tells no drift."""
    with Project(deployed_project.copied_to(tmp_path / "mine")).served() as project, project.console_client() as api:
        fault = {"method": "GET", "path": "/v1/(agents|environments|skills).*", "lag_ms": 2000, "times": 100_000}
        httpx.post(f"{project.url}/_emulator/faults", json=fault, timeout=60).raise_for_status()

        def up(writes: int) -> None:
            output = project.output_of("up", "dev", "--emulator", "--yes", "--output-format", "json")
            result = json.loads(output)
            assert (result["ok"], result["write_requests"] >= writes) == (True, True)
            assert writes or {one["action"] for one in result["resources"]} == {"unchanged"}
            assert not any(word in output for word in UNTRUE)

        folder = project.folder / "stacks/dev/skills/notes"
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(SKILL, "utf-8")
        up(1)
        up(0)
        assert "no drift in 3 objects" in project.output_of("drift", "dev", "--emulator")
        project.replace("agents/assistant.md", "You answer questions", "You gladly answer questions")
        project.replace("skills/notes/SKILL.md", "Be brief.", "Be very brief.")
        up(2)
        up(0)
        assert "no drift in 3 objects" in project.output_of("drift", "dev", "--emulator")
        httpx.delete(f"{project.url}/_emulator/faults", timeout=60).raise_for_status()
        (agent,) = api.beta.agents.list()
        (skill,) = [one for one in api.beta.skills.list() if one.display_name == "notes"]
        assert agent.version == 2
        assert len(list(api.beta.skills.versions.list(skill.id))) == 2
