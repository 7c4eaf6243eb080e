"""Tool calls of a turn: what the agent's policies say about each, who answers it, and its result.

A call is JSON in `session.private["calls"]`: the scripted call with its `event_id`, `awaits` (the type of client event
it needs, or None) and, once known, `result` and `is_error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from managed_agents_emulator.agents.toolsets import effective_policy
from managed_agents_emulator.sessions.event_log import emit
from managed_agents_emulator.sessions.plan import filled, filled_input
from managed_agents_emulator.sessions.threads import delegate
from managed_agents_emulator.sessions.usage import count_web_tool

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Document, Json

_REASON = "scripted"


def call_tools(emulator: Emulator, session: Document, tools: list[Json]) -> None:
    """Make a model request's tool calls and remember them in the session."""
    callers = {"tool": _call_policed, "mcp": _call_policed, "custom": _call_custom, "delegate": delegate}
    session.private["calls"] = [callers[tool["kind"]](emulator, session, tool) for tool in tools]


def waiting_for(calls: list[Json]) -> list[str]:
    """List the ids of the calls that need the client."""
    return [call["event_id"] for call in calls if call["awaits"]]


def deliver_results(emulator: Emulator, session: Document) -> None:
    """Record the results of the calls that the platform itself answers."""
    for call in session.private["calls"]:
        if call["kind"] in {"custom", "delegate"} or call.get("answered"):
            continue
        mcp = "mcp_" if call["kind"] == "mcp" else ""
        type_, reference = f"agent.{mcp}tool_result", f"{mcp}tool_use_id"
        content = [{"type": "text", "text": call["result"]}]
        fields = {reference: call["event_id"], "content": content, "is_error": call["is_error"]}
        emit(emulator, session, type_, **fields)


def results_text(calls: list[Json]) -> str:
    """Join what the calls returned, one line each."""
    return "\n".join(call["result"] for call in calls)


def confirm(call: Json, confirmation: Json, *, self_hosted: bool) -> None:
    """Let a call that was asked about run, or not."""
    call["awaits"] = None
    if confirmation["result"] == "deny":
        reason = confirmation.get("deny_message")
        call |= {"result": f"The user denied this call{f': {reason}' if reason else '.'}", "is_error": True}
    elif self_hosted and call["kind"] == "tool":
        call["awaits"] = "user.tool_result"


def answer(call: Json, event: Json) -> None:
    """Take the client's result of a call."""
    blocks = event.get("content") or []
    text = "\n".join(block["text"] for block in blocks if block["type"] == "text")
    call |= {"awaits": None, "result": text, "is_error": bool(event.get("is_error")), "answered": True}


def _call_policed(emulator: Emulator, session: Document, tool: Json) -> Json:
    variables, agent = session.private["variables"], session.body["agent"]
    policy = effective_policy(agent["tools"], tool["name"], tool.get("server"))
    permission = {None: "deny", "always_allow": "allow", "always_ask": "ask", "auto": tool["judge"]}[policy]
    fields: Json = {
        "name": tool["name"],
        "input": filled_input(tool["input"], variables),
        "evaluated_permission": permission,
    }
    if policy:
        fields["evaluation"] = _evaluation(policy, permission)
    if tool["kind"] == "mcp":
        fields["mcp_server_name"] = tool["server"]
    type_ = "agent.mcp_tool_use" if tool["kind"] == "mcp" else "agent.tool_use"
    event = emit(emulator, session, type_, **fields)
    count_web_tool(session.body["usage"], tool["name"])
    call = {"kind": tool["kind"], "event_id": event["id"], "awaits": None}
    if permission == "deny":
        return call | {"result": f"The tool {tool['name']} is not permitted.", "is_error": True}
    call |= {"result": filled(tool["result"], variables), "is_error": tool["is_error"]}
    if permission == "ask":
        call["awaits"] = "user.tool_confirmation"
    elif session.private["self_hosted"] and tool["kind"] == "tool":
        call["awaits"] = "user.tool_result"
    return call


def _evaluation(policy: str, permission: str) -> Json:
    if policy != "auto":
        return {"type": policy}
    verdict = {"type": permission} | ({} if permission == "allow" else {"reason_code": _REASON})
    return {"type": "auto", "evaluated_permission": verdict}


def _call_custom(emulator: Emulator, session: Document, tool: Json) -> Json:
    name = tool["name"]
    known = {t["name"] for t in session.body["agent"]["tools"] if t["type"] == "custom"}
    if name not in known:
        text = f"The script calls the custom tool {name!r}, which this agent does not have."
        event = emit(emulator, session, "agent.message", content=[{"type": "text", "text": text}])
        return {"kind": "custom", "event_id": event["id"], "awaits": None, "result": text, "is_error": True}
    inputs = filled_input(tool["input"], session.private["variables"])
    event = emit(emulator, session, "agent.custom_tool_use", name=name, input=inputs)
    awaits = "user.custom_tool_result"
    return {"kind": "custom", "event_id": event["id"], "awaits": awaits, "result": "", "is_error": False}
