"""What makes commands pleasant: anywhere in a project, without what goes without saying, and telling what they do."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stage `dev`, as `init` writes it, in a folder whose name is no name of a project."""
    folder = tmp_path / "my shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    refused = CliRunner().invoke(main, ["init", "."])
    assert "add `--name my-shop`" in refused.stderr
    assert CliRunner().invoke(main, ["init", ".", "--name", "my-shop"]).exit_code == 0
    return folder


@pytest.fixture
def deployed(deployed_project: Project, tmp_path: Path) -> Iterator[Project]:
    """A deployed project."""
    with Project(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def test_commands_work_below_the_project_and_without_its_only_stage(deployed: Project) -> None:
    """Files are those of where somebody types; a word that is a test's or an agent's name is no stage."""
    below = Project(deployed.folder / "stacks/dev/agents")
    assert json.loads(below.output_of("pins", "--emulator"))["agents/assistant"]["version"] == 1
    assert "agents/assistant" in below.output_of("history", "agents/assistant", "--emulator")
    code, output = below.run("--verbose", "smoke", "answers", "--emulator", "--output", "../smoke.json")
    assert code == 0
    assert "POST /v1/sessions: 200 in " in output
    assert json.loads((deployed.folder / "stacks/dev/smoke.json").read_text(encoding="utf-8"))["tests"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["status", "dve"], id="status"),
        pytest.param(["up", "dve", "--emulator"], id="up"),
        pytest.param(["smoke", "dve", "--emulator"], id="smoke"),
        pytest.param(["validate", "dve"], id="validate"),
        pytest.param(["promote", "dve", "dev"], id="promote"),
        pytest.param(["pull", "dve"], id="pull"),
    ],
)
@pytest.mark.usefixtures("project")
def test_an_unknown_stage_is_reported_in_one_wording(words: list[str]) -> None:
    """With the one that is probably meant."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "there is no stage 'dve'; did you mean 'dev'?" in result.stderr


def test_a_stage_is_asked_for_where_there_are_several(project: Path) -> None:
    """By the names that may be typed."""
    (project / "stacks/prod").mkdir()
    result = CliRunner().invoke(main, ["up"])
    assert (result.exit_code, "say which stage: dev, prod" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "begun", "completed"),
    [
        pytest.param(["smoke", "dev"], "", ["answers"], id="a test"),
        pytest.param(["promote", "dev", "dev", "--only"], "", ["agents/assistant"], id="what can be promoted"),
        pytest.param(["up", "dev", "--only"], "env", ["environments/sandbox"], id="a part of the stage"),
        pytest.param(["history", "dev"], "", ["agents/assistant"], id="an agent"),
        pytest.param(["promote"], "", ["dev"], id="where a promotion begins"),
        pytest.param(["record", "sesn_1"], "", ["dev"], id="the stage of a session"),
    ],
)
def test_what_a_stage_holds_is_completed(project: Path, words: list[str], begun: str, completed: list[str]) -> None:
    """Also from a folder below the project's."""
    os.chdir(project / "stacks/dev")
    found = BashComplete(main, {}, "managed-agents", "_X").get_completions(words, begun)
    assert [one.value for one in found] == completed
