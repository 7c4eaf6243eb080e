"""Processes that tests start are forked; they end as those do that are started in full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.quick_start.beginning import in_full

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "pulumi_managed_agents.cli"]
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
    """Whoever signals the process that was started has ended the one that runs, which leaves its port."""
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
