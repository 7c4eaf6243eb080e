"""Each failure is reported once, on standard error, whichever command meets it, and `doctor` and `up` name the same."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.commands.init import write_project
from tests.command_project import COMMAND, WITHOUT_CLI, spell_out
from tests.journeys.journey_server import KEY, Server, emulator
from tests.quick_start.beginning import quick_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Typed = Callable[..., Result]

NOWHERE = "http://127.0.0.1:9"
READING = ("preview dev", "drift dev", "pull dev")
WRITING = ("up dev --yes", "destroy dev --yes")
FAILURES = {
    "wrong key": ({"ANTHROPIC_API_KEY": "sk-wrong"}, "is not accepted; check that it is whole and not revoked"),
    "API down": ({"ANTHROPIC_BASE_URL": NOWHERE}, "Check the network, managed-agents:baseUrl and ANTHROPIC_BASE_URL"),
    "no key": ({"ANTHROPIC_API_KEY": ""}, "no credential for the API: set ANTHROPIC_API_KEY"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An emulator that takes one key."""
    with emulator(tmp_path_factory.mktemp("data"), **{KEY: "default"}) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A project whose stage was deployed there, by the trial engine."""
    folder = tmp_path_factory.mktemp("told") / "shop"
    list(write_project(folder, "minimal", "shop"))
    spell_out(folder)
    variables = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY, "PATH": WITHOUT_CLI} | quick_start()
    subprocess.run([COMMAND, "up", "dev", "--yes"], cwd=folder, env=variables, check=True, capture_output=True)
    return folder


@pytest.fixture
def run(deployed: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command in the project, with variables beside those that are right."""
    monkeypatch.chdir(deployed)
    for name, value in {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY, "PATH": WITHOUT_CLI}.items():
        monkeypatch.setenv(name, value)

    def typed(command: str, **variables: str) -> Result:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, command.split())

    return typed


@pytest.mark.parametrize("command", [*READING, *WRITING, "smoke dev"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_reported_once_on_standard_error(run: Typed, failure: str, command: str) -> None:
    """With what to do; that nothing was changed is no error, and stands at most once."""
    variables, sentence = FAILURES[failure]
    done = run(command, **variables)
    assert done.exit_code in {1, 2}, done.output
    assert done.stderr.count(sentence) == 1, done.output
    assert sentence not in done.stdout
    assert len(re.findall(r"\berror: ", done.output)) == 1, done.output
    assert done.output.count("nothing was changed") <= 1
    assert "error: nothing was changed" not in done.output
    assert "warning: warning" not in done.output


def test_a_conflict_is_reported_once_by_who_plans_and_by_who_would_write(
    run: Typed, deployed: Path, server: Server
) -> None:
    """With all values and what to type; that an up would stop, and that nothing was changed, are no errors."""
    agent = server.agents()["Assistant"]
    server.hand.beta.agents.update(agent.id, version=agent.version, system="By hand.")
    file = deployed / "stacks/dev/agents/assistant.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("briefly", "at length"), encoding="utf-8")
    try:
        for command in ("preview dev", "up dev --yes"):
            done = run(command)
            assert done.exit_code == 6, done.output
            assert done.output.count("was changed both in its file and outside Pulumi") == 1, done.output
            assert done.output.count("nothing was changed") == 1
            assert "error: nothing" not in done.output
            assert "error: an up" not in done.output
    finally:
        file.write_text(text, encoding="utf-8")


def test_a_red_test_is_reported_once_with_where_to_look(run: Typed, deployed: Path) -> None:
    """Progress has a short line for each run; expectation, session and transcript of each run stand with the error."""
    file = deployed / "stacks/dev/smoke/answers.yaml"
    text = file.read_text(encoding="utf-8")
    expecting = re.sub(r"contains: .*}", "contains: [certainly]}", text)
    file.write_text(expecting.replace("send:", "repeat: 2\nsend:"), encoding="utf-8")
    try:
        for command in ("smoke dev", "up dev --yes"):
            done = run(command)
            assert done.exit_code == 4, done.output
            assert [
                re.sub(r"[\d.]+ s", "T s", line).strip() for line in done.stdout.splitlines() if ": failed" in line
            ] == ["smoke answers: failed in T s, 0 tools, $0.01"] * 2
            assert "should contain" not in done.stdout
            sessions = re.findall(r"run \d: .*should contain .* \(session (sesn_\w+), transcript (\S+)\)", done.stderr)
            assert len({*sessions}) == 2, done.stderr
            assert all(session in transcript and done.output.count(transcript) == 1 for session, transcript in sessions)
            assert done.output.count("`managed-agents replay TRANSCRIPT` shows what happened") == 1
    finally:
        file.write_text(text, encoding="utf-8")


def test_doctor_and_up_name_all_that_is_missing_in_one_run_and_in_the_same_words(run: Typed, tmp_path: Path) -> None:
    """A virtual environment, a passphrase and a credential: nobody finds the next one missing after the first."""
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "pulumi").chmod(0o755)
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PULUMI_BACKEND_URL": "file:///nowhere", "ANTHROPIC_API_KEY": ""}
    for command in ("up dev --yes", "preview dev", "drift dev"):
        done = run(command, **given)
        assert done.exit_code == 1
        assert done.stderr.count("error: ") == 1
        lines = done.stderr.splitlines()
        assert lines[0] == "error: 3 things are missing here:"
        assert [line.split(":")[0].strip() for line in lines[1:]] == ["virtualenv", "passphrase", "credential"]
    examined = run("doctor dev", **given).stdout.splitlines()
    assert {f"BAD  {line.strip()}" for line in lines[1:]} <= {*examined}


def test_without_the_cli_only_what_the_trial_engine_needs_is_missing(run: Typed) -> None:
    """An API on this machine needs no CLI and no virtual environment; the real one needs the CLI, told with it."""
    assert "BAD" not in run("doctor dev").stdout
    given = {"ANTHROPIC_BASE_URL": "https://api.anthropic.com", "ANTHROPIC_API_KEY": ""}
    done = run("up dev --yes", **given)
    assert done.stderr.startswith("error: 2 things are missing here:\n  Pulumi CLI: not on PATH")
    assert "credential: no credential for the API" in done.stderr
