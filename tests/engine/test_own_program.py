"""The program of a stage of files runs in the process of the command, where nobody could tell the difference."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from pulumi_managed_agents import one_command
from pulumi_managed_agents.engine.own_program import own_program, running_here
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.stage import load
from tests.command_project import Project
from tests.quick_start.beginning import in_full

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
OURS = f"{{name: python, options: {{toolchain: pip, virtualenv: '{sys.prefix}'}}}}"
AGENT = "name: Desk {number}\nmodel: claude-haiku-5-5\n"
ASKS_THE_CLI = """\
#!/bin/sh
echo "$*" >> {log}
PATH={path} exec pulumi "$@"
"""


@pytest.mark.parametrize(
    ("runtime", "program", "backend", "here"),
    [
        pytest.param(OURS, PLAIN, "file:///states", True, id="a stage of files"),
        pytest.param(OURS, f"import pulumi\n{PLAIN}", "file:///states", False, id="a program of one's own"),
        pytest.param(OURS, PLAIN, "https://api.pulumi.com", False, id="Pulumi Cloud"),
        pytest.param("python", PLAIN, "file:///states", False, id="no virtual environment"),
        pytest.param("nodejs", PLAIN, "file:///states", False, id="no Python"),
        pytest.param("{name: python, options: {virtualenv: .venv}}", PLAIN, "file:///states", False, id="another one"),
        pytest.param(OURS.replace("pip", "uv"), PLAIN, "file:///states", False, id="another toolchain"),
        pytest.param(OURS.replace("toolchain: pip", "typechecker: mypy"), PLAIN, "file:///s", False, id="type checks"),
    ],
)
def test_only_a_program_that_would_do_the_same_in_its_own_process_runs_here(
    tmp_path: Path, runtime: str, program: str, backend: str, *, here: bool
) -> None:
    """What else a program does, or runs on, or what Pulumi Cloud keeps of it, needs the process that Pulumi makes."""
    (tmp_path / "stacks/dev").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\nstackConfigDir: stacks\n", "utf-8")
    (tmp_path / "__main__.py").write_text(program, "utf-8")
    environment, project = {"PULUMI_BACKEND_URL": backend}, read_project(tmp_path, "dev")
    assert own_program(project, environment, emulator=False) == (tmp_path.resolve() if here else None)


def test_a_process_runs_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first leaves behind must not decide about the second; and a process that goes on runs none."""
    monkeypatch.setattr(one_command, "_free", False)
    assert not one_command.may_run_a_program()
    one_command.begin()
    assert [one_command.may_run_a_program() for _ in range(2)] == [True, False]


def test_a_program_finds_its_folder_and_its_variables_and_leaves_neither_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads its files from there, and a command goes on where it was, also after a program that failed."""
    monkeypatch.setenv("STAYS", "as it was")
    folder, seen = tmp_path / "program", tmp_path / "seen"
    folder.mkdir()
    telling = "json.dumps([os.getcwd(), dict(os.environ)])"
    writing = f"import json, os, pathlib\npathlib.Path({str(seen)!r}).write_text({telling})\n"
    (folder / "__main__.py").write_text(f"{writing}raise KeyError\n", "utf-8")
    before = dict(os.environ), Path.cwd()
    with running_here(folder, {"STAYS": "changed", "NEW": "1"}) as program, pytest.raises(KeyError):
        program()
    at, variables = json.loads(seen.read_text("utf-8"))
    assert (at, variables["STAYS"], variables["NEW"]) == (str(folder), "changed", "1")
    assert variables["PULUMI_PYTHON_CMD"] == sys.executable
    assert (dict(os.environ), Path.cwd()) == before
    assert not one_command.a_program_is_running()


READS_TWICE = """\
from pathlib import Path
from pulumi_managed_agents.stage import load

