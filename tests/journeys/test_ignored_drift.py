"""What somebody made of a live agent is not what its files say, so its tests prove nothing of these files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.command_project import Project

if TYPE_CHECKING:
    from pathlib import Path

AGENT = "agents/assistant.md"


def test_ignored_drift_is_not_proved(tmp_path: Path) -> None:
    """No receipt is made while a prompt is other than its file; once it is put back, the tests that ran again count."""
    project = Project(tmp_path / "desk")
    project.init()
    with project.served():
        project.output_of("up", "dev", "--emulator", "--yes")
        (agent,) = project.console_client().beta.agents.list()
        project.console_client().beta.agents.update(agent.id, version=agent.version, system="By hand.")
        values = project.folder / "stacks/dev.values.yaml"
        before = values.read_text("utf-8") if values.exists() else ""
        values.write_text(f"{before}\ndrift: {{ignore: {{{AGENT}: [system]}}}}\n", "utf-8")
        text = project.folder / "stacks/dev" / AGENT
        text.write_text(text.read_text("utf-8").replace("---\n", "---\nmetadata: {team: support}\n", 1), "utf-8")

        project.output_of("up", "dev", "--emulator", "--yes")
        output = project.output_of("receipts", "dev", "--emulator")
        assert "not proven as its files are now: agents/assistant" in output
        (agent,) = project.console_client().beta.agents.list()
        assert (agent.metadata["team"], agent.system) == ("support", "By hand.")

        values.write_text(before, "utf-8")
        project.output_of("up", "dev", "--emulator", "--yes")
        assert "not proven" not in project.output_of("receipts", "dev", "--emulator")

        project.environment["MANAGED_AGENTS_RETEST"] = "1"
        project.requests()
        preview = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json"))
        assert preview["stages"][0]["tests"]["due"][0]["reason"] == "MANAGED_AGENTS_RETEST asks for it"
        project.output_of("up", "dev", "--emulator", "--yes")
        assert any(one["path"] == "/v1/sessions" for one in project.requests() if one["method"] == "POST")
