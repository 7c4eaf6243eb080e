"""A session written down: one JSON line per event, as it came, after a line that says which test this was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pulumi_managed_agents.smoke.scrub import Scrubber


class Transcript:
    """A JSONL file without secrets that grows with the session, so that an end without warning loses nothing."""

    def __init__(self, path: Path, header: Mapping[str, Any], scrubber: Scrubber) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._scrubber = scrubber
        self._file = path.open("w", encoding="utf-8")
        self.write({"type": "transcript", **header})

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
