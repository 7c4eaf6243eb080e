"""Whether this process was started for one command, and what it may take upon itself therefore, once.

A program leaves things behind in the modules of the process that it runs in. A process that has run one, or that
somebody goes on with, as a test does, starts another process for the next.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

ENDED = "the program ended before it declared anything; the errors above say why"
"""What is raised in a program that ends itself where it has no process of its own, whose exit code would say so."""

_free = False
_running = False
_known: tuple[Hashable, Any] | None = None


@dataclass(frozen=True)
class Question:
    """What a program asks before it writes anything.

    Attributes:
        ask: Told what would become of each resource, whether the program may go on.
        variables: What makes the program write its plans down until then.
    """

    ask: Callable[[Sequence[Any]], bool]
    variables: Mapping[str, str]


_question: Question | None = None


def begin() -> None:
    """Note that this process is for one command, and ends with it."""
    global _free  # noqa: PLW0603 - it is about the process
    _free = True


def is_free() -> bool:
    """Whether the next program may run in this process."""
    return _free


def may_run_a_program() -> bool:
    """Whether a program may run in this process; to ask is to run it, so that the next answer is no."""
    global _free
    free, _free = _free, False
    return free


def run_program(run: Callable[[], object]) -> None:
    """Run a program, which writes its plans down if it has a question to ask."""
    global _running  # noqa: PLW0603 - as above
    _running = True
    os.environ.update(_question.variables if _question else {})
    try:
        run()
    finally:
        _running = False


def a_program_is_running() -> bool:
    """Whether a program is left whose run has ended: it was waiting for an answer when that was cancelled."""
    return _running


def hand_over(question: Hashable, answer: object) -> None:
    """Keep what this command has found out, for a program in this process that asks the same; the latest answer."""
    global _known  # noqa: PLW0603 - as above
    _known = (question, answer)


def handed_over(question: Hashable) -> Any:
    """What the command has found out, told once to the program that runs in this process; else None."""
    global _known
    if not _running or _known is None or _known[0] != question:
        return None
    (_, answer), _known = _known, None
    return answer


@contextmanager
def asking(question: Question) -> Iterator[None]:
    """Have a program that runs in this process ask a question."""
    global _question  # noqa: PLW0603 - as above
    _question = question
    try:
        yield
    finally:
        _question = None


def question() -> Question | None:
    """What the program that runs in this process has to ask, or None."""
    return _question
