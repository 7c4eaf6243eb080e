"""A process's name in one word, as for a session's metadata, and whether another one on the machine is no more."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path


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
