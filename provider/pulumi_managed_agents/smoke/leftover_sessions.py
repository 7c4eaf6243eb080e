"""Deleting sessions that a killed run left behind, since an environment cannot be deleted while a session uses it.

The session of a run that is still alive is idle, too, between its steps. So a session is deleted only if its process
ran on this machine and has ended, or if it is much older, by the API's own clock, than its test may take.
"""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pulumi_managed_agents.api import Client


def this_process() -> str:
    """A name for this process that does not reveal anything about the machine."""
    return f"{_machine()}/{os.getpid()}"


def has_ended(process: str) -> bool:
    """Whether a process named by `this_process` ran on this machine and has ended; False if that is not known."""
    machine, _, number = process.partition("/")
    return machine == _machine() and number.isdecimal() and no_such_process(int(number))


def no_such_process(process: int) -> bool:
    """Whether no process of this machine has that number; False if that is not known."""
    if os.name != "posix":  # on Windows os.kill would end the process
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    # Another user's process may not be signalled; that it exists is all that is asked. Metadata may name any number.
    except (OSError, OverflowError):
        return False
    return False


@cache
def _machine() -> str:
    """A digest that differs between machines, between boots, and between containers with their own PID namespaces."""
    known = [socket.gethostname(), str(uuid.getnode())]
    with suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8"))
        known.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return sha256("\n".join(known).encode()).hexdigest()[:12]


TEST, TIMEOUT, RUNNER = "smoke-test", "smoke-timeout", "smoke-runner"
"""The metadata of a smoke test's session: the test's name, its timeout in seconds, and the process that runs it."""


def session_metadata(test: str, timeout: float) -> dict[str, str]:
    """The metadata that marks a session as one of a smoke test that this process runs."""
    return {TEST: test, TIMEOUT: f"{timeout:g}", RUNNER: this_process()}


MARGIN = timedelta(minutes=10)
"""How long a run may go on after its timeout: with retried requests, and with cleaning up."""
PAGE = 100


def delete_leftovers(
    client: Client,
    agents: Iterable[str],
    labels: Mapping[str, str],
    note: Callable[[str], None],
) -> None:
    """Delete the sessions with the given agents (ids) that killed runs with these `labels` left behind.

    Only the newest page of each agent's idle sessions is read, so leftovers of a busy agent may remain. Errors of the
    API are passed to `note` as warnings.
    """
    try:
        for agent in dict.fromkeys(agents):
            page = client.sessions.page(**{"agent_id": agent, "statuses[]": "idle", "limit": PAGE})
            for session in page.get("data") or ():
                if is_leftover(session, labels, client.time):
                    client.sessions.delete(session["id"])
                    note(f"smoke {session['metadata'][TEST]}: deleted session {session['id']}, which a killed run left")
    except ManagedAgentsError as error:
        note(f"warning: whether killed runs left sessions behind is not known: {error}")


def is_leftover(session: Mapping[str, Any], labels: Mapping[str, str], now: datetime | None) -> bool:
    """Whether a session belongs to a smoke test with these labels whose run is over; `now` is by the API's clock."""
    metadata = session.get("metadata") or {}
    ours = TEST in metadata and labels.items() <= metadata.items() and session.get("status") == "idle"
    return ours and (has_ended(str(metadata.get(RUNNER))) or _is_old(session, now))


def _is_old(session: Mapping[str, Any], now: datetime | None) -> bool:
    try:
        longest = timedelta(seconds=float(session["metadata"][TIMEOUT])) + MARGIN
        return now is not None and datetime.fromisoformat(session["created_at"]) + longest < now
    except (KeyError, ValueError, TypeError):
        return False
