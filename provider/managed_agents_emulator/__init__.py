"""A faithful local server of the Managed Agents API, for trying, testing and learning without a key or a bill.

It serves the endpoints of every kind a stage declares and of sessions, keeps its state in SQLite and listens on
loopback only. No model runs behind it: a session's agent answers by a script, or says plainly who it is and what it
was told.
"""

from __future__ import annotations

from managed_agents_emulator.app import create_app
from managed_agents_emulator.server import running, serve
from managed_agents_emulator.settings import Settings

__all__ = ["Settings", "create_app", "running", "serve"]
