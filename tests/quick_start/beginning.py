"""How the tests come to the process that runs `warm_processes`: one for all workers, as long as the tests run."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.quick_start.stand_in import PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_ALL = ("PYTHONPATH", PLACE)
ROOT = Path(__file__).parents[2]


def quick_start() -> dict[str, str]:
    """What an environment that is made from nothing needs, so that its processes start as quickly as all others."""
    return {name: os.environ[name] for name in OF_ALL if name in os.environ}


def in_full(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment whose processes are started in full, where a process's id or death is what is tested."""
    return {name: value for name, value in environment.items() if name != PLACE}


def begin_warm_processes() -> None:
    """Begin it, where the system can do that, and let every process that is started from now on know of it."""
    if not hasattr(os, "pidfd_open"):
        return
    folder = tempfile.mkdtemp()
    place = str(Path(folder, "socket"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen(1000)  # whoever comes before all is imported waits
        number = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.quick_start.warm_processes", str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[number],
            start_new_session=True,
        )
    os.environ[PLACE] = place

    @atexit.register
    def end() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(folder)
