"""The events of a session in words: a line of progress as each one comes, and a whole recording for a reader. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.smoke_results import is_cancelled
from pulumi_managed_agents.scrubbing import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_managed_agents.smoke.recording import RecordedStep, Recording

    Event = Mapping[str, Any]
    ToolNames = dict[str, str]
    """The names of the tools used so far in a step, by the id of the use."""

LONGEST_PROGRESS_REPLY = 80
LONGEST_RESULT = 200
LONGEST_ARGUMENT = 100


def progress_line(event: Event) -> str:
    """A few words about an event for people who watch a run; an empty string for most events."""
    describe = PROGRESS.get(str(event.get("type")))
    return describe(event) if describe else ""


def _progress_tool(event: Event) -> str:
    asks = " asks for permission" if event.get("evaluated_permission") == "ask" else ""
    return f"tool {event.get('name')}{asks}"


def _progress_reply(event: Event) -> str:
    text = " ".join(str(block.get("text", "")) for block in event.get("content", ()))
    return f'reply "{clip(" ".join(text.split()), LONGEST_PROGRESS_REPLY)}"'


def _progress_error(event: Event) -> str:
    error = event.get("error") or {}
    retrying = (error.get("retry_status") or {}).get("type") == "retrying"
    return f"{error.get('type')}{', the platform tries again' if retrying else ''}"


def _progress_idle(event: Event) -> str:
    reason = str((event.get("stop_reason") or {}).get("type"))
    return "" if reason in {"end_turn", "requires_action"} else reason.replace("_", " ")


PROGRESS: Mapping[str, Callable[[Event], str]] = {
    "agent.message": _progress_reply,
    "agent.tool_use": _progress_tool,
    "agent.mcp_tool_use": _progress_tool,
    "agent.custom_tool_use": _progress_tool,
    "session.error": _progress_error,
    "session.status_idle": _progress_idle,
    "session.status_rescheduled": lambda _: "rescheduled by the platform",
    "session.status_terminated": lambda _: "terminated",
    "session.deleted": lambda _: "session deleted",
    "span.outcome_evaluation_end": lambda event: f"outcome {str(event.get('result')).replace('_', ' ')}",
    "workflow_run.created": lambda _: "workflow run begun",
    "workflow_run.error": _progress_error,
}


def render_transcript(recording: Recording) -> Iterator[str]:
    """The recording in lines: its test and session, then its steps, then the recorded result."""
    header = recording.header
    yield f"smoke test {header.get('test')} of agent {header.get('agent_id')}, version {header.get('agent_version')}"
    yield f"session {header.get('session_id')}, {header.get('created_at')}"
    for step in recording.steps:
        yield f"\n{step.begin['label']}"
        yield from (f"  {line}" for line in _step(step))
    if recording.result:
        came = "cancelled" if is_cancelled(recording.result) else "failed"
        yield f"\nrecorded: {'passed' if recording.result.get('passed') else came}"
        yield from (f"  {line}" for line in recording.result.get("failures") or ())
    else:
        yield "\nthe recording breaks off here"


def _step(step: RecordedStep) -> Iterator[str]:
    names: ToolNames = {}
    for event in step.events:
        describe = LINES.get(str(event["type"]))
        yield from describe(event, names) if describe else ()
    if step.end:
        cost = step.end.get("cost_usd")
        paid = "cost unknown" if cost is None else f"${cost:.4f}"
        yield f"took {step.end['seconds']:.1f} s, {step.end.get('tokens')} tokens, {paid}"
        if files := step.end.get("files"):
            yield f"files: {', '.join(files)}"


def _message_of(who: str) -> Callable[[Event, ToolNames], Iterator[str]]:
    def lines(event: Event, _: ToolNames) -> Iterator[str]:
        first, *rest = text_of(event).splitlines() or [""]
        yield f"{who}: {first}"
        yield from (f"  {line}" for line in rest)

    return lines


def _outcome(event: Event, _: ToolNames) -> Iterator[str]:
    yield f"user wants an outcome: {event.get('description')}"


def _tool(event: Event, names: ToolNames) -> Iterator[str]:
    server = event.get("mcp_server_name")
    names[str(event.get("id"))] = name = f"{server}/{event.get('name')}" if server else str(event.get("name"))
    arguments = (
        f"{key}: {clip(json.dumps(value, ensure_ascii=False), LONGEST_ARGUMENT)}"
        for key, value in (event.get("input") or {}).items()
    )
    asks = ", which asks for permission" if event.get("evaluated_permission") == "ask" else ""
    yield f"tool {name}({', '.join(arguments)}){asks}"


def _result(event: Event, names: ToolNames) -> Iterator[str]:
    ids = (event.get(key) for key in ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"))
    name = next((names[id] for id in ids if id in names), "tool")
    verb = "failed" if event.get("is_error") else "returned"
    yield f"  {name} {verb}: {clip(' '.join(text_of(event).split()), LONGEST_RESULT)}"


def _confirmation(event: Event, names: ToolNames) -> Iterator[str]:
    answer = "allowed" if event.get("result") == "allow" else "denied"
    yield f"  {names.get(str(event.get('tool_use_id')), 'tool')} {answer}"


def code_of(error: Event) -> str:
    """The code of an error, which stays the same where the message changes, or an empty string."""
    details = error.get("details")
    return str(error.get("error_code") or (details.get("error_code") if isinstance(details, dict) else "") or "")


def _error(event: Event, _: ToolNames) -> Iterator[str]:
    error = event.get("error") or {}
    code = code_of(error)
    yield f"error {error.get('type')}{f' ({code})' if code else ''}: {error.get('message')}"


def _idle(event: Event, _: ToolNames) -> Iterator[str]:
    details = (event.get("stop_details") or {}).get("explanation")
    reason = str((event.get("stop_reason") or {}).get("type"))
    yield f"stopped: {reason}" + (f" ({details})" if details else "")


def _verdict(event: Event, _: ToolNames) -> Iterator[str]:
    yield f"outcome: {event.get('result')}: {event.get('explanation')}"


def text_of(event: Event) -> str:
    """The text of an event's content blocks; of a block that is no text its type in brackets."""
    content = event.get("content") or ()
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return "\n".join(str(block.get("text")) if "text" in block else f"[{block.get('type')}]" for block in blocks)


LINES: Mapping[str, Callable[[Event, ToolNames], Iterator[str]]] = {
    "user.message": _message_of("user"),
    "user.define_outcome": _outcome,
    "user.tool_confirmation": _confirmation,
    "user.custom_tool_result": _result,
    "user.tool_result": _result,
    "agent.message": _message_of("agent"),
    "agent.tool_use": _tool,
    "agent.mcp_tool_use": _tool,
    "agent.custom_tool_use": _tool,
    "agent.tool_result": _result,
    "agent.mcp_tool_result": _result,
    "session.error": _error,
    "session.status_idle": _idle,
    "session.status_terminated": lambda *_: iter(["terminated"]),
    "session.deleted": lambda *_: iter(["session deleted"]),
    "span.outcome_evaluation_end": _verdict,
}
