"""`managed-agents` and single sessions, with the trial engine and the emulator: reports, replays, Ctrl-C."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLOW = "rules: [{match: {message: ready}, do: [{reply: Working.}, {delay_ms: 600000}, {reply: Done.}]}]"
TRANSCRIPTS = ".managed-agents/transcripts/dev"


class Talking(Project):
    """A deployed project with one agent and one smoke test."""

    def script(self, text: str) -> None:
        """Say how agents answer from now on."""
        httpx.put(f"{self.url}/_emulator/script", content=text, timeout=60).raise_for_status()

    def sessions(self) -> set[str]:
        """All sessions that exist, archived ones included."""
        with self.console_client() as client:
            return {session.id for session in client.beta.sessions.list(include_archived=True)}

    def talk(self, text: str) -> str:
        """Have a session with the agent, and wait for its end; the session's id."""
        with self.console_client() as client:
            agent, environment = next(iter(client.beta.agents.list())), next(iter(client.beta.environments.list()))
            session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id)
            message = {"type": "user.message", "content": [{"type": "text", "text": text}]}
            with client.beta.sessions.events.stream(session.id) as events:
                client.beta.sessions.events.send(session.id, events=[message])  # type: ignore[list-item]
                next(event for event in events if event.type == "session.status_idle")
            return session.id


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Talking]:
    """A copy for each test, to do with as it likes."""
    with Talking(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def test_results_are_written_as_junit_by_up_and_by_smoke(project: Talking) -> None:
    """A pipeline shows what ran, and apart from it what still holds from before; also where nothing had to run."""
    assert project.run("up", "dev", "--emulator", "--junit", "reports/again.xml")[0] == 0
    assert project.run("smoke", "dev", "answers", "--emulator", "--junit", "reports/smoke.xml")[0] == 0
    reports = [ET.parse(project.folder / f"reports/{name}.xml").getroot() for name in ("up", "again", "smoke")]  # noqa: S314
    ran = [[(suite.attrib["name"], suite.attrib["tests"]) for suite in report] for report in reports]
    earlier = [("smoke.dev", "0"), ("smoke.dev, results of earlier runs", "1")]
    assert ran == [[("smoke.dev", "1")], earlier, [("smoke.dev", "1")]]


def test_tests_beyond_the_budget_of_the_stage_are_refused(project: Talking) -> None:
    """What a run may cost at most is added up before its first session."""
    (project.folder / "stacks/dev.values.yaml").write_text("smoke: {budget_usd: 0.05}\n", encoding="utf-8")
    before = project.sessions()
    code, output = project.run("smoke", "dev", "--emulator")
    assert (code, "may cost $0.10, more than smoke.budget_usd" in output) == (7, True), output
    assert project.sessions() == before


def test_a_replay_exits_with_4_when_an_assertion_does_not_hold(project: Talking) -> None:
    """A recorded session is shown and judged without any server."""
    transcript = str(next((project.folder / TRANSCRIPTS).glob("*.jsonl")))
    code, output = project.run("replay", transcript)
    assert (code, "every assertion holds" in output) == (0, True), output
    project.environment |= {"TTY_COMPATIBLE": "1", "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "50"}
    narrow = project.run("replay", transcript)[1]
    assert max(map(len, narrow.splitlines())) <= 50  # broken between words
    assert narrow.split() == output.split()
    test = project.folder / "stacks/dev/smoke/answers.yaml"
    edited = project.folder / "edited.yaml"
    edited.write_text(test.read_text("utf-8").replace("contains: [ready]", "contains: [impossible]"), "utf-8")
    code, output = project.run("replay", transcript, "--test", str(edited))
    assert (code, 'reply should contain "impossible"' in output) == (4, True), output


def test_a_replay_renders_a_template_with_the_values_of_the_session_s_stage(project: Talking) -> None:
    """A test that is a template is worked on offline as well; one from elsewhere has no values, and says so."""
    transcript = str(next((project.folder / TRANSCRIPTS).glob("*.jsonl")))
    stacks = project.folder / "stacks"
    text = (stacks / "dev/smoke/answers.yaml").read_text("utf-8").replace("[ready]", '["{{ values.word }}"]')
    (stacks / "dev/smoke/draft.yaml.j2").write_text(text, "utf-8")
    (project.folder / "elsewhere.yaml.j2").write_text(text, "utf-8")
    (stacks / "dev.values.yaml").write_text("values: {word: impossible}\n", "utf-8")
    code, output = project.run("replay", transcript, "--test", "stacks/dev/smoke/draft.yaml.j2")
    refused = project.run("replay", transcript, "--test", "elsewhere.yaml.j2")
    assert (code, 'reply should contain "impossible"' in output) == (4, True), output
    reason = "the session is one of stage dev, and only a template in stacks/dev is given that stage's values"
    assert refused == (2, f"error: elsewhere.yaml.j2: {reason}\n")


def test_a_session_is_explained_and_made_a_test_of(project: Talking) -> None:
    """From a session's id to its agent, version and standing, and to a test file that is never written twice."""
    transcript = next((project.folder / TRANSCRIPTS).glob("answers-sesn_*.jsonl"))
    code, output = project.run("explain", transcript.stem.removeprefix("answers-"), "--emulator")
    assert (code, f"`managed-agents replay {TRANSCRIPTS}/{transcript.name}` shows it" in output) == (2, True), output
    session = project.talk("What can you do? sk-ant-api03-canarycanary")
    code, output = project.run("explain", session, "--emulator")
    assert f"Next: `managed-agents record {session} dev --emulator` makes" in output
    assert (code, "agent agents/assistant, version 1" in output) == (0, True), output
    assert "stage dev: this version serves" in output
    recording = ("record", session, "dev", "--output", "abilities.yaml", "--emulator")
    assert project.run(*recording)[0] == 0
    file = project.folder / "stacks/dev/smoke/abilities.yaml"
    text = file.read_text(encoding="utf-8")
    assert "canarycanary" not in text
    code, output = project.run(*recording)
    assert (code, "exists, and is left as it is" in output) == (2, True), output
    assert project.run("smoke", "dev", "abilities", "--emulator")[0] == 0


def test_a_stage_that_spares_its_objects_is_not_taken_down(project: Talking) -> None:
    """It is refused at once, with what it is about, and not by an engine's failure half way."""
    config = project.folder / "stacks/Pulumi.dev.yaml"
    config.write_text("config: {managed-agents:onRemoval: refuse}\n", encoding="utf-8")
    project.requests()
    code, output = project.run("destroy", "dev", "--emulator")
    assert (code, "agent agents/assistant: refused (managed-agents:onRemoval is 'refuse'" in output) == (7, True)
    assert project.requests() == []


@pytest.mark.parametrize(
    ("arguments", "edit"),
    [pytest.param(["smoke", "dev"], "", id="smoke"), pytest.param(["up", "dev"], "\nBe quick.\n", id="up")],
)
def test_ctrl_c_leaves_no_session_behind(project: Talking, arguments: list[str], edit: str) -> None:
    """Sessions are interrupted and deleted, and the command ends by itself, without a traceback."""
    before = project.sessions()
    project.script(SLOW)
    with (project.folder / "stacks/dev/agents/assistant.md").open("a", encoding="utf-8") as file:
        file.write(edit)
    with project.start(*arguments, "--emulator") as process:
        assert process.stdout
        assert any("Working." in line for line in process.stdout), "it ended before the agent had said anything"
        os.killpg(process.pid, signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "Traceback" not in rest
    assert project.sessions() == before
