"""Commands as a person would type them next, called the way this one was."""

from __future__ import annotations

import sys


def typed(command: str, *, emulator: bool) -> str:
    """A command of ours to type next: ``.venv/bin/managed-agents up dev --emulator``."""
    program = sys.argv[0] if sys.argv[0].startswith(".") else "managed-agents"
    return f"{program} {command}" + (" --emulator" if emulator else "")
