"""The answers a smoke test gives when its session waits: permissions by policy, custom tools from the test's file.

Pure: from a turn that waits to the events to send.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from pulumi_managed_agents.smoke.turn import ToolUse, Turn

    Policy = str | Mapping[str, str]


@dataclass(frozen=True)
class ToolAnswer:
    """The event that answers one tool use.

    `note` is a line of progress, `failure` a failure line where the test's file has no answer.
    """

    tool_use_id: str
    event: Mapping[str, Any]
    note: str
    failure: str = ""


def answers(turn: Turn, body: Mapping[str, Any], answered: Container[str] = ()) -> tuple[ToolAnswer, ...]:
    """An answer for each tool use that the turn waits for and a client can answer, in the order of the tool uses.

    Tool uses that are `answered` already are left out.
    """
    return tuple(
        _result(tool, body) if tool.custom else _confirmation(tool, body)
        for tool in turn.tools
        if tool.id in turn.waits_for and tool.id not in answered and (tool.custom or tool.asks_permission)
    )


def unanswerable(turn: Turn, answered: Container[str]) -> str:
    """A failure line if the turn waits for something other than the `answered` tool uses, else an empty string."""
    names = {tool.id: f"tool {tool.name}" for tool in turn.tools}
    waiting = ", ".join(names.get(id, id) for id in turn.waits_for if id not in answered)
    return f"the session waits for what a smoke test cannot give: {waiting}" if waiting else ""


def _confirmation(tool: ToolUse, body: Mapping[str, Any]) -> ToolAnswer:
    result = permission(body.get("on_tool_request") or "deny", tool.name)
    event = {"type": "user.tool_confirmation", "tool_use_id": tool.id, "result": result}
    if result == "deny":
        event["deny_message"] = f"This is a smoke test, and it does not allow {tool.name}. Go on without it."
    return ToolAnswer(tool.id, event, f"{tool.name}: {'allowed' if result == 'allow' else 'denied'}")


def permission(policy: Policy, tool: str) -> str:
    """``allow`` or ``deny`` for a tool; a policy by tool denies every tool that it does not name.

    It may name a tool of an MCP server ``server/tool`` or just ``tool``.
    """
    if isinstance(policy, str):
        return policy
    return policy.get(tool) or policy.get(tool.rpartition("/")[2]) or "deny"


def _result(tool: ToolUse, body: Mapping[str, Any]) -> ToolAnswer:
    entry = (body.get("custom_tools") or {}).get(tool.name)
    if entry is None:
        text = f"The smoke test has no answer for {tool.name}."
        failure = f"custom tool {tool.name} was called, but custom_tools has no entry for it"
        return ToolAnswer(tool.id, _result_event(tool.id, text, is_error=True), f"{tool.name}: no answer", failure)
    return ToolAnswer(
        tool.id, _result_event(tool.id, _text(entry), is_error=bool(entry.get("is_error"))), f"{tool.name}: answered"
    )


def _text(entry: Mapping[str, Any]) -> str:
    returns = entry.get("returns", "")
    return returns if isinstance(returns, str) else json.dumps(returns, ensure_ascii=False)


def _result_event(tool_use_id: str, text: str, *, is_error: bool) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {
        "type": "user.custom_tool_result",
        "custom_tool_use_id": tool_use_id,
        "content": content,
        "is_error": is_error,
    }
