"""How the emulator ends: at once, whatever is open, and leaving port and data to the next."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from managed_agents_emulator import Settings, running
from tests.quick_start.beginning import in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = [str(Path(sys.executable).with_name("managed-agents")), "emulator", "--port", "0"]
HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}
FOREVER_MS = 3_600_000


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command with its state in a folder, once it listens, and its URL."""
    command = [*COMMAND, "--data", str(folder / "data"), "--ready-file", str(folder / "ready.json"), *options]
    with subprocess.Popen(
        command, env=in_full(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, next(word for word in process.stdout.readline().split() if word.startswith("http://"))
        finally:
            process.kill()


def asked_in_the_background(url: str, path: str) -> threading.Thread:
    """Somebody who asks and would wait for an hour."""

    def ask() -> None:
        with suppress(httpx.TransportError):
            httpx.get(url + path, headers=HEADERS, timeout=FOREVER_MS)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def delayed(url: str) -> Callable[[], None]:
    """A request that a fault delays."""
    httpx.post(f"{url}/_emulator/faults", json={"latency_ms": FOREVER_MS})
    thread = asked_in_the_background(url, "/v1/agents")
    while httpx.get(f"{url}/_emulator/faults").json()["faults"]:
        pass
    return thread.join


def waiting(url: str) -> Callable[[], None]:
    """Somebody who waits for requests that are held, of which there are none, and one that is held."""
    httpx.post(f"{url}/_emulator/faults", json={"hold": True, "path": "/v1/agents"})
    threads = [asked_in_the_background(url, path) for path in ("/v1/agents", "/_emulator/held?at_least=9")]
    httpx.get(f"{url}/_emulator/held?at_least=1", timeout=60)
    return lambda: in_turn(*[thread.join for thread in threads])


def unfinished(url: str) -> Callable[[], None]:
    """An upload of which the rest never comes, and a request that stops in its first line."""
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    head = "POST /v1/agents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n"
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    connections = [socket.create_connection(address) for _ in range(2)]
    connections[0].sendall(f"{head}{headers}\r\n{{".encode())
    connections[1].sendall(b"GET /v1/ag")
    return lambda: in_turn(*[connection.close for connection in connections])


def in_turn(*steps: Callable[[], object]) -> None:
    for step in steps:
        step()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("open_one", [delayed, waiting, unfinished])
def test_nothing_that_is_open_keeps_the_command_from_ending(
    tmp_path: Path, stop: signal.Signals, open_one: Callable[[str], Callable[[], None]]
) -> None:
    """It cuts off what would last for an hour, says nothing of that, and frees its port and its data."""
    with started(tmp_path) as (process, url):
        closed = open_one(url)
        process.send_signal(stop)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    closed()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    with running(Settings(port=0, data=tmp_path / "data")) as again:
        assert httpx.get(f"{again}/_emulator/health").is_success
    assert not (tmp_path / "ready.json").exists()


def test_whoever_signals_the_command_signals_the_server(tmp_path: Path) -> None:
    """There is no process in between that could be killed and leave the server behind."""
    with started(tmp_path) as (process, url):
        assert httpx.get(f"{url}/_emulator/process").json() == {"pid": process.pid}
        assert json.loads((tmp_path / "ready.json").read_text("utf-8")) == {"pid": process.pid, "url": url}
        process.kill()
        process.wait()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        with running(Settings(port=0, data=tmp_path / "data")):
            pass


def test_data_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    """A second one on the same directory ends with 3 and one line; it could overwrite what the first has written."""
    with running(Settings(port=0, data=tmp_path / "data")):
        second = subprocess.run(
            [*COMMAND, "--data", str(tmp_path / "data")], capture_output=True, text=True, check=False
        )
    assert (second.returncode, second.stderr) == (3, f"error: {tmp_path / 'data'} is in use by another emulator\n")


def test_a_ready_file_of_another_is_left_alone(tmp_path: Path) -> None:
    """A process that took it over meanwhile still needs it."""
    with started(tmp_path) as (process, _):
        (tmp_path / "ready.json").write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
        process.terminate()
        process.wait()
    assert (tmp_path / "ready.json").exists()


REFUSED = [
    pytest.param(["--data", "FILE"], "is a file", id="data in a file"),
    pytest.param(["--data", "BROKEN"], "cannot be used: file is not a database", id="broken data"),
    pytest.param(["--ready-file", "nowhere/ready.json"], "cannot write nowhere/ready.json", id="no such folder"),
    pytest.param(["--script", "/dev/zero"], "/dev/zero: not a regular file", id="an endless script"),
    pytest.param(["--script", "FILE"], "FILE: not UTF-8 text", id="a script that is no text"),
]


@pytest.mark.parametrize(("options", "reason"), REFUSED)
def test_what_cannot_be_used_is_refused_in_words(tmp_path: Path, options: list[str], reason: str) -> None:
    """No traceback, and status 2."""
    (tmp_path / "FILE").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "BROKEN").mkdir()
    (tmp_path / "BROKEN/emulator.sqlite3").write_bytes(b"not a database at all, and long enough to be seen as none" * 9)
    done = subprocess.run([*COMMAND, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
