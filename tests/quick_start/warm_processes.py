"""Python processes that begin with everything imported: forked from one that did, instead of started.

To import Pulumi and the product takes half a second, and the tests start thousands of processes that do: commands,
programs, providers, emulators. `sitecustomize` has each of them hand over what it was to run to the process that runs
this module, whose child is its twin from then on: with the same streams, working directory, environment, arguments,
signals and end. It is a process of its own as before; only what an interpreter does before the first line of a module
is not done again.

Started in full is what has no `QUICK_START_SOCKET` in its environment, and whatever is none of the modules and scripts
below, or has other settings of Python.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import io
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
from contextlib import suppress
from itertools import dropwhile, takewhile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from tests.quick_start.stand_in import PASSED_ON, STREAMS, TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODULES = {
    "managed_agents_emulator",
    "pulumi.dynamic",
    "pulumi_managed_agents.cli",
    "pulumi_managed_agents.engine.parent_watch",
    "pulumi_managed_agents.files.template_process",
}
SCRIPTS = {"managed-agents", "pulumi-language-python-exec"}
OPTIONS = {"-u", "-P"}
IMPORTED = (
    *("pulumi.automation", "pulumi.dynamic", "pulumi.provider", "grpc._channel", "grpc._server", "grpc.experimental"),
    *("httpcore", "rich.console", "rich.live", "rich.table", "jinja2.meta", "encodings.ascii", "encodings.utf_8_sig"),
    *("uvicorn.logging", "uvicorn.loops.asyncio", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl"),
)
"""What is imported late, beside all modules of these packages."""
PACKAGES = ("pulumi_managed_agents", "managed_agents_emulator")
READ_AT_THE_START = ("LC_", "LANG", "TZ", "PYTHON", "COVERAGE_", "TRACEPARENT")
"""What variables begin with that an interpreter or a module reads only once."""
UTF_8 = {"", "C", "C.UTF-8", "POSIX"}
"""The locales in which Python reads and writes UTF-8 as it does without one."""
OF_NO_ACCOUNT = {"PYTHON", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def main(listening: int) -> None:
    """Serve at a socket until standard input ends."""
    for module in (*IMPORTED, *_modules()):
        with suppress(ImportError):  # what runs of it says so itself
            importlib.import_module(module)
    _build_models(BaseModel)
    gc.collect()
    gc.freeze()  # so that a child which collects its garbage writes into no page that it shares
    _Server(socket.socket(fileno=listening)).serve()


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__") and ".templates." not in module.name:
                yield module.name


def _build_models(model: type[BaseModel]) -> None:
    """Build what Pydantic would build at the first use of a model."""
    for each in model.__subclasses__():
        with suppress(PydanticUserError):  # generic ones
            each.model_rebuild()
        _build_models(each)


class _Server:
    """Forks a twin for each process that hands over, passes signals to it, and tells how it ended."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._events = selectors.DefaultSelector()
        self._settings = _settings(os.environ)
        self._path = sys.path[1:]

    def serve(self) -> None:
        """Serve until standard input ends."""
        self._events.register(0, selectors.EVENT_READ)
        self._events.register(self._listening, selectors.EVENT_READ, self._take)
        while True:
            for key, _ in self._events.select():
                if key.data is None:
                    return
                key.data()

    def _take(self) -> None:
        line, _ = self._listening.accept()
        try:
            task, streams = _received(line)
        except (OSError, EOFError, ValueError):  # it was killed meanwhile
            task, streams = None, array.array("i")
        if task and self._can_run(*task):
            with suppress(OSError):
                line.sendall(TAKEN)
            child = os.fork()
            if not child:
                _Twin(streams, self._path).run(*task)
            ended = os.pidfd_open(child)
            self._events.register(line, selectors.EVENT_READ, lambda: self._pass_on(line, ended))
            self._events.register(ended, selectors.EVENT_READ, lambda: self._tell_end(line, ended, child))
        else:
            line.close()
        for stream in streams:
            os.close(stream)

    def _can_run(self, words: list[str], _: str, variables: dict[str, str], prefix: str, __: list[int]) -> bool:
        return prefix == sys.prefix and _settings(variables) == self._settings and _runnable(words) is not None

    def _pass_on(self, line: socket.socket, ended: int) -> None:
        """A byte is a signal; the end is that of the stand-in, which was killed."""
        if line.fileno() < 0:  # its twin's end was told just now
            return
        try:
            numbers = line.recv(16)
        except ConnectionError:
            numbers = b""
        if not numbers:
            self._events.unregister(line)
        for number in numbers or [signal.SIGKILL]:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(ended, number)

    def _tell_end(self, line: socket.socket, ended: int, child: int) -> None:
        _, status = os.waitpid(child, 0)
        with suppress(OSError):
            line.sendall((status | 1 << 16).to_bytes(4, "big"))
        if line in self._events.get_map():
            self._events.unregister(line)
        self._events.unregister(ended)
        line.close()
        os.close(ended)


