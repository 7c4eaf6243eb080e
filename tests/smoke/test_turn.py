from __future__ import annotations

from functools import reduce
from typing import Any, get_args

import pytest
from anthropic.types.beta.sessions.beta_managed_agents_session_error_event import Error
from anthropic.types.beta.sessions.beta_managed_agents_stream_session_events import (
    BetaManagedAgentsStreamSessionEvents,
)

from pulumi_managed_agents.smoke.turn import (
    ACCOUNT_ERRORS,
    HANDLERS,
    IGNORED_EVENTS,
    MODEL_ERRORS,
    SETUP_ERRORS,
    SessionError,
    Turn,
    advance,
)

SENT = {"id": "sevt_sent", "type": "user.message"}
RUNNING = {"id": "sevt_run", "type": "session.status_running"}


def idle(reason: str = "end_turn", **more: Any) -> dict[str, Any]:
    return {"id": "sevt_idle", "type": "session.status_idle", "stop_reason": {"type": reason, **more}}


def reply(text: str) -> dict[str, Any]:
    return {"id": f"sevt_{text}", "type": "agent.message", "content": [{"type": "text", "text": text}]}


def tool(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"sevt_{name}", "type": "agent.tool_use", "name": name, "input": {}, **more}


def verdict(result: str) -> dict[str, Any]:
    return {"id": f"sevt_{result}", "type": "span.outcome_evaluation_end", "result": result, "explanation": "why"}


def workflow(event: str) -> dict[str, Any]:
    return {"id": f"sevt_{event}", "type": f"workflow_run.{event}", "workflow_run_id": "wfr_1"}


def error(type: str, retry: str) -> dict[str, Any]:
    details = {"type": type, "message": "m", "retry_status": {"type": retry}}
    return {"id": f"sevt_{type}_{retry}", "type": "session.error", "error": details}


def after(*events: dict[str, Any], **turn: Any) -> Turn:
    return reduce(advance, events, Turn(sent=frozenset({"sevt_sent"}), **turn))


def types_of(union: Any) -> set[str]:
    members = get_args(get_args(union)[0])
    return {name for member in members for name in get_args(member.model_fields["type"].annotation)}


def test_every_event_type_of_the_official_sdk_is_known() -> None:
    """An event type is either followed or known to have no bearing; what the SDK adds, this test reports."""
    assert types_of(BetaManagedAgentsStreamSessionEvents) == set(HANDLERS) | IGNORED_EVENTS


def test_every_session_error_type_of_the_official_sdk_is_known() -> None:
    """Each error type counts against the model, the account or the set-up."""
    assert types_of(Error) == MODEL_ERRORS | ACCOUNT_ERRORS | SETUP_ERRORS


@pytest.mark.parametrize(
    ("events", "finished"),
    [
        pytest.param([SENT, RUNNING, idle()], True, id="idle after the message"),
        pytest.param([RUNNING, idle()], True, id="idle after running, the message's echo being lost"),
        pytest.param([idle()], False, id="an idle from before"),
        pytest.param([SENT, RUNNING], False, id="still running"),
        pytest.param([SENT, idle("requires_action", event_ids=["x"])], False, id="waiting for an answer"),
        pytest.param([SENT, idle("requires_action", event_ids=["x"]), RUNNING, idle()], True, id="answered"),
        pytest.param([SENT, error("unknown_error", "retrying")], False, id="an error that is retried"),
        pytest.param([SENT, idle("retries_exhausted")], True, id="retries exhausted"),
        pytest.param([SENT, idle("budget_reached")], True, id="budget reached"),
        pytest.param([SENT, {"id": "x", "type": "session.status_terminated"}], True, id="terminated"),
        pytest.param([{"id": "x", "type": "session.deleted"}], True, id="deleted"),
        pytest.param([SENT, workflow("created"), idle()], False, id="a workflow run goes on"),
        pytest.param([SENT, workflow("created"), idle(), workflow("status_ended")], True, id="the run has ended"),
        pytest.param([SENT, {"type": "session.brand_new"}, {"type": "ping"}, {}], False, id="unknown events"),
    ],
)
def test_a_turn_ends_when_the_session_is_done_with_it(events: list[dict[str, Any]], finished: bool) -> None:
    """A turn is finished by the right idle, and by no other event."""
    assert after(*events).finished is finished


@pytest.mark.parametrize(
    ("events", "finished"),
    [
        pytest.param([SENT, idle()], False, id="idle before the verdict"),
        pytest.param([SENT, verdict("needs_revision"), idle()], False, id="a revision follows"),
        pytest.param([SENT, verdict("satisfied"), idle()], True, id="satisfied"),
        pytest.param([SENT, verdict("max_iterations_reached"), RUNNING], False, id="the last words"),
        pytest.param([SENT, idle("budget_reached")], True, id="no money for a verdict"),
    ],
)
def test_an_outcome_ends_with_its_verdict(events: list[dict[str, Any]], finished: bool) -> None:
    """A turn that wants a verdict does not end without one, unless the session cannot go on."""
    assert after(*events, awaits_verdict=True).finished is finished


def test_the_reply_is_what_was_said_after_the_last_tool() -> None:
    """A preamble is no answer; but the last words before a tool are, when nothing follows it."""
    assert after(SENT, reply("let me see"), tool("read"), reply("one"), reply("two")).reply == "one\n\ntwo"
    assert after(SENT, reply("early"), reply("done"), tool("write")).reply == "done"


def test_tools_are_named_with_their_server() -> None:
    """Tools are listed in order, custom ones and those of MCP servers included."""
    mcp = {"id": "m", "type": "agent.mcp_tool_use", "mcp_server_name": "crm", "name": "get_issue", "input": {}}
    custom = {"id": "c", "type": "agent.custom_tool_use", "name": "lookup", "input": {}}
    assert after(SENT, tool("read"), mcp, custom).tool_names == ("read", "crm/get_issue", "lookup")


@pytest.mark.parametrize(
    ("events", "failure"),
    [
        pytest.param(
            [error("model_overloaded_error", "exhausted"), idle("retries_exhausted")],
            SessionError("model_overloaded_error", "m", retrying=False),
            id="overloaded for too long",
        ),
        pytest.param([error("model_overloaded_error", "retrying"), idle()], None, id="got over it"),
        pytest.param(
            [error("mcp_connection_failed_error", "exhausted"), idle("retries_exhausted")],
            None,
            id="the set-up's fault",
        ),
    ],
)
def test_the_model_is_blamed_only_for_what_is_its_own(
    events: list[dict[str, Any]], failure: SessionError | None
) -> None:
    """Only a turn that the model's own failure ended may be tried again."""
    assert after(SENT, *events).model_failure == failure


@pytest.mark.parametrize(
    ("events", "conclusive"),
    [
        pytest.param([idle()], True, id="the usual end"),
        pytest.param([idle("refusal")], True, id="a refusal"),
        pytest.param([error("billing_error", "exhausted"), idle("retries_exhausted")], False, id="nobody pays"),
        pytest.param([error("model_overloaded_error", "exhausted"), idle("retries_exhausted")], False, id="overloaded"),
        pytest.param([{"id": "x", "type": "session.deleted"}], False, id="deleted by somebody"),
    ],
)
def test_an_end_that_is_not_the_agents_proves_nothing(events: list[dict[str, Any]], conclusive: bool) -> None:
    """Only what the agent did may count for or against it."""
    assert after(SENT, *events).conclusive is conclusive
