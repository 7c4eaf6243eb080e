"""The examples as a newcomer runs them: against the emulator, with either engine.

What is run is the one with a program of its own. The other is what `init` writes, which all tests of commands deploy.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pulumi_managed_agents.stage.discovery import FOLDERS
from tests.command_project import COMMAND, WITHOUT_CLI

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/Pulumi.yaml"))
PROGRAM = ROOT / "examples/python-program"


def copy_of(source: Path, target: Path) -> Path:
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".managed-agents", ".venv", "__pycache__"))


class Checkout:
    """A copy of a project, with the command line as a person in it would use it."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": path, "ANTHROPIC_API_KEY": "sk-must-never-be-used"}

    def run(self, *arguments: str, python_as_it_is: bool = False) -> str:
        """Run a command that must work; what it printed.

        It is quick by what makes other tests quick, unless it is to run on Python as it is, as users' commands do.
        """
        environment = self.environment | ({"PYTHONPATH": ""} if python_as_it_is else {})
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_there_are_examples() -> None:
    """A moved folder must not turn these tests into nothing."""
    assert [path.name for path in EXAMPLES] == ["files-only", "python-program"]


@pytest.mark.parametrize(
    ("path", "engine"),
    [
        pytest.param(WITHOUT_CLI, "the trial engine", id="trial"),
        pytest.param(os.environ["PATH"], "the Pulumi CLI", id="cli", marks=pytest.mark.pulumi_cli),
    ],
)
def test_an_example_deploys_then_changes_nothing_then_is_taken_down(path: str, engine: str, tmp_path: Path) -> None:
    """The second up sends no write at all, and destroy leaves nothing behind, whatever key the environment holds.

    The first up with the CLI is on Python as it is, without what makes tests quick; the trial engine is run so by
    the test of the installed wheel.
    """
    in_full = engine == "the Pulumi CLI"
    checkout = Checkout(copy_of(PROGRAM, tmp_path / "project"), path)
    try:
        first = checkout.run("up", "dev", "--emulator", python_as_it_is=in_full)
        assert f"{engine} against the local emulator" in first
        assert "created" in first
        assert "nothing to change, 0 write requests" in checkout.run("up", "dev", "--emulator")
        assert "removed" in checkout.run("destroy", "dev", "--emulator")
    finally:
        checkout.run("emulator", "--stop")


def test_the_files_example_is_what_init_writes(tmp_path: Path) -> None:
    """The example is generated, so it cannot fall behind `managed-agents init`."""
    made = tmp_path / "files-only"
    subprocess.run([COMMAND, "init", made], check=True, capture_output=True)
    shutil.rmtree(made / "schemas")
    ignored = [".managed-agents", ".venv", "requirements.txt", "constraints.txt"]
    assert differences(filecmp.dircmp(ROOT / "examples/files-only", made, ignore=ignored)) == []


@pytest.mark.parametrize("example", [pytest.param(path, id=path.name) for path in EXAMPLES])
def test_an_example_requires_the_checkout_that_it_is_in(example: Path) -> None:
    """`pulumi install` in an example takes this version of the package, not one that was published before."""
    lock, requirement = (example / "requirements.txt").read_text(encoding="utf-8").splitlines()[:2]
    assert (example / lock.removeprefix("-c ")).resolve() == ROOT / "constraints.txt"
    path = requirement.removeprefix("-e ").removesuffix("[emulator]")
    assert (example / path).resolve() == ROOT


def differences(comparison: filecmp.dircmp[str]) -> list[str]:
    here = [*comparison.left_only, *comparison.right_only, *comparison.diff_files, *comparison.funny_files]
    return here + [name for below in comparison.subdirs.values() for name in differences(below)]


def test_every_definition_file_names_its_schema_for_editors() -> None:
    """An editor that knows the schema line helps in every file whose format allows one."""
    files = [
        path
        for folder in ("stacks", "examples", "provider/pulumi_managed_agents/templates")
        for pattern in (*(f"**/{kind}/*.*" for kind in FOLDERS.keys() | {"smoke"}), "**/*.values.yaml")
        for path in (ROOT / folder).glob(pattern)
    ]
    assert len(files) > 10
    without = [path for path in files if "# yaml-language-server: $schema=" not in path.read_text(encoding="utf-8")]
    assert without == []


@pytest.mark.pulumi_cli
@pytest.mark.parametrize("example", [pytest.param(path, id=path.name) for path in EXAMPLES])
def test_an_example_serves_as_a_template_for_pulumi_new(example: Path, tmp_path: Path) -> None:
    """`pulumi new` takes the folder, and writes a project of the given name."""
    copy_of(example, tmp_path / "template")
    (tmp_path / "made").mkdir()
    command = ["pulumi", "new", str(tmp_path / "template"), "--name", "mine", "--generate-only", "--yes", "--force"]
    environment = {**os.environ, "PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_SKIP_UPDATE_CHECK": "1"}
    subprocess.run(command, cwd=tmp_path / "made", env=environment, check=True, capture_output=True)
    assert "name: mine" in (tmp_path / "made/Pulumi.yaml").read_text(encoding="utf-8")
