"""Workarounds for how Pulumi's Python host shows failures and handles interruption (measured with SDK 3.260 to 3.272).

Each is guarded: where the SDK has changed, it does not apply, and only the noise comes back.

* A provider's exception reaches the user as a traceback; for errors of ours the message is all there is to say, and for
  a defect of ours one line will do that holds no secret.
* A provider process answers four calls at a time; agents are waited for, not computed, so that more pays.
* Of a diff's arguments and results the SDK passes on only a part: see `diff_call`.
* The engine's cancel signal is a call that the SDK ignores, and that waits behind the running ones.
* An engine that is killed leaves its providers behind, which would go on to write beside the next run.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.provider import diff_call
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from pulumi_managed_agents.scrubbing import Scrubber

PACKAGE = "pulumi_managed_agents"
CALLS_AT_ONCE = 32
SDK_DEFAULT = 4


def settle(cancelled: threading.Event) -> None:
    """Apply the workarounds of the provider process; harmless anywhere else."""
    main = sys.modules.get("__main__")
    servicer = getattr(main, "DynamicResourceProviderServicer", None)
    if main is None or servicer is None:
        return
    if getattr(main, "traceback", None) is traceback:
        main.traceback = _Messages()  # type: ignore[attr-defined]  # the module's own import
    diff_call.install(servicer)
    _hear_cancel(servicer, cancelled)
    _widen_pool()
    # The trial engine names port 0: it has no port of its own, and ends its provider in another way (`parent_watch`).
    host, _, port = sys.argv[1].rpartition(":") if len(sys.argv) > 1 else ("", "", "")
    if host and port.isdecimal() and port != "0":
        threading.Thread(target=_end_with_the_engine, args=(host, int(port)), daemon=True).start()


class _Messages:
    """Stands in for the `traceback` module in the SDK's provider process, which may hold others' providers as well."""

    def format_exc(self) -> str:
        error = sys.exc_info()[1]
        return shown_error(error, KNOWN.scrubber()) if error else ""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)


def shown_error(error: BaseException, scrubber: Scrubber) -> str:
    """What the engine shows of an exception, without secrets: of another's provider the traceback, as without us."""
    if isinstance(error, ManagedAgentsError):
        return scrubber.text(str(error))
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [f"{file.name}:{line}" for file, line in reversed(frames) if PACKAGE in file.parts]
    if not ours:
        return scrubber.text("".join(traceback.format_exception(error)))
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return scrubber.line(f"a defect of managed-agents, please report it: {what} ({' < '.join(ours)})")


def _hear_cancel(servicer: Any, cancelled: threading.Event) -> None:
    """Set our event when the engine cancels."""
    # gRPC holds the bound method already, so that a new attribute of the class would never be called: the code of the
    # function itself is exchanged. The new code runs with the globals of the old one and may have no closure.
    method = getattr(servicer, "Cancel", None)
    if not isinstance(method, FunctionType) or method.__code__.co_argcount != 3 or method.__code__.co_freevars:
        return
    method.__globals__["_managed_agents_cancelled"] = cancelled

    def cancel(self: Any, request: Any, context: Any) -> Any:
        _managed_agents_cancelled.set()  # type: ignore[name-defined]  # noqa: F821 - a global of the other module
        return empty_pb2.Empty()  # type: ignore[name-defined]  # noqa: F821 - a global of the other module

    if "empty_pb2" in method.__globals__:
        method.__code__ = cancel.__code__


def _widen_pool() -> None:
    """Let the executor that runs this call start more threads."""
    # A thread of an executor was started with a weak reference to it as its first argument.
    arguments = getattr(threading.current_thread(), "_args", None)
    executor = arguments[0]() if arguments and callable(arguments[0]) else None
    if executor is not None and getattr(executor, "_max_workers", None) == SDK_DEFAULT:
        executor._max_workers = CALLS_AT_ONCE  # noqa: SLF001 - grpc has no other way
        # An executor starts a thread for a new call alone, and for none while one of its threads has become free: of
        # calls that come all at once, those that wait already would be answered four at a time to the last.
        start_thread, waiting = getattr(executor, "_adjust_thread_count", None), getattr(executor, "_work_queue", None)
        if start_thread and waiting:
            for _ in range(waiting.qsize()):
                start_thread()


def _end_with_the_engine(host: str, port: int) -> None:
    """Keep a connection to the engine's own port, and end this process as soon as nobody listens there any more."""
    while True:
        try:
            line = socket.create_connection((host, port), timeout=10)
        except ConnectionRefusedError:
            os._exit(1)
        except OSError:  # no proof that the process has ended
            return
        began = time.monotonic()
        with line, suppress(OSError):
            line.settimeout(None)
            while line.recv(4096):
                pass
        if time.monotonic() - began < 1:  # an engine that closes connections at once is not asked in a tight loop
            time.sleep(1)
