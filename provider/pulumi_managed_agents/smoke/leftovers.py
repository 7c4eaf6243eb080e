"""Sessions that a killed run left behind, and their end: while one refers to an environment, that cannot be deleted.

A living run's session is idle, too, between its steps. So one is ended only where its process was on this machine and
is no more, or where it is much older, by the API's own clock, than its test may take.
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
    """A name for this process, which tells nobody else about the machine."""
    return f"{_machine()}/{os.getpid()}"


def has_ended(process: str) -> bool:
    """Whether a process named by `this_process` was of this machine and is no more; False where nobody can tell."""
    machine, _, number = process.partition("/")
    return machine == _machine() and number.isdecimal() and no_such_process(int(number))


def no_such_process(process: int) -> bool:
    """Whether no process of this machine has that number."""
    if os.name != "posix":  # elsewhere the question would end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _machine() -> str:
    """What is different on every machine, since each start, and in every container that counts processes anew."""
    known = [socket.gethostname(), str(uuid.getnode())]
    with suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8"))
        known.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return sha256("\n".join(known).encode()).hexdigest()[:12]


TEST = "smoke-test"
"""The metadata of a smoke test's session that names the test."""
TIMEOUT = "smoke-timeout"
"""That which says how many seconds it may take."""
RUNNER = "smoke-runner"
"""That which names the process."""


def mark(test: str, timeout: float) -> dict[str, str]:
    """The metadata by which a session is known as a smoke test's of this process."""
    return {TEST: test, TIMEOUT: f"{timeout:g}", RUNNER: this_process()}


MARGIN = timedelta(minutes=10)
"""How long after its timeout a run may still be busy: with requests that are tried again, and with cleaning up."""
PAGE = 100


def end_left_over(
    client: Client,
    agents: Iterable[str],
    labels: Mapping[str, str],
    note: Callable[[str], None],
) -> None:
    """Delete what killed runs with these `labels` left of their sessions with agents, given by id.

    Costs one page of the newest idle sessions per agent: one that has talked a lot since then keeps its leftovers. What
    goes wrong is noted, and is no error.
    """
    try:
        for agent in dict.fromkeys(agents):
            page = client.sessions.page(**{"agent_id": agent, "statuses[]": "idle", "limit": PAGE})
            for session in page.get("data") or ():
                if is_left_over(session, labels, client.time):
                    client.sessions.delete(session["id"])
                    note(f"smoke {session['metadata'][TEST]}: deleted session {session['id']}, which a killed run left")
    except ManagedAgentsError as error:
        note(f"warning: whether killed runs left sessions behind is not known: {error}")


def is_left_over(session: Mapping[str, Any], labels: Mapping[str, str], now: datetime | None) -> bool:
    """Whether a session is a smoke test's with these labels whose run must be over; `now` is by the API's clock."""
    metadata = session.get("metadata") or {}
    ours = TEST in metadata and labels.items() <= metadata.items() and session.get("status") == "idle"
    return ours and (has_ended(str(metadata.get(RUNNER))) or _is_old(session, now))


def _is_old(session: Mapping[str, Any], now: datetime | None) -> bool:
    try:
        longest = timedelta(seconds=float(session["metadata"][TIMEOUT])) + MARGIN
        return now is not None and datetime.fromisoformat(session["created_at"]) + longest < now
    except (KeyError, ValueError, TypeError):
        return False
