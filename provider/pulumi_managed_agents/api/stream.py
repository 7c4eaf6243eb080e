"""A session's event stream, which one thread reads and another may end."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.answers import LONGEST_EVENT, checked, parse
from pulumi_managed_agents.api.failures import request_of, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


class EventStream:
    """The events of an open stream, as they come.

    Iterating raises httpx errors when it drops or stays silent, ValueError where an event was cut off, and `ApiError`
    where one is none of the API's.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        from httpx_sse import EventSource

        frames = EventSource(_BoundedText(self._response)).iter_sse()  # type: ignore[arg-type]  # all that it reads
        # Events are distinguished by the JSON's `type`: some servers name every frame `message`.
        return (checked(self._response, parse(frame.data)) for frame in frames if frame.data)

    def abort(self) -> None:
        """End the stream, also for a thread that waits for its next event; safe to call at any time."""
        network = self._response.extensions.get("network_stream")
        connection = network.get_extra_info("socket") if network else None
        if connection is not None:
            with suppress(OSError):  # it may be closed already
                # The plain socket's shutdown: that of a TLS socket takes the connection from under its reader.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _BoundedText:
    """A response whose text ends with an `ApiError` where one event in it has no end."""

    def __init__(self, response: httpx.Response) -> None:
        self.headers = response.headers
        self._response = response

    def iter_text(self) -> Iterator[str]:
        length = 0
        for text in self._response.iter_text():
            end = max(text.rfind("\n\n"), text.rfind("\r\r"), text.rfind("\r\n\r\n"))
            length = length + len(text) if end < 0 else len(text) - end
            if length > LONGEST_EVENT:
                raise unexpected("an event of a stream without an end", request_of(self._response), self._response)
            yield text
