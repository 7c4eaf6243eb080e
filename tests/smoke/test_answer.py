from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.smoke.answer import answers, permission
from pulumi_managed_agents.smoke.turn import ToolUse, Turn

ASKING = ToolUse("sevt_1", "bash", asks_permission=True)
CUSTOM = ToolUse("sevt_2", "lookup_order", custom=True)
SELF_HOSTED = ToolUse("sevt_3", "read")


def waiting(*tools: ToolUse) -> Turn:
    return Turn(started=True, stop="requires_action", tools=tools, waits_for=tuple(tool.id for tool in tools))


def events(turn: Turn, body: dict[str, Any]) -> list[Any]:
    return [answer.event for answer in answers(turn, body)]


@pytest.mark.parametrize(
    ("policy", "tool", "decision"),
    [
        pytest.param("allow", "bash", "allow", id="allow all"),
        pytest.param("deny", "bash", "deny", id="deny all"),
        pytest.param({"bash": "allow"}, "bash", "allow", id="by name"),
        pytest.param({"bash": "allow"}, "write", "deny", id="not named"),
        pytest.param({"get_issue": "allow"}, "crm/get_issue", "allow", id="of any server"),
        pytest.param({"get_issue": "allow", "crm/get_issue": "deny"}, "crm/get_issue", "deny", id="the server's wins"),
    ],
)
def test_a_policy_decides_by_tool(policy: str | dict[str, str], tool: str, decision: str) -> None:
    """What a policy does not name is denied."""
    assert permission(policy, tool) == decision


def test_a_request_is_denied_with_a_reason_unless_the_test_says_otherwise() -> None:
    """The agent learns why, so that it can go on without the tool."""
    [event] = events(waiting(ASKING), {})
    assert (event["result"], event["tool_use_id"]) == ("deny", "sevt_1")
    assert "smoke test" in event["deny_message"]


def test_an_allowed_request_carries_no_reason() -> None:
    """The API refuses a deny_message on an allow."""
    confirmation = {"type": "user.tool_confirmation", "tool_use_id": "sevt_1", "result": "allow"}
    assert events(waiting(ASKING), {"on_tool_request": "allow"}) == [confirmation]


@pytest.mark.parametrize(
    ("entry", "text", "is_error"),
    [
        pytest.param({"returns": "shipped"}, "shipped", False, id="text"),
        pytest.param({"returns": {"status": "shipped"}}, '{"status": "shipped"}', False, id="a value, as JSON"),
        pytest.param({"returns": "no such order", "is_error": True}, "no such order", True, id="an error"),
    ],
)
def test_a_custom_tool_answers_what_the_file_says(entry: dict[str, Any], text: str, is_error: bool) -> None:
    """The client plays the custom tool with the file's words."""
    [event] = events(waiting(CUSTOM), {"custom_tools": {"lookup_order": entry}})
    assert (event["content"], event["is_error"]) == ([{"type": "text", "text": text}], is_error)


def test_a_custom_tool_without_an_entry_fails_the_test() -> None:
    """The agent gets an error, so that the session ends, and the test gets a line."""
    [answer] = answers(waiting(CUSTOM), {})
    assert answer.event["is_error"] is True
    assert answer.failure == "custom tool lookup_order was called, but custom_tools has no entry for it"


def test_what_only_a_self_hosted_worker_can_do_is_left_alone() -> None:
    """A built-in tool that asks nobody is not for a smoke test to answer."""
    assert answers(waiting(SELF_HOSTED), {"on_tool_request": "allow"}) == ()
