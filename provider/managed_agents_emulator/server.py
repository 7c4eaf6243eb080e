"""Serve the app with uvicorn on a loopback address, and stop at once on request."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

import uvicorn

from managed_agents_emulator.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.settings import Settings

_GRACE_SECONDS = 0.2


class _Server(uvicorn.Server):
    _wake: Callable[[], object] | None = None

    def __init__(self, config: uvicorn.Config, emulator: Emulator, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._emulator = emulator
        self._on_ready = on_ready
        emulator.drop_connection = self._drop_connection

    # uvicorn looks ten times a second whether it should exit; whoever stops it would have to wait for that.
    @property
    def should_exit(self) -> bool:
        return self._should_exit

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        self._should_exit = value
        if value and self._wake:
            self._wake()

    async def main_loop(self) -> None:
        stopped, loop, ticks = asyncio.Event(), asyncio.get_running_loop(), itertools.count()
        self._wake = lambda: loop.call_soon_threadsafe(stopped.set)
        while not await self.on_tick(next(ticks)):
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), 0.1)
        self._wake = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        self._emulator.streams.close()
        self._emulator.held.release()
        if tasks := list(self.server_state.tasks):
            _, slow = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            # What is slow by a fault, by its client or because it waits for something is cut off.
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)  # lets uvicorn notice that nobody is there to be answered
            for task in slow:
                task.cancel()
            if slow:
                await asyncio.wait(slow, timeout=_GRACE_SECONDS)
        await self.lifespan.shutdown()

    def _drop_connection(self, client: object) -> None:
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


def serve(settings: Settings, ready_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT, and print one line once requests are answered.

    `ready_file` holds the URL and the process id meanwhile, as JSON; when it is gone, port and data are free.

    Raises:
        OSError: the port or the data directory is in use, or a file cannot be written.
        ValueError: the script is none.
    """
    # uvicorn raises the signal that stopped it once more when it is done, and SIGTERM would kill.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _listening(settings) as listener:
        state = settings.data or "state ends with the process"
        line = f"emulator listening on {_url(listener)} ({state})\n"
        server = _server(settings, lambda: print(line, end="", flush=True))  # noqa: T201 - what a starter waits for
        with _noted(ready_file, _url(listener)) if ready_file else nullcontext():
            server.run(sockets=[listener])


@contextmanager
def _noted(ready_file: Path, url: str) -> Iterator[None]:
    """Say in a file where this process listens, for the length of the block."""
    note = json.dumps({"pid": os.getpid(), "url": url})
    try:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        draft.write_text(note, encoding="utf-8")
        draft.replace(ready_file)  # a reader never finds half of it
    except OSError as error:
        raise OSError(f"cannot write {ready_file}: {error.strerror}") from None
    try:
        yield
    finally:
        with suppress(OSError):
            # Another emulator may have been started since and announced itself in the same file.
            if ready_file.read_text(encoding="utf-8") == note:
                ready_file.unlink()


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Serve in a thread of this process for the length of the block, and give the base URL."""
    ready = threading.Event()
    with _listening(settings) as listener:
        server = _server(settings, ready.set)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        ready.wait()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


def _server(settings: Settings, on_ready: Callable[[], None]) -> _Server:
    app = create_app(settings)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):  # a request that the end of the server cuts off is no failure
            await app(scope, receive, send)

    config = uvicorn.Config(served, log_level="warning", access_log=False, timeout_keep_alive=75, ws="none")
    return _Server(config, app.state.emulator, on_ready)


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
