"""The state of one running emulator, handed to each endpoint instead of globals."""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from managed_agents_emulator.faults import Faults, HeldRequests
from managed_agents_emulator.sessions.script import Script, load_script
from managed_agents_emulator.sessions.stream import Streams
from managed_agents_emulator.store import Store
from managed_agents_emulator.switches import Switches
from managed_agents_emulator.tokens import Tokens

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from managed_agents_emulator.settings import Settings


@dataclass(frozen=True)
class LogEntry:
    """One answered request; status 0 means that the connection was dropped."""

    method: str
    path: str
    query: str
    status: int


class RequestLog:
    """What clients asked for since the last reset: counts, and the newest ten thousand requests one by one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again with nothing."""
        self._entries: deque[LogEntry] = deque(maxlen=10_000)
        self._methods: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def add(self, entry: LogEntry) -> None:
        """Add one request."""
        self._entries.append(entry)
        self._methods[entry.method] += 1
        self._statuses[entry.status] += 1

    def report(self) -> dict[str, object]:
        """Give the counts (`writes` are all but GET) and the requests in order of arrival."""
        total = self._methods.total()
        return {
            "total": total,
            "writes": total - self._methods["GET"],
            "by_method": dict(self._methods),
            "by_status": {str(status): count for status, count in self._statuses.items()},
            "requests": [asdict(entry) for entry in self._entries],
        }


class Emulator:
    """The store on disk, and what lives only as long as the process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scratch = None if settings.data else tempfile.TemporaryDirectory(prefix="managed-agents-emulator-")
        directory = settings.data or Path(self._scratch.name if self._scratch else "")
        directory.mkdir(parents=True, exist_ok=True)
        self.store = Store(directory)
        self.switches = Switches()
        self.faults = Faults()
        self.held = HeldRequests()
        self.log = RequestLog()
        self.script = load_script(settings.script) if settings.script else Script()
        self.streams = Streams()
        self.tokens = Tokens()
        self.turns: dict[str, asyncio.Task[None]] = {}
        self.drop_connection: Callable[[object], None] = lambda _client: None

    def close(self) -> None:
        """End the streams and turns and release the files."""
        self.streams.close()
        for task in self.turns.values():
            task.cancel()
        self.store.close()
        if self._scratch:
            self._scratch.cleanup()