read = [load("dev", project_dir=Path.cwd(), project="shop") for _ in range(2)]
Path("seen").write_text(str([id(stage) for stage in read]))
"""


@pytest.mark.parametrize(
    ("config", "first"),
    [
        pytest.param({}, True, id="the same"),
        pytest.param({"onDrift": "fail"}, True, id="with a setting that files are not read by"),
        pytest.param({"verifiedIn": "test"}, False, id="behind a gate"),
    ],
)
def test_a_program_gets_the_files_as_its_command_has_read_them(
    tmp_path: Path, config: dict[str, str], *, first: bool
) -> None:
    """Once, and only if it asks for what the command has asked for; whoever else asks reads them anew."""
    (tmp_path / "stacks/dev/agents").mkdir(parents=True)
    (tmp_path / "stacks/dev/agents/desk.yaml").write_text(AGENT.format(number=1), "utf-8")
    (tmp_path / "__main__.py").write_text(READS_TWICE, "utf-8")
    earlier, latest = (load("dev", project_dir=tmp_path, project="shop", config=config) for _ in range(2))
    with running_here(tmp_path, {}) as program:
        program()
    seen = json.loads((tmp_path / "seen").read_text("utf-8"))
    assert [stage == id(latest) for stage in seen] == [first, False]
    assert id(earlier) not in {id(latest), *seen}


class Watched(Project):
    """A project of a few agents, and what the CLI is started with in it."""

    @classmethod
    def made_in(cls, folder: Path) -> Watched:
        """Make it."""
        wrapper, log = folder / "bin/pulumi", folder / "started"
        wrapper.parent.mkdir()
        wrapper.write_text(ASKS_THE_CLI.format(log=log, path=os.environ["PATH"]), "utf-8")
        wrapper.chmod(0o755)
        made = cls(folder / "mine", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
        made.init()
        made.spell_out()
        for number in range(8):
            made.agent(number).parent.mkdir(exist_ok=True)
            made.agent(number).write_text(AGENT.format(number=number), "utf-8")
        return made

    def agent(self, number: int) -> Path:
        """The file of an agent."""
        return self.folder / f"stacks/dev/agents/desk-{number}.yaml"

    def inline(self) -> list[bool]:
        """Of each run of the engine since the last question, whether its program ran in the process of the command."""
        log = self.folder.parent / "started"
        lines = log.read_text("utf-8").splitlines()
        log.unlink()
        return ["--client=" in line for line in lines if "--event-log" in line]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Watched]:
    with Watched.made_in(tmp_path).served() as made:
        yield made


@pytest.mark.pulumi_cli
def test_the_command_runs_the_program_itself(project: Watched) -> None:
    """To start one more process, which asks pip twice, takes a fifth of a preview; a second run has its own again."""
    project.output_of("up", "dev", "--emulator", "--yes")
    assert project.inline() == [True]
    assert "nothing to change" in project.output_of("preview", "dev", "--emulator")
    assert project.inline() == [True]
    (project.folder / "__main__.py").write_text(f"import json\n{PLAIN}", "utf-8")
    assert "nothing to change" in project.output_of("preview", "dev", "--emulator")
    assert project.inline() == [False]


@pytest.mark.pulumi_cli
def test_a_program_that_refuses_says_why_and_nothing_else(project: Watched) -> None:
    """It has no exit code of its own to say that it has told all, and what stands in for that tells nobody anything."""
    project.output_of("up", "dev", "--emulator", "--yes")
    for number in range(1, 8):
        project.agent(number).unlink()
    code, printed = project.run("up", "dev", "--emulator", "--yes")
    errors = [line for line in printed.splitlines() if "error" in line]
    assert (code, len(errors)) == (7, 1), printed
    assert "would be removed (agents/desk-1, " in errors[0]


@pytest.mark.pulumi_cli
def test_a_setting_that_only_the_engine_hands_over_is_judged_all_the_same(project: Watched) -> None:
    """A gate that is misspelt where only Pulumi reads it, as in an imported environment, must not be no gate."""
    project.environment["PULUMI_OPTION_CONFIG"] = "managed-agents:verifedIn=staging"
    code, printed = project.run("up", "dev", "--emulator", "--yes")
    assert code != 0, printed
    assert "verifedIn" in printed


@pytest.mark.pulumi_cli
def test_ctrl_c_waits_for_no_answer_that_the_program_waits_for(project: Watched) -> None:
    """The process that runs the program ends with its run; a thread that is left would ask the API again and again."""
    project.output_of("up", "dev", "--emulator", "--yes")
    project.requests()
    fault = {"method": "GET", "path": "/v1/agents", "hold": True, "times": 1000}
    httpx.post(f"{project.url}/_emulator/faults", json=fault, timeout=60).raise_for_status()
    project.environment = in_full(project.environment)
    with project.start("up", "dev", "--emulator", "--yes") as process:
        httpx.get(f"{project.url}/_emulator/held", params={"at_least": 1}, timeout=60).raise_for_status()
        os.killpg(process.pid, signal.SIGINT)
        printed = process.communicate()[0]
    assert process.returncode == 1, printed
    assert "cancelled" in printed
    assert [one["path"] for one in project.requests()].count("/v1/agents") == 1
