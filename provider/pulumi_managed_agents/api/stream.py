"""A session's event stream, which one thread reads and another may end."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


class EventStream:
    """The events of an open stream, as they come. Iterating raises httpx errors when it drops or stays silent."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        from httpx_sse import EventSource

        # Events are told apart by the JSON's `type`: some servers name every frame `message`.
        return (json.loads(frame.data) for frame in EventSource(self._response).iter_sse() if frame.data)

    def abort(self) -> None:
        """End the stream, also for a thread that waits for its next event; safe to call at any time."""
        network = self._response.extensions.get("network_stream")
        connection = network.get_extra_info("socket") if network else None
        if connection is not None:
            with suppress(OSError):  # it may be closed already
                # The plain socket's shutdown: that of a TLS socket takes the connection from under its reader.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
