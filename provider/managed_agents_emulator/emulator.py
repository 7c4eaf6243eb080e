"""Everything one running emulator holds, handed to each endpoint instead of globals."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from managed_agents_emulator.faults import Faults
from managed_agents_emulator.held import Held
from managed_agents_emulator.request_log import RequestLog
from managed_agents_emulator.sessions.script import Script, load_script
from managed_agents_emulator.sessions.stream import Streams
from managed_agents_emulator.settings import DEFAULT_WORKSPACE, Settings
from managed_agents_emulator.skills.vendor import add_vendor_skills
from managed_agents_emulator.store import Store
from managed_agents_emulator.switches import Switches
from managed_agents_emulator.tokens import Tokens

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Emulator:
    """The state behind one app: the store on disk, and what only lives as long as the process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scratch = None if settings.data else tempfile.TemporaryDirectory(prefix="managed-agents-emulator-")
        directory = settings.data or Path(self._scratch.name if self._scratch else "")
        directory.mkdir(parents=True, exist_ok=True)
        self.store = Store(directory)
        self.switches = Switches()
        self.faults = Faults()
        self.held = Held()
        self.log = RequestLog()
        self.script = load_script(settings.script) if settings.script else Script()
        self.streams = Streams()
        self.tokens = Tokens()
        self.turns: dict[str, asyncio.Task[None]] = {}
        for workspace in {DEFAULT_WORKSPACE, *settings.keys.values(), *settings.rules.values()}:
            with self.store.transaction():
                add_vendor_skills(self.store, workspace)
        self.drop_connection: Callable[[object], None] = lambda _client: None

    def close(self) -> None:
        """End the streams and turns and release the files."""
        self.streams.close()
        for task in self.turns.values():
            task.cancel()
        self.store.close()
        if self._scratch:
            self._scratch.cleanup()
