from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from managed_agents_emulator import Settings, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADERS = {
    "x-api-key": "any",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "managed-agents-2026-04-01",
}
COMMAND = [sys.executable, "-m", "managed_agents_emulator", "--port", "0"]


@contextmanager
def connected(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as url, httpx.Client(base_url=url, headers=HEADERS, timeout=60) as client:
        yield client


def events(client: httpx.Client, session: str) -> list[str]:
    return [event["type"] for event in client.get(f"/v1/sessions/{session}/events").json()["data"]]


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """Objects, versions and history are there again when the emulator is started on the same data."""
    settings = Settings(port=0, data=tmp_path / "state")
    with connected(settings) as client:
        agent = client.post("/v1/agents", json={"name": "a", "model": "m"}).json()
        client.post(f"/v1/agents/{agent['id']}", json={"system": "s"})
        before = client.get("/v1/agents").json()
    with connected(settings) as client:
        assert client.get("/v1/agents").json() == before
        assert client.get(f"/v1/agents/{agent['id']}?version=1").json() == agent
        assert len(client.get("/v1/skills").json()["data"]) == 4


def test_a_restart_goes_on_with_a_running_turn(tmp_path: Path) -> None:
    """A turn that a restart interrupts is finished by the next process."""
    script = tmp_path / "script.yaml"
    script.write_text("rules:\n- do:\n  - delay_ms: 60000\n  - reply: Done.\n", encoding="utf-8")
    settings = Settings(port=0, data=tmp_path, script=script)
    with connected(settings) as client:
        agent = client.post("/v1/agents", json={"name": "a", "model": "m"}).json()
        environment = client.post("/v1/environments", json={"name": "e"}).json()
        first: Any = {"type": "user.message", "content": [{"type": "text", "text": "go"}]}
        body = {"agent": agent["id"], "environment_id": environment["id"], "initial_events": [first]}
        session = client.post("/v1/sessions", json=body).json()["id"]
        assert client.get(f"/v1/sessions/{session}").json()["status"] == "running"
    with connected(settings) as client, client.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
        history = events(client, session)
        assert "session.status_idle" in history or any("session.status_idle" in line for line in stream.iter_lines())
        assert "agent.message" in events(client, session)


def test_any_key_is_accepted_by_default() -> None:
    """Without a list of keys every key belongs to one workspace."""
    with connected(Settings(port=0)) as client:
        first = client.get("/v1/agents", headers={"x-api-key": "one"})
        second = client.get("/v1/agents", headers={"x-api-key": "two"})
    names = {answer.headers["anthropic-workspace-id"] for answer in (first, second)}
    assert names == {"wrkspc_emulator"}


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path, stop: signal.Signals) -> None:
    """It prints where it listens once it does, takes keys and a data directory, and ends quickly beside a stream."""
    command = [*COMMAND, "--data", str(tmp_path), "--key", "any=wrkspc_one", "--key", "other=wrkspc_two"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.fullmatch(r"emulator listening on (http://127\.0\.0\.1:\d+) \(.*\)\n", line)
        assert url is not None
        with httpx.Client(base_url=url[1], headers=HEADERS, timeout=60) as client:
            assert client.get("/v1/agents").headers["anthropic-workspace-id"] == "wrkspc_one"
            assert client.get("/v1/agents", headers={"x-api-key": "third"}).status_code == 401
            agent = client.post("/v1/agents", json={"name": "a", "model": "m"}).json()
            environment = client.post("/v1/environments", json={"name": "e"}).json()
            body = {"agent": agent["id"], "environment_id": environment["id"]}
            session = client.post("/v1/sessions", json=body).json()["id"]
            with client.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
                process.send_signal(stop)
                assert list(stream.iter_lines()) == []
        assert process.wait(timeout=60) == 0


REFUSED = [
    pytest.param(["--host", "0.0.0.0"], "not a loopback address", id="all addresses"),  # noqa: S104
    pytest.param(["--host", "example.com"], "not a loopback address", id="a public name"),
    pytest.param(["--script", "missing.yaml"], "missing.yaml", id="no such script"),
]


@pytest.mark.parametrize(("options", "reason"), REFUSED)
def test_the_command_refuses_with_one_line(options: list[str], reason: str) -> None:
    """What cannot be served ends with status 2 and one readable line."""
    result = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_broken_script_is_said_in_one_line(tmp_path: Path) -> None:
    """A script that makes no sense ends the command with one line that names the file and the place."""
    script = tmp_path / "script.yaml"
    script.write_text("rules:\n- do:\n  - replay: Hello.\n", encoding="utf-8")
    result = subprocess.run([*COMMAND, "--script", str(script)], capture_output=True, text=True, check=False)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert "script.yaml: rules.0.do.0" in result.stderr


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    """A port that is in use ends the command with one line that names it."""
    with running(Settings(port=0, data=tmp_path)) as url:
        port = url.rsplit(":", 1)[1]
        command = [*COMMAND, "--port", port]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert port in result.stderr
