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

PYTHON = """\
#!/bin/sh
# Stands for the Python of projects, which the Pulumi CLI asks in each run for versions, packages and its place.
case "$*" in
  --version) echo 'Python {version}' ;;
  "-m pip list "*) echo '[]' ;;
  "-m pip --version") echo 'pip 0' ;;
  "-c import sys; print(sys.executable)") echo {python} ;;
  *)
    test -S "${place}" && exec {python} -I -S -c '{hand_over}' {python} "$@"
    exec {python} "$@" ;;
esac
"""
HAND_OVER = "import sys; sys.path.append({folder!r}); import stand_in; stand_in.stand_in({socket!r}, {prefix!r})"
OF_ALL = ("PYTHONPATH", PLACE)
ROOT = Path(__file__).parents[2]


def quick_start() -> dict[str, str]:
    """What an environment that is made from nothing needs, so that its processes start as quickly as all others."""
    return {name: os.environ[name] for name in OF_ALL if name in os.environ}


def quick_environment() -> str:
    """A virtual environment for projects of the Pulumi CLI: the tests' own, except a Python that starts quickly."""
    return str(Path(os.environ[PLACE]).parent) if os.environ.get(PLACE) else sys.prefix


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
        listening.listen(1000)  # a client that comes before all is imported waits
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
    _write_python(Path(folder), place)

    @atexit.register
    def end() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _write_python(environment: Path, place: str) -> None:
    settings = {"folder": str(Path(__file__).parent), "socket": place, "prefix": sys.prefix}
    hand_over = HAND_OVER.format(**settings).replace("'", '"')
    version = sys.version.split()[0]
    python = environment / "bin/python"
    python.parent.mkdir()
    text = PYTHON.format(python=sys.executable, version=version, place=PLACE, hand_over=hand_over)
    python.write_text(text, encoding="utf-8")
    python.chmod(0o755)
    python.with_name("python3").symlink_to(python)
