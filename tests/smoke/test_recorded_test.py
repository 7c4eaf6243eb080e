"""A session of somebody's made into a smoke test, and that test run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.files.parsing import parse_yaml
from pulumi_managed_agents.kinds import problems
from pulumi_managed_agents.smoke.recorded_test import read_history, smoke_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.smoke.smoke_stage import Stage

Event = dict[str, Any]
IDLE = {"type": "session.status_idle", "stop_reason": {"type": "end_turn"}}
SHIPPED = {"type": "user.custom_tool_result", "content": [{"type": "text", "text": "shipped"}]}
KEYS = {"user.custom_tool_result": "custom_tool_use_id", "user.tool_confirmation": "tool_use_id"}


def message(text: str) -> Event:
    return {"type": "user.message", "content": [{"type": "text", "text": text}]}


def reply(text: str) -> Event:
    return {"type": "agent.message", "content": [{"type": "text", "text": text}]}


def made(events: list[Event], cost_usd: float | None = None) -> tuple[str, dict[str, Any]]:
    """The file's text and what it says."""
    paths = {"agent": "../agents/triage.md", "environment": "../environments/box.yaml"}
    text = smoke_file(read_history(events), **paths, usage={"cost_usd": cost_usd}, source="session sesn_1")
    node = parse_yaml(text, "test.yaml")
    assert node is not None
    return text, node.plain()


def history(stage: Stage, *sent: Event) -> Iterator[Event]:
    """The events of a session that somebody has had with the agent; answers go to the tool that was called last."""
    body = {"agent": stage.target.agent_id, "environment_id": stage.target.environment_id}
    session = stage.client.sessions.create(body)["id"]
    for event in sent:
        called = [one["id"] for one in stage.client.sessions.events(session) if one["type"].endswith("tool_use")]
        about = {KEYS[event["type"]]: called[-1]} if event["type"] in KEYS else {}
        stage.client.sessions.send(session, [{**event, **about}])
        until = time.monotonic() + 60
        while stage.client.sessions.get(session)["status"] != "idle" and time.monotonic() < until:
            pass
    return stage.client.sessions.events(session)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([message("hello"), message("chatter")], id="two messages and tools"),
        pytest.param([message("Where is order 42?"), SHIPPED], id="a custom tool"),
        pytest.param([message("clean up"), {"type": "user.tool_confirmation", "result": "allow"}], id="a permission"),
        pytest.param([message("something dangerous")], id="a refusal"),
        pytest.param(
            [{"type": "user.define_outcome", "description": "an essay", "rubric": {"type": "text", "content": "good"}}],
            id="an outcome",
        ),
    ],
)
def test_the_test_that_is_made_of_a_session_passes(stage: Stage, sent: list[Event]) -> None:
    """It is well formed, sends the same, gives the same answers, and asserts what has happened."""
    _, body = made(list(history(stage, *sent)))
    assert problems("smoke", body) == []
    assert stage.run(**body).failures == ()


def test_what_was_said_is_proposed_and_not_asserted() -> None:
    """A reply's words are for a person to choose from; what a rerun surely shows is asserted."""
    tool = {"id": "1", "type": "agent.tool_use", "name": "read", "input": {"path": "/a"}}
    text, body = made([message("Hi"), tool, reply("It is:\n42"), IDLE])
    assert body["steps"][0]["expect"] == {
        "stop_reason": "end_turn",
        "tools": {"used": ["read"], "at_most": 3},
        "no_errors": True,
    }
    assert '# called: read({"path": "/a"})' in text
    assert '# reply: {contains: ["It is:"]}' in text
    assert "# | 42" in text


def test_the_budget_leaves_room_for_a_rerun() -> None:
    """Twice what the session cost, in whole cents, and never less than a smallest one."""
    assert made([message("Hi"), IDLE], cost_usd=0.201)[1]["budget_usd"] == 0.41
    assert made([message("Hi"), IDLE])[1]["budget_usd"] == 0.05


def test_messages_to_a_working_session_are_one_step() -> None:
    """A test waits for the end of each step, so that what was sent in between is sent at once."""
    _, body = made([message("first"), message("second"), reply("ok"), IDLE, message("third"), IDLE])
    assert [step["send"] for step in body["steps"]] == ["first\nsecond", "third"]


def test_answers_that_differ_are_noted() -> None:
    """A test gives one answer per tool: the first, and the file says so."""
    calls: list[Event] = []
    for id, result in (("1", "allow"), ("2", "deny")):
        calls += [{"id": id, "type": "agent.tool_use", "name": "bash", "evaluated_permission": "ask"}]
        calls += [{"type": "user.tool_confirmation", "tool_use_id": id, "result": result}]
    text, body = made([message("Hi"), *calls, IDLE])
    assert body["on_tool_request"] == {"bash": "allow"}
    assert "# Note: bash was answered in more than one way" in text


def test_a_session_without_a_message_is_no_test() -> None:
    """There is nothing to send again."""
    with pytest.raises(ValueError, match="nothing was ever sent"):
        made([reply("hello")])
