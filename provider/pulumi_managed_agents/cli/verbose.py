"""`managed-agents --verbose`: what the run's log says, on standard error while it happens."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from pulumi_managed_agents.words import harmless

INTERVAL = 0.1
"""Seconds between two looks at the log."""


def follow_log(context: click.Context, _option: click.Parameter, verbose: bool) -> None:
    """Show what this process and those it starts write into the log, until the command ends."""
    if not verbose:
        return
    import tempfile

    from pulumi_managed_agents.api.run_log import VARIABLE

    # A command's own --log-file takes the place of this one.
    folder = tempfile.TemporaryDirectory(prefix="managed-agents-log-")
    os.environ.setdefault(VARIABLE, str(Path(folder.name, "run.jsonl")))
    known = _size(os.environ[VARIABLE])
    ended = threading.Event()

    def follow() -> None:
        place, shown = os.environ[VARIABLE], known
        while True:
            is_last = ended.wait(INTERVAL)
            if os.environ[VARIABLE] != place:
                place, shown = os.environ[VARIABLE], 0
            shown += _show(place, shown)
            if is_last:
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()
        folder.cleanup()

    context.call_on_close(end)


VERBOSE = click.option(
    "--verbose",
    "-v",
    is_flag=True,
    expose_value=False,
    callback=follow_log,
    help="Tell each step and each request as it happens, on standard error; no bodies, no secrets.",
)


def _size(file: str) -> int:
    with suppress(OSError):
        return Path(file).stat().st_size
    return 0


def _show(file: str, shown: int) -> int:
    """Show the whole lines behind the first `shown` bytes; how many bytes these are."""
    try:
        with Path(file).open("rb") as log:
            log.seek(shown)
            new = log.read()
    except OSError:
        return 0
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.decode("utf-8", "replace").splitlines():
        with suppress(ValueError):
            click.echo(harmless(f"  · {_line(json.loads(line))}"), err=True)
    return len(whole)


def _line(line: dict[str, Any]) -> str:
    moment = str(line.pop("time", ""))[11:23]
    event = line.pop("event", "")
    line.pop("process", None)
    if event == "request":
        outcome = line.get("status") or line.get("error")
        named = f" ({line['request_id']})" if line.get("request_id") else ""
        return f"{moment} {line.get('method')} {line.get('path')}: {outcome} in {line.get('seconds')} s{named}"
    return " ".join([moment, f"{event}:", *(f"{key}={value}" for key, value in line.items())])
