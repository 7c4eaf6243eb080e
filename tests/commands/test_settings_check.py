"""A setting of the gate that nobody would read stops every command that has to do with the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.commands.init import write_project
from pulumi_managed_agents.engine.project import read_project

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {
    "validate": ["validate", "dev"],
    "preview": ["preview", "dev"],
    "up": ["up", "dev", "--yes"],
    "drift": ["drift", "dev"],
    "destroy": ["destroy", "dev", "--yes", "--confirm-stage", "dev"],
    "smoke": ["smoke", "dev"],
    "pull": ["pull", "dev"],
    "adopt": ["adopt", "dev", "--all"],
    "orphans": ["orphans", "dev"],
    "export": ["export", "dev", "--output", "record.json"],
    "pins": ["pins", "dev"],
    "history": ["history", "dev"],
    "rollback of pins": ["rollback", "dev", "--pins"],
    "promote": ["promote", "test", "dev"],
    "receipts": ["receipts", "dev"],
    "compare": ["compare", "test", "dev"],
}
WRONG = {
    "misspelt": "config: {managed-agents:verifidIn: test}",
    "another namespace": "config: {managed_agents:verifiedIn: test}",
    "empty": "config: {managed-agents:verifiedIn: ''}",
    "outside": "managed-agents:verifiedIn: test",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settings") / "shop"
    list(write_project(folder, "minimal", "shop"))
    (folder / "stacks/test").mkdir()
    return folder


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_gate_that_nobody_reads_stops_every_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str, wrong: str
) -> None:
    """It names the file and the setting, once, as bad input, before an engine or the API is asked."""
    (project / "stacks/Pulumi.dev.yaml").write_text(f"{WRONG[wrong]}\n", encoding="utf-8")
    monkeypatch.chdir(project)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(main, COMMANDS[command])
    assert done.exit_code == 2, done.output
    assert done.output.count("stacks/Pulumi.dev.yaml") == 1, done.output
    assert "verif" in done.output


@pytest.mark.parametrize("command", ["validate", "preview", "up", "drift"])
def test_settings_that_only_pulumi_can_read_are_reported_wherever_a_gate_counts(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where no gate is seen a line says that a Pulumi environment may have one; the program of an up asks it."""
    stack_file = project / "stacks/Pulumi.dev.yaml"
    stack_file.write_text("environment: [shop/prod]\n", encoding="utf-8")
    assert "a gate in them is asked by `up` and `preview`" in read_project(project, "dev").unseen
    monkeypatch.chdir(project)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = CliRunner().invoke(main, COMMANDS[command])
    assert done.output.count("stacks/Pulumi.dev.yaml: imports Pulumi environments, which only Pulumi reads") == 1
