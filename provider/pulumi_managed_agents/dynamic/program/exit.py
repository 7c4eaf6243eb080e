"""How a program ends before it is through, with everything said: by the engine's interrupt, or by our own decision."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn

import pulumi

from pulumi_managed_agents.one_command import ENDED

ALREADY_REPORTED = 32
"""The exit code by which Pulumi's language hosts say that what went wrong is shown."""


def leave_quietly() -> None:
    """End the program without a traceback when the engine interrupts it after a failure.

    The exit code says that the error was reported. It must not be 0, which would tell the engine that the program is
    complete and that what it did not declare can go.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(ALREADY_REPORTED))


def end_program() -> NoReturn:
    """End the program before it declares anything; why has been logged.

    Raises:
        RunError: in a program of the Automation API, which is no process of its own but a thread of its caller's.
    """
    if threading.current_thread() is not threading.main_thread():
        raise pulumi.RunError(ENDED) from None
    sys.exit(ALREADY_REPORTED)
