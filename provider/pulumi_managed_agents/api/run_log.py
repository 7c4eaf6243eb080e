"""A run as JSON lines in a file, to find out later what happened: which request, which answer, when.

Several processes append to one file: the command line, the providers it starts. A line names things (method, path,
status, request id, resource) and holds no body, no header and no query, nor a secret that somebody else put into it.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "MANAGED_AGENTS_LOG_FILE"


def log_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that the environment asks for, or None; in this folder, wherever a process goes from here."""
    named = environment.get(VARIABLE)
    return Path(named).absolute() if named else None


def append(file: Path, event: str, **fields: Any) -> None:
    """Add one line; what is None or an empty string is left out."""
    scrubber = KNOWN.scrubber(ask_sources=False)
    scrubbed = {key: scrubber.value(value) for key, value in fields.items() if value not in {None, ""}}
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": event,
        "process": os.getpid(),
        **scrubbed,
    }
    with file.open("a", encoding="utf-8") as log:
        log.write(json.dumps(line, ensure_ascii=False) + "\n")


class LoggedTransport(httpx.BaseTransport):
    """Writes a line about every try of every request that goes through it."""

    def __init__(self, inner: httpx.BaseTransport, file: Path) -> None:
        self._inner = inner
        self._file = file

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; of an event stream the answer's beginning counts."""
        began = time.monotonic()
        try:
            response = self._inner.handle_request(request)
        except httpx.HTTPError as error:
            self._note(request, began, error=type(error).__name__)
            raise
        self._note(request, began, status=response.status_code, request_id=response.headers.get("request-id"))
        return response

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()

    def _note(self, request: httpx.Request, began: float, **outcome: Any) -> None:
        seconds = round(time.monotonic() - began, 3)
        append(self._file, "request", method=request.method, path=request.url.path, seconds=seconds, **outcome)


def logged(transport: httpx.BaseTransport) -> httpx.BaseTransport:
    """The transport, with a log where the environment asks for one."""
    file = log_file()
    return LoggedTransport(transport, file) if file else transport
