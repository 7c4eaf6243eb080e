"""A local emulator for trying things out: started in the background, remembered, stopped again.

Whatever credential or base URL the environment and the stage's configuration hold, a run against the emulator uses
neither: `environment_for` names the emulator in a variable of its own that beats them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httpx import Response

FOLDER = Path(".managed-agents")
START_SECONDS = 60.0


def ensure(project: Path) -> str:
    """The URL of the project's emulator, started unless it runs."""
    folder = (project / FOLDER).resolve()
    folder.mkdir(mode=0o700, exist_ok=True)
    note = folder / "emulator.json"
    running = _read(note)
    if running and _answers(running["url"]):
        return str(running["url"])
    process, url = _start(folder)
    note.write_text(json.dumps({"pid": process, "url": url}), encoding="utf-8")
    return url


def stop(project: Path) -> str:
    """End the emulator that `ensure` started, if there is one; what happened, in words."""
    note = project / FOLDER / "emulator.json"
    running = _read(note)
    if not running:
        return "no emulator was started here"
    note.unlink()
    if not _answers(running["url"]):
        return "the emulator had ended before"
    if not isinstance(process := running.get("pid"), int):
        return f"the emulator at {running['url']} was not started from here; it runs on"
    os.kill(process, signal.SIGTERM)
    return f"stopped the emulator at {running['url']}"


def serve(arguments: Sequence[str]) -> int:
    """Run the emulator in the foreground; its exit code."""
    _must_be_installed()
    return subprocess.call([sys.executable, "-m", "managed_agents_emulator", *arguments])


def environment_for(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which nothing but the emulator can be reached, and no real credential is left."""
    ours = ("ANTHROPIC_", "PULUMI_CONFIG_PASSPHRASE")
    kept = {key: value for key, value in environment.items() if not key.startswith(ours)}
    return {**kept, EMULATOR_VARIABLE: url, "ANTHROPIC_BASE_URL": url}


def writes(url: str) -> int:
    """How many write requests the emulator has taken since it started."""
    answer = _ask(url, "requests").json()
    return sum(one["method"] not in {"GET", "HEAD"} for one in answer["requests"])


def _start(folder: Path) -> tuple[int, str]:
    _must_be_installed()
    log = folder / "emulator.log"
    command = [sys.executable, "-m", "managed_agents_emulator", "--port", "0", "--data", str(folder / "emulator")]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        url = _announced(log)
        if url and _answers(url):
            return process.pid, url
        time.sleep(0.05)
    raise ManagedAgentsError(f"the emulator did not start; its output is in {log}")


def _announced(log: Path) -> str:
    """The URL in the line in which the emulator says that it listens."""
    words = log.read_text(encoding="utf-8", errors="replace").split()
    return next((word for word in words if word.startswith("http://")), "")


def _answers(url: str) -> bool:
    import httpx

    try:
        return _ask(url, "health").is_success
    except httpx.HTTPError:
        return False


def _ask(url: str, what: str) -> Response:
    """Ask the emulator about itself: past any proxy, and without the certificates that plain HTTP has no use for."""
    import httpx

    import pulumi_managed_agents.api  # noqa: F401 - before httpx, which is then loaded in half the time

    return httpx.get(f"{url}/_emulator/{what}", timeout=30, trust_env=False, verify=False)  # noqa: S501 - no TLS here


def _read(note: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("url"), str) else None


def _must_be_installed() -> None:
    from importlib.util import find_spec

    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ManagedAgentsError("the emulator is not installed: pip install 'managed-agents-pulumi[emulator]'")
