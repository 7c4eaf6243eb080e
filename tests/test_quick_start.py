"""Processes that tests start are forked; they end as those do that are started in full."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.quick_start.beginning import in_full
from tests.quick_start.stand_in import TAKEN
from tests.quick_start.warm_processes import _received

COMMAND = [sys.executable, "-m", "pulumi_managed_agents.cli"]
SIGNALLED_AT_ITS_END = """
import os, signal, stand_in
def end(status):
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(status & 0xff)
stand_in._end_as = end
stand_in.hand_over(os.environ["LINE"])
"""
EMULATOR = [sys.executable, "-m", "managed_agents_emulator", "--port", "0"]


@pytest.mark.parametrize("words", [["--version"], ["validate", "nope"], ["validate", "--no-such-option"]])
def test_it_says_the_same_and_has_the_same_exit_code(tmp_path: Path, words: list[str]) -> None:
    """Output, errors and exit code are those of a process that is started in full."""
    forked, in_full_ = (
        subprocess.run([*COMMAND, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        for env in (dict(os.environ), in_full(os.environ))
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (in_full_.returncode, in_full_.stdout, in_full_.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_reaches_it(number: signal.Signals) -> None:
    """A signal to the process that was started ends the one that runs, which leaves its port."""
    codes = []
    for env in (dict(os.environ), in_full(os.environ)):
        with subprocess.Popen(EMULATOR, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
            assert httpx.get(f"{url}/_emulator/process", timeout=60).is_success
            process.send_signal(number)
            process.stdout.read()  # ends when nobody has it open any more
            codes.append(process.wait())
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, timeout=60)
    assert codes[0] == codes[1]


def test_a_signal_after_the_end_changes_nothing(tmp_path: Path) -> None:
    """A signal that comes when the twin has ended leaves the process its output and its exit code."""
    folder = Path(__file__).with_name("quick_start")
    script = f"import sys; sys.path.append({str(folder)!r})\n{SIGNALLED_AT_ITS_END}"
    command = [sys.executable, "-I", "-S", "-c", script]
    env = {**os.environ, "LINE": str(tmp_path / "line")}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(env["LINE"])
        listening.listen()
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            line = listening.accept()[0]
            _, streams = _received(line)
            line.shutdown(socket.SHUT_RD)
            line.sendall(TAKEN + (7 | 1 << 16).to_bytes(4, "big"))
            for stream in streams:
                os.close(stream)
            printed = process.communicate(timeout=60)[0]
        line.close()
    assert (process.returncode, printed) == (7, "")
