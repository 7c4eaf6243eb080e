"""What a person sees while an engine runs: one line per resource that moves, the providers' own lines, errors."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.events import UNCHANGED, Message, ResourceStep, error_text
from pulumi_managed_agents.engine.stage_results import subject_of
from pulumi_managed_agents.review.style import ASIDE, ATTENTION, ERROR, LOOKS
from pulumi_managed_agents.words import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.status import Status

    from pulumi_managed_agents.engine.events import Event
    from pulumi_managed_agents.review.style import Page


class Console:
    """Listens to an engine; plain lines where the output is no terminal, errors on standard error.

    `aside` keeps standard output free, `quiet` says nothing at all.
    """

    def __init__(self, *, aside: bool = False, quiet: bool = False) -> None:
        from rich.console import Console as Terminal

        # Names and texts of users are shown as they are, whatever looks like markup or an emoji in them.
        terminal = partial(Terminal, highlight=False, markup=False, emoji=False, soft_wrap=True, quiet=quiet)
        self._terminal, self._errors = terminal(stderr=aside), terminal(stderr=True)
        self._began: dict[str, tuple[str, float]] = {}
        self._status: Status | None = None

    def __call__(self, event: Event) -> None:
        """Show one event, if there is something to see in it."""
        if isinstance(event, Message):
            self._message(event)
        elif event.op not in UNCHANGED:
            self._step(event)

    @contextmanager
    def following(self, what: str = "") -> Iterator[None]:
        """While an engine runs, show what is under way on a terminal's last line, at first `what`; then remove it."""
        if not self._terminal.is_terminal:
            yield
            return
        with self._terminal.status(what) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    def line(self, text: str, style: str = "") -> None:
        """Show a line."""
        self._terminal.print(harmless(text), style=style or None)

    def lines(self, texts: Iterable[str]) -> None:
        """Show lines, with one blank line before them if there are any."""
        for index, text in enumerate(texts):
            self.line(text if index else f"\n{text}")

    def page(self, page: Page) -> None:
        """Show lines in their styles."""
        from rich.text import Text

        for line in page:
            self._terminal.print(Text.assemble(*((harmless(text), style) for text, style in line.spans)))

    @property
    def width(self) -> int:
        """How many characters fit on a line."""
        return self._terminal.width

    def errors(self, texts: Iterable[str]) -> None:
        """Show errors as those of an engine are shown."""
        for text in texts:
            self._message(Message("error", text))

    def _message(self, message: Message) -> None:
        styles = {"error": ERROR, "warning": ATTENTION}
        label = f"{message.severity}: " if message.severity in styles else ""
        terminal = self._errors if message.severity == "error" else self._terminal
        for text in filter(None, error_text(message.text).splitlines()):
            terminal.print(harmless(f"  {label}{text}"), style=styles.get(message.severity, ASIDE))

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
        if self._status:
            self._status.update(harmless(under_way([name for name, _ in self._began.values()])))


def under_way(names: list[str], most: int = 3) -> str:
    """What an engine is working on, on one line."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more} …" if names else "…"
