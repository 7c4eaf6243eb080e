from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from tests.emulator.sdk_answers import check_stream_event

if TYPE_CHECKING:
    import httpx

    from tests.emulator.emulator_control import Control

TURN = [
    "user.message",
    "session.status_running",
    "session.thread_status_running",
    "span.model_request_start",
    "agent.message",
    "span.model_request_end",
    "session.thread_status_idle",
    "session.usage",
    "session.status_idle",
]
TOOLS: Any = [
    {
        "type": "agent_toolset_20260401",
        "configs": [
            {"name": "write", "permission_policy": {"type": "always_ask"}},
            {"name": "edit", "permission_policy": {"type": "auto"}},
            {"name": "grep", "enabled": False},
        ],
    },
    {"type": "mcp_toolset", "mcp_server_name": "crm"},
    {"type": "custom", "name": "lookup", "description": "Looks up.", "input_schema": {"type": "object"}},
]
CRM: Any = [{"type": "url", "name": "crm", "url": "https://crm.example.com"}]


def message(text: str) -> Any:
    return {"type": "user.message", "content": [{"type": "text", "text": text}]}


@pytest.fixture
def agent(sdk: anthropic.Anthropic) -> str:
    return sdk.beta.agents.create(name="triage", model="claude-opus-5-5", tools=TOOLS, mcp_servers=CRM).id


@pytest.fixture
def session(sdk: anthropic.Anthropic, agent: str, environment: str) -> str:
    return sdk.beta.sessions.create(agent=agent, environment_id=environment).id


def turn(sdk: anthropic.Anthropic, session: str, *events: Any) -> list[Any]:
    """Send events and give what the stream says until the session is idle or has ended."""
    seen = []
    with sdk.beta.sessions.events.stream(session) as stream:
        sdk.beta.sessions.events.send(session, events=events)
        for event in stream:
            check_stream_event(event.to_dict(mode="json"))
            seen.append(event)
            if event.type in {"session.status_idle", "session.status_terminated"}:
                break
    return seen


def types(events: list[Any]) -> list[str]:
    return [event.type for event in events]


def texts(events: list[Any]) -> list[str]:
    return [event.content[0].text for event in events if event.type == "agent.message"]


def script(control: Control, *actions: Any, **rule: Any) -> None:
    control.put("script", {"rules": [{"do": actions} | rule]})


def test_a_plain_turn_quotes_agent_and_message(sdk: anthropic.Anthropic, session: str) -> None:
    """Without a rule the answer names the agent and the message, in the documented order of events."""
    events = turn(sdk, session, message("Where is order 42?"))
    assert types(events) == TURN
    assert "triage" in texts(events)[0]
    assert "Where is order 42?" in texts(events)[0]
    assert events[-1].stop_reason.type == "end_turn"
    assert types(list(sdk.beta.sessions.events.list(session))) == TURN


def test_turns_add_up_in_usage(sdk: anthropic.Anthropic, session: str) -> None:
    """Tokens and cost are small, the same for the same texts, and add up over turns."""
    first = turn(sdk, session, message("Hello"))[-2].usage
    second = turn(sdk, session, message("Hello"))[-2].usage
    assert (second.input_tokens, second.output_tokens) == (2 * first.input_tokens, 2 * first.output_tokens)
    stored = sdk.beta.sessions.retrieve(session)
    assert stored.usage.list_cost is not None
    assert (stored.usage.list_cost.amount, stored.usage.input_tokens) == ("1", second.input_tokens)
    assert stored.status == "idle"


