"""A recorded session for a person to read: who said what, which tools were called, how each step ended. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.scrubbing import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_managed_agents.smoke.recording import Played, Recording

    Event = Mapping[str, Any]

LONGEST_RESULT = 200
LONGEST_ARGUMENT = 100


def story(recording: Recording) -> Iterator[str]:
    """The recording in lines: what it is of, then its steps, then what came of it."""
    header = recording.header
    yield f"smoke test {header.get('test')} of agent {header.get('agent_id')}, version {header.get('agent_version')}"
    yield f"session {header.get('session_id')}, {header.get('created_at')}"
    for played in recording.steps:
        yield f"\n{played.begin['label']}"
        yield from (f"  {line}" for line in _step(played))
    if recording.result:
        yield f"\nrecorded: {'passed' if recording.result.get('passed') else 'failed'}"
        yield from (f"  {line}" for line in recording.result.get("failures") or ())
    else:
        yield "\nthe recording breaks off here"


def _step(played: Played) -> Iterator[str]:
    names: dict[str, str] = {}
    for event in played.events:
        tell = LINES.get(str(event["type"]))
        yield from tell(event, names) if tell else ()
    if played.end:
        cost = played.end.get("cost_usd")
        paid = "cost unknown" if cost is None else f"${cost:.4f}"
        yield f"took {played.end['seconds']:.1f} s, {played.end.get('tokens')} tokens, {paid}"
        if files := played.end.get("files"):
            yield f"files: {', '.join(files)}"


def _said(who: str) -> Callable[[Event, dict[str, str]], Iterator[str]]:
    def tell(event: Event, _: dict[str, str]) -> Iterator[str]:
        first, *rest = text_of(event).splitlines() or [""]
        yield f"{who}: {first}"
        yield from (f"  {line}" for line in rest)

    return tell


def _outcome(event: Event, _: dict[str, str]) -> Iterator[str]:
    yield f"user wants an outcome: {event.get('description')}"


def _tool(event: Event, names: dict[str, str]) -> Iterator[str]:
    server = event.get("mcp_server_name")
    names[str(event.get("id"))] = name = f"{server}/{event.get('name')}" if server else str(event.get("name"))
    arguments = (
        f"{key}: {clip(json.dumps(value, ensure_ascii=False), LONGEST_ARGUMENT)}"
        for key, value in (event.get("input") or {}).items()
    )
    asks = ", which asks for permission" if event.get("evaluated_permission") == "ask" else ""
    yield f"tool {name}({', '.join(arguments)}){asks}"


def _result(event: Event, names: dict[str, str]) -> Iterator[str]:
    ids = (event.get(key) for key in ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"))
    name = next((names[id] for id in ids if id in names), "tool")
    verb = "failed" if event.get("is_error") else "returned"
    yield f"  {name} {verb}: {clip(' '.join(text_of(event).split()), LONGEST_RESULT)}"


def _confirmation(event: Event, names: dict[str, str]) -> Iterator[str]:
    answer = "allowed" if event.get("result") == "allow" else "denied"
    yield f"  {names.get(str(event.get('tool_use_id')), 'tool')} {answer}"


def _error(event: Event, _: dict[str, str]) -> Iterator[str]:
    error = event.get("error") or {}
    yield f"error {error.get('type')}: {error.get('message')}"


def _idle(event: Event, _: dict[str, str]) -> Iterator[str]:
    details = (event.get("stop_details") or {}).get("explanation")
    reason = str((event.get("stop_reason") or {}).get("type"))
    yield f"stopped: {reason}" + (f" ({details})" if details else "")


def _verdict(event: Event, _: dict[str, str]) -> Iterator[str]:
    yield f"outcome: {event.get('result')}: {event.get('explanation')}"


def text_of(event: Event) -> str:
    """The texts among an event's content blocks; other blocks by their type."""
    content = event.get("content") or ()
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return "\n".join(str(block.get("text")) if "text" in block else f"[{block.get('type')}]" for block in blocks)


LINES: Mapping[str, Callable[[Event, dict[str, str]], Iterator[str]]] = {
    "user.message": _said("user"),
    "user.define_outcome": _outcome,
    "user.tool_confirmation": _confirmation,
    "user.custom_tool_result": _result,
    "user.tool_result": _result,
    "agent.message": _said("agent"),
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
