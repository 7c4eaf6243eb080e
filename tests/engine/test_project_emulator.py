"""The emulator that `--emulator` starts in the background of a project."""

from __future__ import annotations

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from managed_agents_emulator import Settings, running
from tests.command_project import COMMAND, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = "rules:\n- do: [{reply: 'Scripted, and ready.'}]\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A new project, whose emulator ends with the test."""
    made = Project(tmp_path / "mine")
    made.init()
    yield made
    made.run("emulator", "--stop")


def must_be_free(project: Project) -> None:
    """Nobody uses the emulator's data."""
    with running(Settings(port=0, data=project.folder / ".managed-agents/emulator")):
        pass


def test_it_goes_on_until_it_is_stopped(project: Project) -> None:
    """Commands share it; when `--stop` returns, its data are free and nothing is noted of it."""
    assert project.run("doctor", "dev", "--emulator")[0] == 0
    url = project.url
    assert project.run("doctor", "dev", "--emulator")[0] == 0
    assert project.url == url
    assert project.output_of("emulator", "--stop") == f"stopped the emulator at {url}\n"
    must_be_free(project)
    assert project.output_of("emulator", "--stop") == "no emulator was started here\n"


def test_commands_that_begin_together_start_one(project: Project) -> None:
    """Two would write to the same data, and one of them would be known to nobody."""
    with ThreadPoolExecutor() as pool:
        codes = [done[0] for done in pool.map(lambda _: project.run("doctor", "dev", "--emulator"), range(3))]
    assert codes == [0, 0, 0]
    project.output_of("emulator", "--stop")
    must_be_free(project)


def test_one_whose_starter_was_killed_is_found(project: Project) -> None:
    """It notes itself where it is, so that the next command uses it and `--stop` ends it."""
    with project.start("doctor", "dev", "--emulator") as starter:
        while not (project.folder / ".managed-agents/emulator.log").exists():
            assert starter.poll() is None
        starter.send_signal(signal.SIGKILL)
    assert project.run("doctor", "dev", "--emulator")[0] == 0
    project.output_of("emulator", "--stop")
    must_be_free(project)


def test_a_note_of_one_that_was_killed_is_not_believed(project: Project) -> None:
    """Even where another emulator listens at that port by now: it holds somebody else's objects."""
    note = project.folder / ".managed-agents/emulator.json"
    note.parent.mkdir()
    with running(Settings(port=0)) as other:
        note.write_text(json.dumps({"pid": 1, "url": other}), encoding="utf-8")
        assert project.run("doctor", "dev", "--emulator")[0] == 0
        assert project.url != other
        project.output_of("emulator", "--stop")
        note.write_text(json.dumps({"pid": 1, "url": other}), encoding="utf-8")
        assert project.output_of("emulator", "--stop") == "the emulator had ended before\n"


def test_agents_answer_by_a_script(project: Project) -> None:
    """The script holds for the up it was given to and for what follows, until another is given."""
    (project.folder / "script.yaml").write_text(SCRIPT, encoding="utf-8")
    assert 'reply "Scripted, and ready."' in project.output_of("up", "dev", "--emulator", "--script", "script.yaml")
    assert 'reply "Scripted, and ready."' in project.output_of("smoke", "dev", "--emulator")
    (project.folder / "script.yaml").write_text(SCRIPT.replace("ready", "unwilling"), encoding="utf-8")
    assert "unwilling" in project.output_of("smoke", "dev", "--emulator", "--script", "script.yaml", code=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--script", "bad.yaml"], "--script says how the emulator's agents answer", id="no emulator"),
        pytest.param(["--emulator", "--script", "bad.yaml"], "bad.yaml: rules.0.do.0.replay: unknown field", id="bad"),
        pytest.param(["--emulator", "--script", "none.yaml"], "'none.yaml' does not exist", id="no file"),
    ],
)
def test_a_script_that_cannot_be_followed_is_refused(project: Project, options: list[str], message: str) -> None:
    """Before anything is deployed, with the file and the place."""
    (project.folder / "bad.yaml").write_text("rules: [{do: [{replay: Hello.}]}]", encoding="utf-8")
    code, output = project.run("up", "dev", *options)
    assert (code, message in output) == (2, True), output


def test_the_command_shows_every_option_of_the_server() -> None:
    """Its help is our own, and leaves nothing out that the server takes."""
    shown, taken = (
        {word.strip("[],=") for word in text.split() if word.startswith("--") and word.strip("[],=-")}
        for text in (helped("managed-agents", "emulator"), helped("python", "-m", "managed_agents_emulator"))
    )
    assert shown - taken == {"--stop", "--emulator"}
    assert taken <= shown


def helped(program: str, *arguments: str) -> str:
    command = [str(COMMAND.with_name(program)), *arguments, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
