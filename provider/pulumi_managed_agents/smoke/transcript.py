"""The transcript of a session: one JSON line per event as it came, and lines of our own around them.

The first line holds the test, others mark where a step began and ended, the last holds the result. With them the
assertions can be checked again without the API, which `recording` does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.assertions import FinishedStep
    from pulumi_managed_agents.smoke.script import ScriptStep

HEADER = "transcript"
STEP = "transcript.step"
STEP_END = "transcript.step_end"
RESULT = "transcript.result"


def step_begin(step: ScriptStep, sent: Sequence[str]) -> dict[str, Any]:
    """The line before a step's events; `sent` are the ids of the events that the step itself sent."""
    return {"type": STEP, "label": step.label, "sent": list(sent)}


def step_end(step: ScriptStep, finished: FinishedStep) -> dict[str, Any]:
    """The line after a step's events: time, cost and files, which no event holds."""
    used = {"tokens": finished.usage.tokens, "cost_usd": finished.usage.cost_usd}
    seconds = round(finished.seconds, 3)
    return {"type": STEP_END, "label": step.label, "seconds": seconds, **used, "files": dict(finished.files)}


class Transcript:
    """A JSONL file without secrets, written line by line, so that a killed run loses nothing."""

    def __init__(self, path: Path, header: Mapping[str, Any], scrubber: Scrubber) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._scrubber = scrubber
        self._file = path.open("w", encoding="utf-8")
        self.write({"type": HEADER, **header})

    def write(self, event: Mapping[str, Any]) -> Any:
        """Add one line and flush it; returns the event as it was written, without secrets."""
        written = self._scrubber.value(event)
        self._file.write(json.dumps(written, ensure_ascii=False) + "\n")
        self._file.flush()
        return written

    def __enter__(self) -> Transcript:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def recorded_path(path: Path) -> str:
    """A path as results record it: relative to the working directory if it lies below it."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
