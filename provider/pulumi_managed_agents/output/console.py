"""What a person sees while an engine runs: one line per resource that moves, the providers' own lines, errors."""

from __future__ import annotations

import os
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.events import UNCHANGED, Message, ResourceStep, error_text
from pulumi_managed_agents.engine.stage_results import subject_of
from pulumi_managed_agents.review.style import ASIDE, ATTENTION, ERROR, LOOKS, UNBOUNDED
from pulumi_managed_agents.words import first_of, hanging, harmless, unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console as Terminal
    from rich.live import Live
    from rich.text import Text

    from pulumi_managed_agents.engine.events import Event
    from pulumi_managed_agents.review.style import Page


BEAT = 30.0
"""Seconds after which a log gets a line that something is still running."""
_TEST_DONE = re.compile(r"smoke \S+: (passed|failed|cancelled)\b")
_VERDICTS = {"passed": LOOKS["create"].style, "failed": ERROR, "cancelled": ATTENTION}


@dataclass
class _Following:
    """What is under way, since when, and how much of it is done; rendered each time that a terminal draws it."""

    what: str
    total: int
    done: int = 0
    names: list[str] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def in_words(self) -> str:
        """All of it on one line."""
        seconds = int(time.monotonic() - self.since)
        counted = f"{self.done} of {self.total}" if self.total >= self.done and self.total else ""
        figures = ", ".join(filter(None, [counted, f"{seconds} s" if seconds else ""]))
        head = " ".join(filter(None, [self.what, f"({figures})" if figures else ""]))
        names = under_way(self.names) if self.names else ""
        return harmless(": ".join(filter(None, [head, names])) or "…")

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(self.in_words(), no_wrap=True, overflow="ellipsis", end="")


