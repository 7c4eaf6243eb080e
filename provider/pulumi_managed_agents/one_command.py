"""Whether this process was started for one command, and what it may take upon itself therefore, once.

A program leaves things behind in the modules of the process that it runs in. A process that has run one, or that
somebody goes on with, as a test does, starts another process for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ENDED = "the program ended before it declared anything; the errors above say why"
"""What is raised in a program that ends itself where it has no process of its own, whose exit code would say so."""

_free = False
_running = False


def begin() -> None:
    """Note that this process is for one command, and ends with it."""
    global _free  # noqa: PLW0603 - it is about the process
    _free = True


def may_run_a_program() -> bool:
    """Whether a program may run in this process; to ask is to run it, so that the next answer is no."""
    global _free
    free, _free = _free, False
    return free


def run_program(run: Callable[[], object]) -> None:
    """Run a program."""
    global _running  # noqa: PLW0603 - as above
    _running = True
    try:
        run()
    finally:
        _running = False


def a_program_is_running() -> bool:
    """Whether a program is left whose run has ended: it was waiting for an answer when that was cancelled."""
    return _running
