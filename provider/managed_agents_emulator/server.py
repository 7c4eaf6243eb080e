"""Serving the app with uvicorn on a loopback address, and stopping it without waiting for open streams."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from managed_agents_emulator.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.settings import Settings


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, emulator: Emulator) -> None:
        super().__init__(config)
        self._emulator = emulator
        self.ready = threading.Event()
        emulator.drop_connection = self._drop_connection

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Open event streams and held requests would keep their connections, and so the process, alive.
        self._emulator.streams.close()
        self._emulator.held.release()
        await super().shutdown(sockets)

    def _drop_connection(self, client: object) -> None:
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; prints one line once connections are accepted.

    Raises `OSError` where the port is taken.
    """
    # uvicorn raises the signal that stopped it once more when it is done, and SIGTERM would kill.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _listening(settings) as listener:
        server = _server(settings)
        threading.Thread(target=_announce, args=(server, settings, listener), daemon=True).start()
        server.run(sockets=[listener])


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Serve in a thread of this process for the length of the block, and give the base URL."""
    with _listening(settings) as listener:
        server = _server(settings)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        server.ready.wait()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


def _server(settings: Settings) -> _Server:
    app = create_app(settings)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_keep_alive=75, timeout_graceful_shutdown=1, ws="none"
    )
    return _Server(config, app.state.emulator)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise OSError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
        listener.listen(2048)
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(server: _Server, settings: Settings, listener: socket.socket) -> None:
    server.ready.wait()
    state = settings.data or "state ends with the process"
    sys.stdout.write(f"emulator listening on {_url(listener)} ({state})\n")
    sys.stdout.flush()
