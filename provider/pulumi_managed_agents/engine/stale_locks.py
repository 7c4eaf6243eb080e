"""Locks of killed runs on the state that the Pulumi CLI keeps for the emulator.

The CLI cannot tell whether a lock's holder lives, and `pulumi cancel`, which it proposes, does not look there. The
state is on this machine, so that the process can be asked for.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from pulumi_managed_agents.smoke.process_name import no_such_process

if TYPE_CHECKING:
    from pathlib import Path


def release(state: Path, stage: str) -> None:
    """Take away a stage's locks whose process is no more; those of another machine stay."""
    for lock in state.glob(f".pulumi/locks/**/{stage}/*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            holder = json.loads(lock.read_text(encoding="utf-8"))
            if holder["hostname"] == socket.gethostname() and no_such_process(holder["pid"]):
                lock.unlink()
