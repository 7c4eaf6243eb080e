"""What clients asked for since the last reset, so that a test can count requests and writes."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Entry:
    """One answered request; status 0 means that the connection was dropped."""

    method: str
    path: str
    query: str
    status: int


class RequestLog:
    """Counts of all requests, and the newest ten thousand one by one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start to count anew."""
        self._entries: deque[Entry] = deque(maxlen=10_000)
        self._methods: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def add(self, entry: Entry) -> None:
        """Remember one request."""
        self._entries.append(entry)
        self._methods[entry.method] += 1
        self._statuses[entry.status] += 1

    def report(self) -> dict[str, object]:
        """The counts (`writes` are all but GET) and the list in order of arrival."""
        total = self._methods.total()
        return {
            "total": total,
            "writes": total - self._methods["GET"],
            "by_method": dict(self._methods),
            "by_status": {str(status): count for status, count in self._statuses.items()},
            "requests": [asdict(entry) for entry in self._entries],
        }