class Console:
    """Listens to an engine; plain lines where the output is no terminal, errors on standard error.

    `aside` keeps standard output free, `quiet` says nothing at all.
    """

    def __init__(self, *, aside: bool = False, quiet: bool = False) -> None:
        from rich.console import Console as Terminal

        # Names and texts of users are shown as they are: nothing in them is markup or the name of an emoji.
        terminal = partial(Terminal, highlight=False, markup=False, emoji=False, soft_wrap=True, quiet=quiet)
        self._terminal, self._errors = terminal(stderr=aside), terminal(stderr=True)
        self._began: dict[str, tuple[str, float]] = {}
        self._following: _Following | None = None
        self._live: Live | None = None
        self._aside = aside

    def __call__(self, event: Event) -> None:
        """Show one event, if there is something to see in it."""
        self.count(event)
        if isinstance(event, Message):
            self._message(event)
        elif event.op not in UNCHANGED:
            self._step(event)

    @contextmanager
    def following(self, what: str = "", total: int = 0) -> Iterator[None]:
        """While something runs, show on a terminal's last line `what` that is, for how long, and how many of how many.

        Then the line is removed. In a log, which has no last line, a line says each half minute that it goes on.
        """
        if self._following:  # what is a part of something shows itself in its place
            self._following.what, self._following.total = what, total
            yield
            return
        self._following = following = _Following(what, total)
        try:
            if self._terminal.is_terminal:
                from rich.live import Live
                from rich.spinner import Spinner

                spinner = Spinner("dots", following)  # rendered at each refresh
                # What a program reads on standard output never goes where this is shown.
                live = Live(spinner, console=self._terminal, transient=True, redirect_stdout=not self._aside)
                with live:
                    self._live = live
                    yield
            else:
                with _each(BEAT, lambda: self._errors.print(following.in_words(), style=ASIDE)):
                    yield
        finally:
            self._following = self._live = None

    @contextmanager
    def paused(self, next: str) -> Iterator[None]:
        """While somebody is asked, show nothing of what goes on; then that it goes on with what is `next`."""
        if self._live:
            self._live.stop()
        try:
            yield
        finally:
            if self._following:
                self._following.what, self._following.since = next, time.monotonic()
            if self._live:
                self._live.start(refresh=True)

    def count(self, event: Event) -> None:
        """Count a resource that is done, for the line of progress; nothing else is shown of it."""
        if self._following and isinstance(event, ResourceStep) and event.done and subject_of(event):
            self._following.done += 1

    def counting_tests(self, line: str) -> None:
        """Show a line about a smoke test, and count the test if that was its last."""
        done = _TEST_DONE.match(line)
        self.line(line, _VERDICTS[done[1]] if done else ASIDE)
        if self._following and done:
            self._following.done += 1

    def line(self, text: str, style: str = "") -> None:
        """Show a line; on a terminal further ones are begun between words, and further to the right."""
        self._print(self._terminal, text, style)

    def lines(self, texts: Iterable[str]) -> None:
        """Show lines, with one blank line before them if there are any."""
        for index, text in enumerate(texts):
            self.line(text if index else f"\n{text}")

    def page(self, page: Page) -> None:
        """Show lines in their styles."""
        from rich.text import Text

        for line in page:
            text = Text.assemble(*((harmless(part), style) for part, style in line.spans))
            for part in self._parts(text) if self._terminal.is_terminal else [text]:
                self._terminal.print(part)

    def _parts(self, text: Text) -> Iterator[Text]:
        """A text on lines that fit, broken between words, in its styles."""
        if text.cell_len <= self.width:
            yield text
            return
        indent = len(text.plain) - len(text.plain.lstrip())
        room, start, breaks = self.width - indent - 2, indent, []
        for word in re.finditer(r"\S+", unbroken(text.plain, room)):
            if word.end() - start > room and word.start() > start:
                start = word.start()
                breaks.append(start)
        first, *more = text.divide(breaks)
        for part in (first, *(text[:indent] + "  " + part for part in more)):
            part.rstrip()
            yield part

    @property
    def width(self) -> int:
        """How many characters fit on a line; in a log, which no window bounds, any number unless COLUMNS says."""
        bounded = self._terminal.is_terminal or "COLUMNS" in os.environ
        return self._terminal.width if bounded else UNBOUNDED

    def errors(self, texts: Iterable[str]) -> None:
        """Show errors as those of an engine are shown."""
        for text in texts:
            self._message(Message("error", text))

    def _message(self, message: Message) -> None:
        styles = {"error": ERROR, "warning": ATTENTION}
        label = f"{message.severity}: " if message.severity in styles else ""
        terminal = self._errors if message.severity == "error" else self._terminal
        for text in filter(None, error_text(message.text).splitlines()):
            self._print(terminal, f"  {label}{text}", styles.get(message.severity, ASIDE))

    def quietly(self) -> Console:
        """One that says nothing but what is under way here."""
        quiet = Console(quiet=True)
        quiet._following = self._following
        return quiet

    def _print(self, terminal: Terminal, text: str, style: str) -> None:
        shown = harmless(text)
        if self._following and terminal.is_terminal and self._terminal.is_terminal:
            terminal = self._terminal  # which redraws the last line below what is printed
        if terminal.is_terminal:
            shown = "\n".join(part for line in shown.split("\n") for part in hanging(line, terminal.width))
        from rich.text import Text

        terminal.print(Text(shown, style))  # a style of `print` would be that of the last line as well

    def _step(self, step: ResourceStep) -> None:
        subject = subject_of(step)
        if subject is None:
            return
        if not step.done:
            self._began[step.urn] = (subject.name, time.monotonic())
        else:
            _, began = self._began.pop(step.urn, ("", time.monotonic()))
            if not step.error:
                look = LOOKS["delete" if step.op == "delete-replaced" else step.op]
                seconds = time.monotonic() - began
                self.line(f"  {look.sign} {subject.kind} {subject.name} ({seconds:.1f} s)", look.style)
        if self._following:
            self._following.names = [name for name, _ in self._began.values()]


@contextmanager
def _each(seconds: float, repeat: Callable[[], None]) -> Iterator[None]:
    """Call `repeat` again and again, until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(seconds):
            repeat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def under_way(names: list[str], most: int = 3) -> str:
    """What an engine is working on, on one line."""
    return f"{first_of(names, most)} …" if names else "…"
