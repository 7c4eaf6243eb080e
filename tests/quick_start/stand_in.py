"""What a Python process does that has a twin: it hands over, passes signals on, and ends as its twin does."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` and `socket` would take longer than all the rest
import _socket
import marshal
import os
import sys

PLACE = "QUICK_START_SOCKET"
"""The variable that names the socket of `warm_processes`."""
PASSED_ON = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGUSR1, _signal.SIGUSR2)
STREAMS = (0, 1, 2)
TAKEN = b"y"


def hand_over(place: str, words: list[str] = sys.orig_argv, prefix: str = sys.prefix) -> None:
    """End as a twin does that runs what this process was to run; return where there is none.

    `words` are those of the command, and `prefix` is the environment of its Python.
    """
    ignored = [number for number in PASSED_ON if _signal.getsignal(number) is _signal.SIG_IGN]
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        task = marshal.dumps((words, os.getcwd(), dict(os.environ), prefix, ignored))  # noqa: PTH109 - `pathlib` takes long
        line.connect(place)
        streams = b"".join(stream.to_bytes(4, sys.byteorder) for stream in STREAMS)
        line.sendmsg([len(task).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
        line.sendall(task)
        taken = line.recv(1) == TAKEN
    except OSError:
        taken = False
    if taken:
        for number in set(PASSED_ON) - set(ignored):
            _signal.signal(number, lambda number, _: _pass_on(line, number))
        _end_as(int.from_bytes(line.recv(4), "big") or _signal.SIGKILL)
    line.close()


def _pass_on(line: _socket.socket, number: int) -> None:
    try:  # noqa: SIM105 - `contextlib` would take longer than all the rest
        line.send(bytes([number]))
    except OSError:  # the twin has ended, as this process is about to
        pass


def stand_in(place: str, prefix: str) -> None:
    """Do so for the command in the arguments of this process, which it becomes where there is no twin."""
    words = sys.argv[1:]
    hand_over(place, words, prefix)
    os.execv(words[0], words)  # noqa: S606 - what a shell would run


def _end_as(status: int) -> None:
    """End with a status as `os.wait` gives it, and 0x10000 more."""
    if os.WIFSIGNALED(status & 0xFFFF):
        number = os.WTERMSIG(status & 0xFFFF)
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status & 0xFFFF))