def _received(line: socket.socket) -> tuple[Any, array.array[int]]:
    """The task, and the streams that came with it."""
    streams = array.array("i")
    head, ancillary, _, _ = line.recvmsg(8, socket.CMSG_SPACE(len(STREAMS) * streams.itemsize))
    for _level, _type, data in ancillary:
        streams.frombytes(data)
    body = b""
    while len(body) < int.from_bytes(head, "big") and (part := line.recv(1 << 20)):
        body += part
    return marshal.loads(body) if body and len(streams) == len(STREAMS) else None, streams  # noqa: S302 - our own


def _settings(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in variables.items() if name.startswith(READ_AT_THE_START)}
    plain = {name for name, value in kept.items() if name.startswith(("LC_", "LANG")) and value in UTF_8}
    return {name: value for name, value in kept.items() if name not in OF_NO_ACCOUNT | plain}


def _runnable(words: list[str]) -> tuple[str, str, list[str]] | None:
    """Whether it is a module or a script, which one, and its arguments; None where it is to be started in full."""
    rest = list(dropwhile(OPTIONS.__contains__, words[1:]))
    if rest[:1] == ["-m"] and rest[1:2] and rest[1] in MODULES:
        return "module", rest[1], rest[2:]
    if rest and Path(rest[0]).name in SCRIPTS:
        return "script", rest[0], rest[1:]
    return None


class _Twin:
    """What the child is: it has the stand-in's streams, and then runs as an interpreter that has just begun."""

    def __init__(self, streams: array.array[int], path: list[str]) -> None:
        for number, stream in zip(STREAMS, streams, strict=True):
            os.dup2(stream, number)
        os.closerange(len(STREAMS), os.sysconf("SC_OPEN_MAX"))
        self._path = path

    def run(self, words: list[str], folder: str, variables: dict[str, str], _: str, ignored: list[int]) -> None:
        """Run what the words say, and end."""
        status = 1
        try:
            os.setpgid(0, 0)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(variables)
            for number in PASSED_ON:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
            if signal.SIGINT not in ignored:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            _open_streams(
                unbuffered="-u" in takewhile(OPTIONS.__contains__, words[1:]) or bool(variables.get("PYTHONUNBUFFERED"))
            )
            status = self._run(words, folder)
        finally:
            os._exit(status)

    def _run(self, words: list[str], folder: str) -> int:
        what, name, arguments = _runnable(words) or ("", "", [])
        options = set(takewhile(OPTIONS.__contains__, words[1:]))
        main = sys.modules["__main__"] = ModuleType("__main__")
        sys.orig_argv[:] = words
        # Programs run so soon after each other that an edit may be of the same second, which byte code takes for none.
        sys.dont_write_bytecode = True
        try:
            if what == "module":
                sys.argv[:] = ["-m", *arguments]
                sys.path[:] = self._path if "-P" in options else [folder, *self._path]
                runpy._run_module_as_main(name)  # type: ignore[attr-defined]  # noqa: SLF001 - what `python -m` calls
            else:
                sys.argv[:] = [name, *arguments]
                sys.path[:] = [str(Path(name).resolve().parent), *self._path]
                main.__dict__.update(__file__=name, __builtins__=__builtins__)
                exec(compile(Path(name).read_bytes(), name, "exec"), main.__dict__)  # noqa: S102 - the script
            status = 0
        except SystemExit as end:
            status = _status(end.code)
        except BaseException as error:
            status = 1
            trace = error.__traceback__ and error.__traceback__.tb_next  # without this function
            sys.excepthook(type(error), error, trace)
            if isinstance(error, KeyboardInterrupt):
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                _finish()
                os.kill(os.getpid(), signal.SIGINT)
        return status if _finish() else 120


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _open_streams(*, unbuffered: bool) -> None:
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(open(0, "rb", closefd=False))  # type: ignore[misc]  # noqa: SIM115 - file descriptors
    for number, name, errors in ((1, "stdout", "strict"), (2, "stderr", "backslashreplace")):
        file: Any = open(number, "wb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115 - file descriptors
        lines = number == 2 or (not unbuffered and os.isatty(number))
        stream = io.TextIOWrapper(file, errors=errors, line_buffering=lines, write_through=unbuffered)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _finish() -> bool:
    """What an interpreter does at its end, except taking down module after module; whether all could be written."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as the interpreter calls it
    atexit._run_exitfuncs()  # noqa: SLF001 - the same
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"Exception ignored in: {sys.stdout!r}\n{type(error).__name__}: {error}\n")
        return False
    with suppress(OSError):
        sys.stderr.flush()
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]))
