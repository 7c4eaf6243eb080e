"""A session written down: one JSON line per event, as it came, and lines of our own that say what they were part of.

The first line says which test this was, others where a step began and what it came to, the last how it all ended: with
them the assertions can be checked again without the API.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.scrubbing import clip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.expect import Observed
    from pulumi_managed_agents.smoke.script import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Event = Mapping[str, Any]

LONGEST_REPLY = 80


def tell(event: Event) -> str:
    """A few words about an event, or nothing."""
    line = LINES.get(str(event.get("type")))
    return line(event) if line else ""


def _tool(event: Event) -> str:
    asks = " asks for permission" if event.get("evaluated_permission") == "ask" else ""
    return f"tool {event.get('name')}{asks}"


def _reply(event: Event) -> str:
    text = " ".join(str(block.get("text", "")) for block in event.get("content", ()))
    return f'reply "{clip(" ".join(text.split()), LONGEST_REPLY)}"'


def _error(event: Event) -> str:
    error = event.get("error") or {}
    retrying = (error.get("retry_status") or {}).get("type") == "retrying"
    return f"{error.get('type')}{', the platform tries again' if retrying else ''}"


def _stopped(event: Event) -> str:
    reason = str((event.get("stop_reason") or {}).get("type"))
    return "" if reason in {"end_turn", "requires_action"} else reason.replace("_", " ")


LINES: Mapping[str, Callable[[Event], str]] = {
    "agent.message": _reply,
    "agent.tool_use": _tool,
    "agent.mcp_tool_use": _tool,
    "agent.custom_tool_use": _tool,
    "session.error": _error,
    "session.status_idle": _stopped,
    "session.status_rescheduled": lambda _: "rescheduled by the platform",
    "session.status_terminated": lambda _: "terminated",
    "session.deleted": lambda _: "session deleted",
    "span.outcome_evaluation_end": lambda event: f"outcome {str(event.get('result')).replace('_', ' ')}",
    "workflow_run.created": lambda _: "workflow run begun",
    "workflow_run.error": _error,
}


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
