"""`managed-agents validate` on folders, from sub-folders, and any command in another directory."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from tests.command_project import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping

AGENT = "name: helper\nmodel: claude-opus-5\n"
BAD = "name: helper\nmodel: claude-opus-5\nskills: [../skills/gone]\n"
GONE = "agents/a.yaml:3: skills[0]: '../skills/gone' does not exist"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def validated(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; its exit code, and all that it printed."""
    result = CliRunner().invoke(main, ["validate", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory without a project, to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(here: Path) -> Path:
    """A project below it, with two stages: `dev` at fault, `prod` with its files outside of ``stacks/``."""
    write(
        here / "shop",
        {
            "Pulumi.yaml": "name: shop\nruntime: python\nstackConfigDir: stacks\n",
            "stacks/dev/agents/a.yaml": BAD,
            "stacks/Pulumi.prod.yaml": "config: {managed-agents:definitions: ../live}\n",
            "docs/x.txt": "",
        },
    )
    write(here / "live", {"agents/a.yaml.j2": "name: {{ stage }}\nmodel: claude-opus-5\n"})
    return here / "shop"


@pytest.mark.parametrize(
    "path", ["repo", "repo/agents", "repo/agents/a.yaml", "repo/agents/x", "repo/skills/s", "./repo", "repo/smoke"]
)
def test_any_folder_is_checked(here: Path, path: str) -> None:
    """No project is needed; a part of a folder stands for the whole, since its files refer to the other parts."""
    skill = "---\nname: s\ndescription: Helps.\n---\nHelp.\n"
    files = {"agents/x/notes.txt": "x", "skills/s/SKILL.md": skill, "smoke/x.txt": ""}
    write(here / "repo", {"agents/a.yaml": AGENT, **files})
    assert validated(path) == (0, "repo: 2 resources and 0 smoke tests, well formed\n")
    write(here / "repo", {"agents/a.yaml": BAD})
    code, output = validated(path)
    assert code == 2
    assert f"repo/{GONE}" in output


def test_several_folders_are_told_together(here: Path) -> None:
    """Each fault is named by its file as seen from here."""
    write(here, {"one/agents/a.yaml": BAD, "two/agents/a.yaml": BAD, "three/agents/a.yaml": AGENT})
    code, output = validated("one", "two", "three")
    assert code == 2
    assert [line.partition(":")[0] for line in output.splitlines() if "gone" in line] == [
        "one/agents/a.yaml",
        "two/agents/a.yaml",
    ]
    assert "three: 1 resource and 0 smoke tests, well formed" in output


def test_a_folder_of_stages_needs_no_project_for_its_values(here: Path) -> None:
    """Templates in ``stacks/dev`` take their values from the file beside it."""
    write(
        here / "repo/stacks",
        {"dev/agents/a.yaml.j2": "name: a\nmodel: {{ values.model }}\n", "dev.values.yaml": "values: {model: m}"},
    )
    code, output = validated("repo/stacks/dev")
    assert (code, output.splitlines()[-1]) == (0, "repo/stacks/dev: 1 resource and 0 smoke tests, well formed")


def test_a_folder_named_unlike_a_stage_is_checked(here: Path) -> None:
    """Blanks in the name of a folder are no fault."""
    write(here, {"my agents/a folder/agents/a.yaml": AGENT})
    assert validated("my agents/a folder")[0] == 0


@pytest.mark.parametrize(
    ("folder", "arguments", "faults", "checked"),
    [
        pytest.param("shop/stacks/dev/agents", (), ["a.yaml"], ["../live"], id="sub-folder"),
        pytest.param("shop/docs", ("dev",), ["../stacks/dev/agents/a.yaml"], [], id="a stage, from a sub-folder"),
        pytest.param("shop/docs", ("prod",), [], ["../live"], id="another stage"),
        pytest.param("shop", ("stacks/dev/agents",), ["stacks/dev/agents/a.yaml"], [], id="a part of a stage"),
        pytest.param(".", ("shop/stacks/dev",), ["shop/stacks/dev/agents/a.yaml"], [], id="a stage's folder"),
        pytest.param(".", ("shop",), ["shop/stacks/dev/agents/a.yaml"], ["../live"], id="the project's folder"),
        pytest.param(".", ("shop/stacks",), ["shop/stacks/dev/agents/a.yaml"], ["../live"], id="all stages"),
        pytest.param(".", ("live",), [], ["live"], id="what a stage shares, by itself"),
    ],
)
def test_a_project_is_found_from_anywhere(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    arguments: tuple[str, ...],
    faults: list[str],
    checked: list[str],
) -> None:
    """In a project's sub-folders as at its root; a folder that belongs to a stage stands for the stage."""
    monkeypatch.chdir(project.parent / folder)
    code, output = validated(*arguments)
    assert code == (2 if faults else 0)
    assert [line.partition(":")[0] for line in output.splitlines() if "gone" in line] == faults
    assert [line.partition(":")[0] for line in output.splitlines() if line.endswith("well formed")] == checked


def test_what_is_not_there_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is wrong is reported as one, a name as a stage."""
    assert validated("no/where") == (2, "error: no/where: there is no such folder or file\n")
    monkeypatch.chdir(project)
    assert "there is no stage 'dve'; did you mean 'dev'?" in validated("dve")[1]


def test_every_command_runs_in_another_directory(project: Path) -> None:
    """`-C` is for all commands, and says so where there is no such directory."""
    runner = CliRunner()
    result = runner.invoke(main, ["-C", "shop/docs", "validate", "prod"])
    assert (result.exit_code, result.output) == (0, "../live: 1 resource and 0 smoke tests, well formed\n")
    assert Path.cwd() == project / "docs"
    result = runner.invoke(main, ["-C", "nowhere", "validate"])
    assert (result.exit_code, "nowhere" in result.output) == (2, True)


def test_the_hook_for_pre_commit_checks_a_folder(here: Path) -> None:
    """What pre-commit runs is a command that there is, on the folders that its user names."""
    (hook,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    write(here, {"repo/agents/a.yaml": BAD})
    program, *arguments = shlex.split(hook["entry"])
    assert (program, hook["pass_filenames"]) == (COMMAND.name, False)
    done = subprocess.run([COMMAND, *arguments, "repo"], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"repo/{GONE}" in done.stdout + done.stderr
