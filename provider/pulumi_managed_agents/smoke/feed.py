"""A session's events, each once and in order, also across lost connections.

The API's stream sends only what happens after it was opened, and replays nothing. So every connection opens the stream
first, then lists the history, then goes on with the stream, and leaves out events it had before. A stream that drops or
falls silent is replaced by another. A thread reads, so that waiting for an event can be interrupted.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx

from pulumi_managed_agents.errors import ApiError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.stream import EventStream

Object = dict[str, Any]

CLOSE_TIMEOUT = 2.0
PAUSES = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0)  # seconds before a connection, by how many were lost in a row
LAST_EVENTS = frozenset({"session.deleted", "session.status_terminated"})


class NewEvents:
    """Filters out events that were there before; events without an id (previews of others) always pass."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def of(self, events: Iterable[Object]) -> Iterator[Object]:
        """The events that have not passed before."""
        for event in events:
            id = event.get("id")
            if id not in self._seen:
                self._seen.update([id] if id else [])
                yield event


class Feed:
    """Follows one session until it ends or `close` is called.

    `opened` is set once no event can be missed any more. `connection_error` says why the last connection was lost, and
    is empty while there is one.
    """

    def __init__(self, client: Client, session_id: str) -> None:
        self.opened = Flag()
        self.connection_error = ""
        self._client = client
        self._session_id = session_id
        self._new_events = NewEvents()
        self._queue: SimpleQueue[Object | Exception] = SimpleQueue()
        self._closed = Flag()
        self._lost_in_a_row = 0
        self._live: EventStream | None = None
        self._thread = Thread(target=self._read, name=f"feed of {session_id}", daemon=True)
        self._thread.start()

    def next(self, timeout: float) -> Object | None:
        """The next event, or None when none comes in that many seconds.

        Raises:
            ApiError: the session cannot be followed any longer.
        """
        try:
            arrived = self._queue.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(arrived, Exception):
            raise arrived
        return arrived

    def close(self) -> None:
        """Stop following, and close the connection."""
        self._closed.set()
        if self._live:
            self._live.abort()
        self._thread.join(CLOSE_TIMEOUT)

    def _read(self) -> None:
        try:
            while not self._closed.wait(PAUSES[min(self._lost_in_a_row, len(PAUSES) - 1)]):
                self._connect()
        except Exception as error:  # raised to the reader of the next event
            self._queue.put(error)
        finally:
            # A reader that waits for the stream to open must not hang if it never does.
            self.opened.set()

    def _connect(self) -> None:
        try:
            with self._client.sessions.stream(self._session_id) as live:
                self._live = live  # set before `_forward` checks `_closed`, so that `close` cannot miss it
                # The stream has only what happens from now on; the list has what happened before it, or while there
                # was none.
                self._forward(self._client.sessions.events(self._session_id))
                self.opened.set()
                self.connection_error = ""
                self._forward(live)
            reason = "the stream ended"
        except ApiError as error:
            # It will be refused again: the session is gone, or the credential may not read it.
            if error.status < 500:
                raise
            reason = str(error)
        except httpx.ReadTimeout:
            return  # a long tool call, or a connection that died unnoticed: look again
        except (httpx.HTTPError, Unreachable, ValueError) as error:
            reason = str(error) or type(error).__name__
        self.connection_error = reason
        self._lost_in_a_row += 1

    def _forward(self, events: Iterable[Object]) -> None:
        if self._closed.is_set():
            return
        for event in self._new_events.of(events):
            if event.get("type") == "error":
                raise ValueError(f"the stream broke off: {event.get('error')}")
            if self._closed.is_set():
                return
            self._lost_in_a_row = 0
            if event.get("type") in LAST_EVENTS:
                self._closed.set()
            self._queue.put(event)