def test_a_snapshot_of_the_agent_is_pinned(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """A session keeps the version it was made with: the newest for an id, else the one that was asked for."""
    sdk.beta.agents.update(agent, system="second")
    newest = sdk.beta.sessions.create(agent=agent, environment_id=environment)
    pinned = sdk.beta.sessions.create(agent={"type": "agent", "id": agent, "version": 1}, environment_id=environment)
    sdk.beta.agents.update(agent, system="third")
    assert (newest.agent.version, newest.agent.system) == (2, "second")
    assert sdk.beta.sessions.retrieve(newest.id).agent == newest.agent
    assert (pinned.agent.version, pinned.agent.system) == (1, None)
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.sessions.create(agent={"type": "agent", "id": agent, "version": 9}, environment_id=environment)


def test_overrides_hold_for_one_session(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """Overrides replace whole fields, null clears, effort is ignored, and the agent stays as it is."""
    session = sdk.beta.sessions.create(
        agent={
            "type": "agent_with_overrides",
            "id": agent,
            "system": "Only now.",
            "tools": [],
            "mcp_servers": [],
            "model": {"id": "claude-sonnet-5", "effort": "max"},
        },
        environment_id=environment,
    )
    assert (session.agent.system, session.agent.tools, session.agent.model.id) == ("Only now.", [], "claude-sonnet-5")
    assert session.agent.model.effort is not None
    assert session.agent.model.effort.type == "high"
    assert sdk.beta.agents.retrieve(agent).system is None
    with pytest.raises(anthropic.BadRequestError, match="mcp_servers"):
        sdk.beta.sessions.create(
            agent={"type": "agent_with_overrides", "id": agent, "tools": []}, environment_id=environment
        )


def test_a_roster_is_spelled_out(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """A session shows the agents of its roster as whole snapshots."""
    for roster in (
        {"type": "coordinator", "agents": [agent, {"type": "self"}]},
        {"type": "multiagent_20261001", "subagents": {"type": "enabled", "predefined_agents": [agent]}},
    ):
        lead = sdk.beta.agents.create(name="lead", model="claude-opus-5-5", multiagent=roster)  # type: ignore[arg-type]
        session = sdk.beta.sessions.create(agent=lead.id, environment_id=environment)
        assert "triage" in session.to_json()


def test_initial_events_run_at_once(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """A session made with a message runs without another request."""
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, initial_events=[message("Go.")])
    assert session.status == "running"
    with sdk.beta.sessions.events.stream(session.id) as stream:
        history = types(list(sdk.beta.sessions.events.list(session.id)))
        live = (event.type for event in stream)
        assert "session.status_idle" in history or "session.status_idle" in live


def test_tools_follow_the_agents_policies(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """Allowed tools run, disabled ones are denied without an evaluation, `auto` is judged by the script."""
    script(
        control,
        {"reply": "Looking."},
        {"tool": {"name": "bash", "input": {"command": "echo $message"}, "result": "hi"}},
        {"tool": {"name": "grep"}},
        {"tool": {"name": "edit", "judge": "deny"}},
        {"reply": "Found $results."},
    )
    events = turn(sdk, session, message("hi"))
    uses = [event for event in events if event.type == "agent.tool_use"]
    assert [(use.name, use.evaluated_permission) for use in uses] == [
        ("bash", "allow"),
        ("grep", "deny"),
        ("edit", "deny"),
    ]
    assert uses[0].input == {"command": "echo hi"}
    assert (uses[0].evaluation.type, uses[1].evaluation, uses[2].evaluation.type) == ("always_allow", None, "auto")
    results = {event.tool_use_id: event.is_error for event in events if event.type == "agent.tool_result"}
    assert results == {uses[0].id: False, uses[1].id: True, uses[2].id: True}
    assert texts(events)[1].startswith("Found hi")
    assert types(events).count("span.model_request_start") == 2


def test_asked_tools_wait_for_every_confirmation(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """Calls that need asking stop the turn until each is answered; the rest is named again meanwhile."""
    script(
        control,
        {"tool": {"name": "write"}},
        {"mcp": {"server": "crm", "name": "search", "result": "found"}},
        {"reply": "Done: $results"},
    )
    events = turn(sdk, session, message("go"))
    write, search = (event for event in events if event.type in {"agent.tool_use", "agent.mcp_tool_use"})
    assert (write.evaluated_permission, search.mcp_server_name) == ("ask", "crm")
    assert events[-1].stop_reason.to_dict() == {"type": "requires_action", "event_ids": [write.id, search.id]}
    denial: Any = {"type": "user.tool_confirmation", "tool_use_id": write.id, "result": "deny", "deny_message": "No."}
    events = turn(sdk, session, denial)
    assert types(events)[-3:] == TURN[-3:]
    assert events[-1].stop_reason.event_ids == [search.id]
    events = turn(sdk, session, {"type": "user.tool_confirmation", "tool_use_id": search.id, "result": "allow"})
    assert types(events)[:5] == [
        "user.tool_confirmation",
        "session.status_running",
        "session.thread_status_running",
        "agent.tool_result",
        "agent.mcp_tool_result",
    ]
    assert (events[3].is_error, events[4].is_error) == (True, False)
    assert texts(events) == ["Done: The user denied this call: No.\nfound"]


def test_custom_tools_wait_for_their_result(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """A custom tool's result comes from the client, and a turn that ends with tools is rounded off."""
    script(control, {"custom": {"name": "lookup", "input": {"order": 42}}})
    events = turn(sdk, session, message("go"))
    use = next(event for event in events if event.type == "agent.custom_tool_use")
    assert (use.input, events[-1].stop_reason.event_ids) == ({"order": 42}, [use.id])
    result: Any = {
        "type": "user.custom_tool_result",
        "custom_tool_use_id": use.id,
        "content": [{"type": "text", "text": "shipped"}],
    }
    events = turn(sdk, session, result)
    assert "shipped" in texts(events)[0]
    assert events[-1].stop_reason.type == "end_turn"


def test_a_missing_custom_tool_is_reported(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """A script that calls a custom tool the agent does not have says so instead of hanging."""
    script(control, {"custom": {"name": "missing"}})
    assert "'missing'" in texts(turn(sdk, session, message("go")))[0]


def test_self_hosted_tools_wait_for_the_client(sdk: anthropic.Anthropic, agent: str, control: Control) -> None:
    """In a self-hosted environment the client runs the built-in tools."""
    script(control, {"tool": {"name": "bash"}}, {"reply": "It says $results"})
    environment = sdk.beta.environments.create(name="own", config={"type": "self_hosted"})
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment.id).id
    waiting = turn(sdk, session, message("go"))[-1].stop_reason.event_ids
    result: Any = {"type": "user.tool_result", "tool_use_id": waiting[0], "content": [{"type": "text", "text": "ok"}]}
    assert texts(turn(sdk, session, result)) == ["It says ok"]


ENDINGS = [
    pytest.param({"error": {"retry_status": "exhausted"}}, "retries_exhausted", id="retries exhausted"),
    pytest.param({"refusal": {"category": "cyber"}}, "refusal", id="refusal"),
    pytest.param({"usage": {"cost_cents": 30}}, "budget_reached", id="budget reached"),
    pytest.param({"error": {"retry_status": "retrying", "type": "model_overloaded_error"}}, "end_turn", id="retried"),
]


@pytest.mark.parametrize(("action", "stop_reason"), ENDINGS)
def test_turns_end_for_every_reason(
    sdk: anthropic.Anthropic, agent: str, environment: str, control: Control, action: Any, stop_reason: str
) -> None:
    """Each way to stop has its stop reason, after which the session is idle."""
    script(control, action, {"reply": "Done."})
    budget: Any = {"type": "limit", "max_list_cost": {"amount": "25", "currency": "USD"}}
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, budget=budget)
    events = turn(sdk, session.id, message("go"))
    assert events[-1].stop_reason.type == stop_reason
    assert sdk.beta.sessions.retrieve(session.id).status == "idle"


def test_a_retried_error_is_not_the_end(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """An error that is retried reschedules the session and goes on."""
    details = {"mcp_server_name": "crm"}
    failure = {"type": "mcp_connection_failed_error", "retry_status": "retrying", "details": details}
    script(control, {"error": failure}, {"reply": "Done."})
    events = turn(sdk, session, message("go"))
    assert types(events)[5:10] == [
        "session.error",
        "session.thread_status_rescheduled",
        "session.status_rescheduled",
        "session.status_running",
        "session.thread_status_running",
    ]
    assert texts(events) == ["Done."]


def test_a_terminal_error_ends_the_session(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """After a terminal error a session is terminated and takes no events."""
    script(control, {"error": {"retry_status": "terminal", "type": "billing_error"}})
    assert types(turn(sdk, session, message("go")))[-1] == "session.status_terminated"
    assert sdk.beta.sessions.retrieve(session).status == "terminated"
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.events.send(session, events=[message("still there?")])


def test_refusals_carry_their_details(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """A refusal says why in stop_details."""
    script(control, {"refusal": {"category": "bio", "explanation": "No."}})
    details = turn(sdk, session, message("go"))[-1].stop_details
    assert (details.category, details.explanation) == ("bio", "No.")


def test_a_reached_budget_can_only_be_raised(
    sdk: anthropic.Anthropic, agent: str, environment: str, control: Control
) -> None:
    """At its cap a session takes no message until the budget is more than it has cost, or gone."""
    script(control, {"usage": {"cost_cents": 30}}, {"reply": "Expensive."})

    def budget(cents: int) -> Any:
        return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}

    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, budget=budget(25)).id
    turn(sdk, session, message("go"))
    with pytest.raises(anthropic.BadRequestError, match="budget"):
        sdk.beta.sessions.events.send(session, events=[message("more")])
    with pytest.raises(anthropic.BadRequestError, match="budget_not_raised"):
        sdk.beta.sessions.update(session, budget=budget(30))
    sdk.beta.sessions.update(session, budget=budget(100))
    assert turn(sdk, session, message("more"))[-1].stop_reason.type == "end_turn"
    assert sdk.beta.sessions.update(session, budget=None).budget is None
    with pytest.raises(anthropic.BadRequestError, match="budget_create_only"):
        sdk.beta.sessions.update(session, budget=budget(100))


def test_rules_match_agent_and_message(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """The first rule whose agent and pattern fit is followed; named groups can be quoted."""
    rules = [
        {"match": {"agent": "other"}, "do": [{"reply": "wrong agent"}]},
        {"match": {"message": r"order (?P<number>\d+)"}, "do": [{"reply": "Order $number for $agent."}]},
        {"match": {"agent": "triage"}, "do": [{"reply": "Anything else?"}]},
    ]
    control.put("script", {"rules": rules})
    assert texts(turn(sdk, session, message("Where is order 42?"))) == ["Order 42 for triage."]
    assert texts(turn(sdk, session, message("Thanks"))) == ["Anything else?"]


def test_interrupt_stops_a_running_turn(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """An interrupt ends a turn with end_turn; on an idle session it does nothing."""
    script(control, {"delay_ms": 60_000}, {"reply": "Too late."})
    sdk.beta.sessions.events.send(session, events=[message("go")])
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.archive(session)
    events = turn(sdk, session, {"type": "user.interrupt"})
    assert types(events)[-4:] == ["user.interrupt", *TURN[-3:]]
    assert (events[-1].stop_reason.type, texts(events)) == ("end_turn", [])
    assert len(sdk.beta.sessions.events.send(session, events=[{"type": "user.interrupt"}]).data or []) == 1
    assert sdk.beta.sessions.archive(session).status == "terminated"


def test_messages_to_a_running_session_are_queued(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """A message sent meanwhile is answered before the session is idle."""
    rules = [
        {"match": {"message": "first"}, "do": [{"delay_ms": 2_000}, {"reply": "One."}]},
        {"match": {"message": "second"}, "do": [{"reply": "Two."}]},
    ]
    control.put("script", {"rules": rules})
    queued = sdk.beta.sessions.events.send(session, events=[message("first")]).data
    assert queued is not None
    assert queued[0].processed_at is None
    events = turn(sdk, session, message("second"))
    assert texts(events)[-1] == "Two."
    assert types(list(sdk.beta.sessions.events.list(session))).count("session.status_idle") == 1


OUTCOMES = [
    pytest.param(["satisfied"], ["satisfied"], id="satisfied"),
    pytest.param(["needs_revision", "satisfied"], ["needs_revision", "satisfied"], id="revised"),
    pytest.param(["needs_revision"], ["needs_revision", "max_iterations_reached"], id="never satisfied"),
    pytest.param(["failed"], ["failed"], id="failed"),
]


@pytest.mark.parametrize(("verdicts", "results"), OUTCOMES)
def test_outcomes_are_evaluated_and_revised(
    sdk: anthropic.Anthropic, session: str, control: Control, verdicts: list[str], results: list[str]
) -> None:
    """An outcome is judged after the work, revised as often as it may be, and reported by the session."""
    script(control, {"reply": "Here it is."}, outcome=verdicts)
    outcome: Any = {
        "type": "user.define_outcome",
        "description": "A haiku.",
        "rubric": {"type": "text", "content": "5-7-5"},
        "max_iterations": 2,
    }
    events = turn(sdk, session, outcome)
    ends = [event for event in events if event.type == "span.outcome_evaluation_end"]
    assert [end.result for end in ends] == results
    evaluation = sdk.beta.sessions.retrieve(session).outcome_evaluations[0]
    assert (evaluation.result, evaluation.outcome_id) == (results[-1], events[0].outcome_id)
    assert evaluation.completed_at is not None


def test_outcomes_come_one_at_a_time(sdk: anthropic.Anthropic, session: str) -> None:
    """Two outcomes at once are refused; one may follow another, with its rubric from a file."""
    file = sdk.files.upload(file=("rubric.md", b"5-7-5", "text/markdown")).id
    outcome: Any = {
        "type": "user.define_outcome",
        "description": "A haiku.",
        "rubric": {"type": "file", "file_id": file},
    }
    with pytest.raises(anthropic.BadRequestError, match="one outcome at a time"):
        sdk.beta.sessions.events.send(session, events=[outcome, outcome])
    for _ in range(2):
        echo = turn(sdk, session, outcome)[0]
        assert (echo.rubric.content, echo.max_iterations) == ("5-7-5", 3)
    assert len(sdk.beta.sessions.retrieve(session).outcome_evaluations) == 2


HELLO = message("hello")
CONFIRM: Any = {"type": "user.tool_confirmation", "tool_use_id": "sevt_0", "result": "allow"}
ASIDE: Any = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
REFUSED = [
    pytest.param([], "events: ", id="nothing"),
    pytest.param([HELLO, {"type": "user.message", "content": []}], "events.1.content: ", id="empty message"),
    pytest.param(
        [HELLO, {"type": "user.message", "content": [{"type": "redacted"}]}], "events.1.content.0: ", id="redacted"
    ),
    pytest.param([HELLO, {"type": "agent.message", "content": []}], "events.1: ", id="not a client's event"),
    pytest.param([ASIDE], "system.message must follow", id="system message alone"),
    pytest.param([HELLO, ASIDE, HELLO], "system.message must be the last", id="system message in between"),
    pytest.param([HELLO, CONFIRM], "tool_use_id: 'sevt_0' is not a tool use", id="no such tool use"),
    pytest.param([HELLO, CONFIRM | {"deny_message": "y"}], "events.1: deny_message", id="a reason to allow"),
]


@pytest.mark.parametrize(("events", "reason"), REFUSED)
def test_wrong_events_are_refused_together(
    sdk: anthropic.Anthropic, session: str, events: list[Any], reason: str
) -> None:
    """One wrong event refuses its whole request."""
    with pytest.raises(anthropic.BadRequestError) as refusal:
        sdk.beta.sessions.events.send(session, events=events)
    assert refusal.value.body["error"]["message"].startswith(reason)  # type: ignore[index]
    assert sdk.beta.sessions.events.list(session).data == []


def test_answers_to_tools_that_were_not_asked_about_are_refused(
    sdk: anthropic.Anthropic, session: str, control: Control
) -> None:
    """A tool that was allowed needs no confirmation, and takes none."""
    script(control, {"tool": {"name": "bash"}}, {"reply": "Done."})
    use = next(event for event in turn(sdk, session, HELLO) if event.type == "agent.tool_use")
    with pytest.raises(anthropic.BadRequestError, match="does not wait for"):
        sdk.beta.sessions.events.send(session, events=[CONFIRM | {"tool_use_id": use.id}])


def test_messages_while_waiting_are_queued_or_refused(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """While a tool waits a message is answered after it, or refused where the switch says so."""
    rules = [{"match": {"message": "go"}, "do": [{"custom": {"name": "lookup"}}, {"reply": "One."}]}]
    control.put("script", {"rules": rules})
    use = turn(sdk, session, message("go"))[-1].stop_reason.event_ids[0]
    sdk.beta.sessions.events.send(session, events=[HELLO])
    control.put("switches", {"message_while_waiting": "refuse"})
    with pytest.raises(anthropic.BadRequestError, match="waits for"):
        sdk.beta.sessions.events.send(session, events=[HELLO])
    events = turn(sdk, session, {"type": "user.custom_tool_result", "custom_tool_use_id": use})
    assert [text[:4] for text in texts(events)] == ["One.", "This"]


def test_events_can_be_filtered_ordered_and_paged(sdk: anthropic.Anthropic, session: str) -> None:
    """Types, time and order cut the history; pages cover it once."""
    turn(sdk, session, message("one"))
    middle = turn(sdk, session, message("two"))[0].processed_at
    idle = sdk.beta.sessions.events.list(session, types=["session.status_idle", "user.message"])
    assert types(list(idle)) == ["user.message", "session.status_idle"] * 2
    assert types(list(sdk.beta.sessions.events.list(session, limit=4))) == TURN * 2
    assert types(list(sdk.beta.sessions.events.list(session, order="desc", limit=9))) == (TURN * 2)[::-1]
    assert types(list(sdk.beta.sessions.events.list(session, created_at_gte=middle))) == TURN


def test_previews_come_before_their_event(sdk: anthropic.Anthropic, session: str, control: Control) -> None:
    """A stream that asks for deltas gets a start and the content before the event itself."""
    script(control, {"thinking": True}, {"reply": "Hello."})
    seen = []
    with sdk.beta.sessions.events.stream(session, event_deltas=["agent.message", "agent.thinking"]) as stream:
        sdk.beta.sessions.events.send(session, events=[message("hi")])
        for event in stream:
            check_stream_event(event.to_dict(mode="json"))
            seen.append(event.type)
            if event.type == "session.status_idle":
                break
    assert seen[4:9] == ["event_start", "agent.thinking", "event_start", "event_delta", "agent.message"]


def test_unknown_previews_are_refused(http: httpx.Client, session: str) -> None:
    """Only messages and thinking have previews."""
    assert http.get(f"/v1/sessions/{session}/events/stream?event_deltas[]=agent.tool_use").status_code == 400


def test_update_tells_listeners_what_changed(sdk: anthropic.Anthropic, session: str) -> None:
    """An update emits only the fields that changed; without a change there is no event."""
    with sdk.beta.sessions.events.stream(session) as stream:
        updated = sdk.beta.sessions.update(session, title="Order 42", metadata={"a": "1"})
        sdk.beta.sessions.update(session, title="Order 42")
        sdk.beta.sessions.update(session, agent={"tools": [], "mcp_servers": []})
        first, second = next(stream), next(stream)
    assert (updated.title, updated.metadata) == ("Order 42", {"a": "1"})
    assert first.to_dict().keys() == {"id", "type", "processed_at", "title", "metadata"}
    assert second.to_dict().keys() == {"id", "type", "processed_at", "agent"}
    with pytest.raises(anthropic.BadRequestError, match="vault_ids"):
        sdk.beta.sessions.update(session, vault_ids=["vlt_0"])


def test_archive_keeps_the_history(sdk: anthropic.Anthropic, session: str) -> None:
    """An archived session is terminated and hidden from lists, and its events can still be read."""
    turn(sdk, session, message("hi"))
    archived = sdk.beta.sessions.archive(session)
    assert (archived.status, archived.archived_at is not None) == ("terminated", True)
    assert types(list(sdk.beta.sessions.events.list(session)))[-1] == "session.status_terminated"
    assert sdk.beta.sessions.list().data == []
    assert len(sdk.beta.sessions.list(include_archived=True, statuses=["terminated"]).data) == 1


def test_delete_ends_streams_and_forgets(sdk: anthropic.Anthropic, session: str) -> None:
    """Listeners hear of a deletion, their streams end, and nothing is left."""
    with sdk.beta.sessions.events.stream(session) as stream:
        assert sdk.beta.sessions.delete(session).type == "session_deleted"
        assert types(list(stream)) == ["session.deleted"]
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.sessions.events.list(session)


def test_sessions_can_be_filtered(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """Agent, version and status cut the list."""
    first = sdk.beta.sessions.create(agent=agent, environment_id=environment)
    sdk.beta.agents.update(agent, system="second")
    second = sdk.beta.sessions.create(agent=agent, environment_id=environment)
    listed = sdk.beta.sessions.list
    assert [session.id for session in listed(agent_id=agent)] == [second.id, first.id]
    assert [session.id for session in listed(agent_id=agent, agent_version=1, order="asc")] == [first.id]
    assert (
        listed(agent_id="agent_0").data
        == listed(deployment_id="depl_0").data
        == listed(statuses=["running"]).data
        == []
    )


def test_a_session_has_one_thread_and_its_resources(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """The primary thread tells the same story; a repository is mounted without its token."""
    repository: Any = {"type": "github_repository", "url": "https://github.com/acme/shop", "authorization_token": "t"}
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, resources=[repository])
    mounted: Any = sdk.beta.sessions.resources.list(session.id).data[0].to_dict()
    assert (mounted["mount_path"], "authorization_token" in mounted) == ("/workspace/shop", False)
    sdk.beta.sessions.resources.update(mounted["id"], session_id=session.id, authorization_token="new")
    turn(sdk, session.id, message("hi"))
    thread = sdk.beta.sessions.threads.list(session.id).data[0]
    assert sdk.beta.sessions.threads.retrieve(thread.id, session_id=session.id).session_id == session.id
    assert types(list(sdk.beta.sessions.threads.events.list(thread.id, session_id=session.id))) == TURN


BAD_SESSIONS = [
    pytest.param({"agent": "agent_0"}, 404, id="no such agent"),
    pytest.param({"environment_id": "env_0"}, 404, id="no such environment"),
    pytest.param({"vault_ids": ["vlt_0"]}, 404, id="no such vault"),
    pytest.param({"resources": [{"type": "file", "file_id": "file_0"}]}, 404, id="no such file"),
    pytest.param({"resources": [{"type": "github_repository", "url": "https://a.io/x"}]}, 400, id="not on GitHub"),
    pytest.param({"budget": {"type": "limit", "max_list_cost": {"amount": "0", "currency": "USD"}}}, 400, id="nothing"),
    pytest.param({"initial_events": [{"type": "user.interrupt"}]}, 400, id="not a first event"),
    pytest.param({"surprise": True}, 400, id="unknown field"),
]


@pytest.mark.parametrize(("changes", "status"), BAD_SESSIONS)
def test_create_refuses_what_breaks_a_rule(
    http: httpx.Client, agent: str, environment: str, changes: dict[str, Any], status: int
) -> None:
    """A wrong session is refused and not made."""
    body = {"agent": agent, "environment_id": environment} | changes
    assert http.post("/v1/sessions", json=body).status_code == status
    assert http.get("/v1/sessions").json()["data"] == []


def test_archived_agents_take_no_session(sdk: anthropic.Anthropic, agent: str, environment: str) -> None:
    """An archived agent can no longer be started."""
    sdk.beta.agents.archive(agent)
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.create(agent=agent, environment_id=environment)
