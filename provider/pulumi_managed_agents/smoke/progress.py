"""The events worth a line while a test runs. Pure; who prints them, and how, is the caller's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.scrubbing import clip

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
