"""The emulator behind a transport that calls its app directly: the same requests and answers without a network."""

from __future__ import annotations

import asyncio
import threading
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx

from managed_agents_emulator import Settings, create_app

if TYPE_CHECKING:
    from starlette.types import Message, Scope


class DirectTransport(httpx.BaseTransport):
    """Answers one request after the other; what is dropped has no answer. Faults that hold requests are not for it."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._emulator = self._app.state.emulator
        self._emulator.drop_connection = self._drop
        self._dropped = False
        self._loop = asyncio.new_event_loop()
        self._one_at_a_time = threading.Lock()

    def close(self) -> None:
        """Do nothing: the clients of many tests share it."""

    def end(self) -> None:
        """Release the emulator's state."""
        self._emulator.close()
        self._loop.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the app answer."""
        content = request.read()
        with self._one_at_a_time:
            self._dropped = False
            start, body = self._loop.run_until_complete(self._answered(_scope(request), content))
            if self._dropped:
                raise httpx.ReadError("the connection was dropped", request=request)
        headers = [(b"date", formatdate(usegmt=True).encode()), *start["headers"]]  # as a server adds it
        return httpx.Response(start["status"], headers=headers, stream=httpx.ByteStream(body))

    async def _answered(self, scope: Scope, content: bytes) -> tuple[Message, bytes]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0], b"".join(message["body"] for message in sent[1:])

    def _drop(self, client: object) -> None:
        assert client == CLIENT
        self._dropped = True


CLIENT = ("127.0.0.1", 1)


def _scope(request: httpx.Request) -> Scope:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": ("127.0.0.1", 80),
        "client": CLIENT,
    }
