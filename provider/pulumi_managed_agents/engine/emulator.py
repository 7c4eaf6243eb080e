"""The project's local emulator: started in the background, found again, stopped.

Whatever credential or base URL the environment and the stage's configuration hold, a run against the emulator uses
neither: `environment_for` names the emulator in a separate variable that takes precedence.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE
from pulumi_managed_agents.errors import InputError, ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httpx import Response

FOLDER = Path(".managed-agents")
NOTE = "emulator.json"
"""The file in which the project's emulator notes its URL and process id."""
COMMAND = (sys.executable, "-m", "managed_agents_emulator")
IN_USE = 3
"""What the emulator exits with where another one uses its data."""
START_SECONDS = 60.0
STOP_SECONDS = 10.0


def ensure(project: Path) -> str:
    """The URL of the project's emulator, started unless it runs.

    Raises:
        ManagedAgentsError: it is not installed, or does not start.
    """
    folder = (project / FOLDER).resolve()
    folder.mkdir(mode=0o700, exist_ok=True)
    running = _running(folder)
    return str(running["url"]) if running else _start(folder)


def stop(project: Path) -> str:
    """End the emulator that `ensure` started, if there is one, and wait until it has; what happened, in words."""
    note = project / FOLDER / NOTE
    noted = _read(note)
    if not noted:
        return "no emulator was started here"
    if not _running(note.parent):
        note.unlink(missing_ok=True)
        return "the emulator had ended before"
    url = noted["url"]
    if not isinstance(process := noted.get("pid"), int):
        return f"the emulator at {url} was not started from here; it runs on"
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not note.exists():  # the emulator removes it when port and data are free
            return f"stopped the emulator at {url}"
        time.sleep(0.02)
    raise ManagedAgentsError(f"the emulator at {url} (process {process}) was asked to stop, and has not")


def serve(arguments: Sequence[str]) -> NoReturn:
    """Become the emulator, in the foreground; signals reach it, since no process is in between."""
    _must_be_installed()
    os.execv(sys.executable, [*COMMAND, *arguments])  # noqa: S606 - a list of words, and no shell


def follow(url: str, script: Path) -> None:
    """Let the emulator's agents answer as a file says, until another is given or it ends.

    Raises:
        InputError: the file cannot be read or holds no script.
    """
    from pulumi_managed_agents.files.document import read_text

    answer = _ask(url, "script", body=read_text(script, str(script)))
    if answer.is_error:
        raise InputError(f"{script}: {answer.json()['error']}")


def environment_for(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which nothing but the emulator can be reached, and no real credential is left."""
    ours = ("ANTHROPIC_", "PULUMI_CONFIG_PASSPHRASE")
    others = {key: value for key, value in environment.items() if not key.startswith(ours)}
    return {**others, EMULATOR_VARIABLE: url, "ANTHROPIC_BASE_URL": url}


def writes(url: str) -> int:
    """How many write requests the emulator has taken since it started."""
    answer = _ask(url, "requests").json()
    return sum(request["method"] not in {"GET", "HEAD"} for request in answer["requests"])


def _start(folder: Path) -> str:
    _must_be_installed()
    log = folder / "emulator.log"
    options = ["--port", "0", "--data", str(folder / "emulator"), "--ready-file", str(folder / NOTE)]
    with log.open("wb") as output:
        process = subprocess.Popen([*COMMAND, *options], stdout=output, stderr=output, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    # Where the data is in use, another command has started an emulator meanwhile, which is about to answer.
    while time.monotonic() < deadline and process.poll() in {None, IN_USE}:
        if running := _running(folder):
            return str(running["url"])
        time.sleep(0.05)
    raise ManagedAgentsError(f"the emulator did not start; its output is in {log}")


def _running(folder: Path) -> dict[str, Any] | None:
    """The note of a project's emulator, if the process that it names answers there."""
    import httpx

    noted = _read(folder / NOTE)
    try:
        answer = _ask(noted["url"], "process") if noted else None
        pid = answer.json()["pid"] if answer and answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None
    return noted if noted and pid and noted.get("pid") in (None, pid) else None


def _ask(url: str, what: str, body: str | None = None) -> Response:
    """Ask the emulator about itself: past any proxy, and without the certificates that plain HTTP has no use for."""
    import httpx

    import pulumi_managed_agents.api  # noqa: F401 - before httpx, which is then loaded in half the time

    method = "GET" if body is None else "PUT"
    return httpx.request(method, f"{url}/_emulator/{what}", content=body, timeout=30, trust_env=False, verify=False)  # noqa: S501 - no TLS here


def _read(note: Path) -> dict[str, Any] | None:
    try:
        note_fields = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note_fields if isinstance(note_fields, dict) and isinstance(note_fields.get("url"), str) else None


def _must_be_installed() -> None:
    from importlib.util import find_spec

    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ManagedAgentsError("the emulator is not installed: pip install 'managed-agents-pulumi[emulator]'")
