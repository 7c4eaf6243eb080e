"""A session written down: one JSON line per event, as it came, and lines of our own that say what they were part of.

The first line says which test this was, others where a step began and what it came to, the last how it all ended: with
them the assertions can be checked again without the API.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.expect import Observed
    from pulumi_managed_agents.smoke.script import Step


HEADER = "transcript"
STEP = "transcript.step"
STEP_END = "transcript.step_end"
RESULT = "transcript.result"


def began(step: Step, sent: Sequence[str]) -> dict[str, Any]:
    """The line before a step's events; `sent` are the ids of its own."""
    return {"type": STEP, "label": step.label, "sent": list(sent)}


def ended(step: Step, observed: Observed) -> dict[str, Any]:
    """The line after a step's events: what they cannot tell."""
    used = {"tokens": observed.usage.tokens, "cost_usd": observed.usage.cost_usd}
    seconds = round(observed.seconds, 3)
    return {"type": STEP_END, "label": step.label, "seconds": seconds, **used, "files": dict(observed.files)}


class Transcript:
    """A JSONL file without secrets that grows with the session, so that an end without warning loses nothing."""

    def __init__(self, path: Path, header: Mapping[str, Any], scrubber: Scrubber) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._scrubber = scrubber
        self._file = path.open("w", encoding="utf-8")
        self.write({"type": HEADER, **header})

    def write(self, event: Mapping[str, Any]) -> Any:
        """Add one line, on disk before this returns; what was written, which is the event without secrets."""
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


def shown(path: Path) -> str:
    """A path as it is recorded: relative to the working directory where it lies below it."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
