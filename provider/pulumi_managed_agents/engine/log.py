"""An engine that writes its runs to a log: when each resource's turn began and ended, and what failed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.run_log import append
from pulumi_managed_agents.engine.events import Message
from pulumi_managed_agents.engine.stage_results import subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Engine, Event, Listener, ResourceStep, RunOutcome

LOUD = frozenset({"warning", "error"})
"""The messages that are logged; others may show values, or what agents reply."""


class LoggedEngine:
    """Does what `engine` does, and notes it in `file`."""

    def __init__(self, engine: Engine, stage: str, file: Path) -> None:
        self._engine = engine
        self._stage = stage
        self._file = file

    @property
    def kind(self) -> str:
        """The engine's own."""
        return self._engine.kind

    def preview(self, on_event: Listener, plan: Path | None = None, targets: Collection[str] = ()) -> RunOutcome:
        """Tell what `up` would do, and change nothing."""
        return self._run("preview", self._engine.preview, on_event, plan, targets)

    def up(self, on_event: Listener, targets: Collection[str] = (), plan: Path | None = None) -> RunOutcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay."""
        return self._run("up", self._engine.up, on_event, targets, plan)

    def destroy(self, on_event: Listener) -> RunOutcome:
        """Delete all that is recorded."""
        return self._run("destroy", self._engine.destroy, on_event)

    def resources(self) -> list[dict[str, Any]]:
        """Type, urn, id, inputs and outputs of each recorded resource."""
        return self._engine.resources()

    def state(self) -> dict[str, Any] | None:
        """All that is recorded, as the engine keeps it, secrets marked; None before the first run."""
        return self._engine.state()

    def _run(self, operation: str, run: Callable[..., RunOutcome], on_event: Listener, *more: Any) -> RunOutcome:
        began = time.monotonic()
        turns: dict[str, float] = {}

        def follow(event: Event) -> None:
            self._note(event, turns)
            on_event(event)

        append(self._file, "run began", operation=operation, stage=self._stage)
        outcome = run(follow, *more)
        seconds = round(time.monotonic() - began, 3)
        append(self._file, "run ended", operation=operation, stage=self._stage, ok=outcome.ok, seconds=seconds)
        return outcome

    def _note(self, event: Event, turns: dict[str, float]) -> None:
        if not isinstance(event, Message):
            self._note_step(event, turns)
        elif event.severity in LOUD:
            append(self._file, "message", severity=event.severity, text=event.text, urn=event.urn)

    def _note_step(self, step: ResourceStep, turns: dict[str, float]) -> None:
        subject = subject_of(step)
        about = {"resource": subject.name if subject else step.name, "kind": subject.kind if subject else step.type}
        if not step.done:
            turns[step.urn] = time.monotonic()
            append(self._file, "step began", operation=step.op, **about)
            return
        seconds = round(time.monotonic() - turns.pop(step.urn, time.monotonic()), 3)
        outcome = {"id": step.id, "ok": not step.error, "version": subject.version if subject else ""}
        append(self._file, "step ended", operation=step.op, seconds=seconds, **about, **outcome)
