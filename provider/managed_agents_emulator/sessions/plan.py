"""What a turn will do: a rule's actions, or the plain answer, as a list of model requests.

A model request ends with its tool calls; what comes after them belongs to the next request, which sees their results.
Plans are JSON, so that a turn outlives a restart.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from managed_agents_emulator.sessions.script import Action, Rule
    from managed_agents_emulator.store import Json


_CALLS = ("tool", "mcp", "custom", "delegate")
# Where no rule matches; between two evaluations of an outcome; when an outcome has used up its iterations.
PLAIN = (
    "This is $agent on the emulator: no model was asked, so this answer only proves the plumbing. You wrote: “$message”"
)
REVISED = "This is $agent on the emulator, in revision $iteration of the outcome “$message”."
ACKNOWLEDGED = "This is $agent on the emulator: the outcome “$message” has no iterations left."
_AFTER_TOOLS = "This is $agent on the emulator. The tools returned: “$results”"


def plan(reply: str) -> list[Json]:
    """Plan one model request that answers with a text: `PLAIN`, `REVISED` or `ACKNOWLEDGED`."""
    return [_request(replies=[reply])]


def scripted_plan(rule: Rule) -> list[Json]:
    """Plan the model requests of a rule; one that ends with tool calls is followed by an answer to their results."""
    requests = [_request()]
    for action in rule.do:
        if _starts_request(action, requests[-1]):
            requests.append(_request())
        _add(action, requests[-1])
    if requests[-1]["tools"]:
        requests.append(_request(replies=[_AFTER_TOOLS]))
    return requests


def filled(text: str, variables: dict[str, str]) -> str:
    """Fill the `$variables` of a text; unknown ones stay as they are."""
    return Template(text).safe_substitute(variables)


def filled_input(value: Any, variables: dict[str, str]) -> Any:
    """Fill the variables in all texts of a tool's input."""
    if isinstance(value, str):
        return filled(value, variables)
    if isinstance(value, list):
        return [filled_input(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: filled_input(item, variables) for key, item in value.items()}
    return value


def _request(**content: Any) -> Json:
    blank = {"delay": 0.0, "thinking": False, "replies": [], "files": [], "tools": []}
    return blank | {"usage": {}, "error": None, "refusal": None} | content


def _starts_request(action: Action, current: Json) -> bool:
    if current["error"] or current["refusal"]:
        return True
    is_tool = any(getattr(action, kind) for kind in _CALLS)
    if current["tools"]:
        return not is_tool and action.usage is None
    return action.delay_ms is not None and bool(current["replies"])


def _add(action: Action, request: Json) -> None:
    for kind in _CALLS:
        call = getattr(action, kind)
        if call:
            request["tools"].append({"kind": kind} | call.model_dump())
    if action.file:
        request["files"].append(action.file.model_dump())
    if action.reply is not None:
        request["replies"].append(action.reply)
    if action.thinking:
        request["thinking"] = True
    if action.delay_ms:
        request["delay"] += action.delay_ms / 1000
    if action.usage:
        request["usage"] = action.usage.model_dump(exclude_none=True)
    if action.error:
        request["error"] = action.error.model_dump()
    if action.refusal:
        request["refusal"] = action.refusal.model_dump()
