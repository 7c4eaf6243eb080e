from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents import smoke
from pulumi_managed_agents.smoke.leftover_sessions import session_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pulumi_managed_agents.smoke import SmokeResult
    from tests.smoke.smoke_stage import Stage

SHIPPED = {"lookup_order": {"returns": "shipped"}}


def transcript(result: SmokeResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(result.transcript).read_text(encoding="utf-8").splitlines()]


def ids(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in events if not event["type"].startswith("transcript")]


def test_a_test_that_passes_leaves_a_transcript_and_no_session(stage: Stage) -> None:
    """What a passed session cost, said and did is in the result; the session itself is deleted."""
    expect = {"reply": {"contains": ["shipped"]}, "tools": {"used": ["lookup_order"]}, "max_cost_usd": 0.1}
    result = stage.run(send="Where is order 42?", custom_tools=SHIPPED, expect=expect)
    assert (result.passed, result.failures, result.stop_reason) == (True, (), "end_turn")
    assert (result.reply, result.tools, result.steps) == ("Order 42: shipped", ("lookup_order",), 1)
    assert result.tokens > 0
    assert result.cost_usd is not None
    assert result.session_id not in stage.sessions()


def test_progress_is_reported_in_a_few_lines(stage: Stage) -> None:
    """Each noteworthy event is one short line with the test's name in front."""
    stage.run(send="Where is order 42?", custom_tools=SHIPPED)
    *lines, last = stage.said
    assert lines == [
        "smoke review: running",
        'smoke review: reply "Let me look."',
        "smoke review: tool lookup_order",
        "smoke review: lookup_order: answered",
        'smoke review: reply "Order 42: shipped"',
    ]
    assert last.startswith("smoke review: passed in ")


def test_a_transcript_holds_every_event_once_and_in_order(stage: Stage) -> None:
    """A header says what was tested; then comes each event the session has had, and what came of it."""
    result = stage.run(send="hello", expect={"reply": {"contains": ["no such text"]}})
    header, *recorded, ended, outcome = transcript(result)
    assert (header["test"], header["agent_version"], header["session_id"]) == ("review", 1, result.session_id)
    history = ids(stage.client.sessions.events(result.session_id))
    assert ids(recorded) == history[: len(ids(recorded))]
    assert recorded[-1]["type"] == "session.status_idle"
    assert (ended["label"], outcome["failures"]) == ("step 1", list(result.failures))


def test_a_test_that_fails_keeps_its_session_archived(stage: Stage) -> None:
    """The result says which assertion failed and what was got, which progress leaves to it; the session stays."""
    expect = {"reply": {"contains": ["shipped"]}}
    result = stage.run(send="Where is order 42?", custom_tools={"lookup_order": {"returns": "lost"}}, expect=expect)
    assert result.failures == ('step 1: reply should contain "shipped", got "Order 42: lost"',)
    assert stage.sessions()[result.session_id]
    assert stage.said[-1].startswith("smoke review: failed in ")
    assert not any("should contain" in line for line in stage.said)


def test_a_session_is_pinned_capped_and_labelled(stage: Stage) -> None:
    """The session runs exactly the version under test, within its budget, and says whose it is."""
    result = stage.run(send="hello", expect={"stop_reason": "refusal"})
    session = stage.client.sessions.get(result.session_id)
    assert session["agent"]["version"] == stage.target.agent_version
    assert session["budget"]["max_list_cost"] == {"amount": "25", "currency": "USD"}
    assert session["metadata"] == {"stage": "dev", **session_metadata("review", 120)}


@pytest.mark.parametrize(
    ("policy", "reply"),
    [
        pytest.param("allow", "bash said: ok", id="allowed"),
        pytest.param({"bash": "allow"}, "bash said: ok", id="allowed by name"),
        pytest.param("deny", "does not allow bash", id="denied"),
    ],
)
def test_a_tool_that_asks_is_answered_by_the_policy(stage: Stage, policy: str | dict[str, str], reply: str) -> None:
    """The session goes on after a yes as after a no, and the agent is told why."""
    expect = {"reply": {"contains": [reply]}, "tools": {"used": ["bash"]}}
    result = stage.run(send="clean up", on_tool_request=policy, expect=expect)
    assert result.failures == ()


@pytest.mark.parametrize("reasons", ["requires_action", ["end_turn", "requires_action"]])
def test_a_test_may_expect_the_question_itself(stage: Stage, reasons: str | list[str]) -> None:
    """A step that expects requires_action leaves the question unanswered."""
    result = stage.run(send="clean up", on_tool_request="allow", expect={"stop_reason": reasons})
    assert (result.passed, result.tools) == (True, ("bash",))


def test_a_custom_tool_without_an_answer_fails_the_test(stage: Stage) -> None:
    """The session still comes to its end, with an error for the agent."""
    result = stage.run(send="Where is order 42?")
    assert result.failures == ("step 1: custom tool lookup_order was called, but custom_tools has no entry for it",)
    assert result.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("message", "stop_reason", "line"),
    [
        pytest.param(
            "something dangerous",
            "refusal",
            "step 1: stop_reason should be end_turn, got refusal (That is dangerous.)",
            id="refusal",
        ),
        pytest.param(
            "something expensive",
            "budget_reached",
            "step 1: stop_reason should be end_turn, got budget_reached",
            id="budget reached",
        ),
        pytest.param(
            "crash",
            "terminated",
            "step 1: stop_reason should be end_turn, got terminated (unknown_error: It broke.)",
            id="terminated",
        ),
    ],
)
def test_an_end_nobody_expects_is_a_failure(stage: Stage, message: str, stop_reason: str, line: str) -> None:
    """A session that stops for another reason than being done fails its test, with the reason."""
    result = stage.run(send=message)
    assert (result.failures, result.stop_reason, result.conclusive) == ((line,), stop_reason, True)


def test_an_error_the_platform_got_over_is_none_unless_asked(stage: Stage) -> None:
    """A retried error fails only a test that says no_errors."""
    assert stage.run(send="hiccup").passed
    strict = stage.run(send="hiccup", expect={"no_errors": True})
    assert strict.failures == ("step 1: should have no errors, got model_overloaded_error: Overloaded.",)


def test_steps_are_one_conversation_and_end_with_the_first_failure(stage: Stage) -> None:
    """Steps share a session; what follows a failure is not sent."""
    steps = [
        {"send": "chatter", "expect": {"reply": {"contains": ["three"]}, "tools": {"at_most": 2}}},
        {"send": "hello", "expect": {"tools": {"at_most": 0}, "reply": {"contains": ["nothing"]}}},
        {"send": "never sent"},
    ]
    result = stage.run(steps=steps)
    assert result.steps == 2
    assert [line[:6] for line in result.failures] == ["step 2"]


@pytest.mark.parametrize(
    ("description", "expected", "failures"),
    [
        pytest.param("write an essay", "satisfied", (), id="satisfied after a revision"),
        pytest.param("write a bad essay", "failed", (), id="failed, as expected"),
        pytest.param("write it again", "max_iterations_reached", (), id="revised as often as it may be"),
        pytest.param(
            "write a bad essay",
            "satisfied",
            ('outcome: should be satisfied, got failed: "The script says so."',),
            id="failed",
        ),
    ],
)
def test_an_outcome_is_awaited(stage: Stage, description: str, expected: str, failures: tuple[str, ...]) -> None:
    """The test lasts until the API has graded the result for good."""
    result = stage.run(outcome={"description": description, "rubric": "good", "expect": expected, "max_iterations": 2})
    assert result.failures == failures


@pytest.mark.parametrize("after", [0, 1, 2, 5])
def test_dropped_streams_lose_and_repeat_nothing(stage: Stage, inject: Callable[..., None], after: int) -> None:
    """A stream that breaks off again and again gives the same transcript as one that holds."""
    inject(path=".*/stream", stream_events=after, times=3)
    result = stage.run(send="chatter", expect={"reply": {"contains": ["no such text"]}})
    assert result.tools == ("read", "read")
    recorded = ids(transcript(result))
    assert recorded == ids(stage.client.sessions.events(result.session_id))[: len(recorded)]


@pytest.mark.long
def test_a_test_that_takes_too_long_is_interrupted(stage: Stage) -> None:
    """The limit holds for the whole test; the session is stopped, archived and named."""
    result = stage.run(send="read slowly", timeout_seconds=4)
    assert result.failures == ("should be finished within 4 s, got as far as step 1, tool read",)
    assert (result.stop_reason, result.conclusive) == ("timeout", True)
    assert stage.sessions()[result.session_id]


def test_stopping_interrupts_and_removes_the_session(stage: Stage) -> None:
    """Ctrl-C leaves no session behind, and its result proves nothing about the agent."""
    stage.stop_at = "tool read"
    result = stage.run(send="read slowly")
    assert (result.failures, result.stop_reason, result.conclusive) == (
        ("cancelled before it was finished",),
        "stopped",
        False,
    )
    assert result.session_id not in stage.sessions()


def test_stopping_leaves_the_rest_unstarted(stage: Stage) -> None:
    """Tests that had not begun say so, and each test has its result all the same."""
    stage.stop_at = "tool read"
    tests = [stage.test("slow", send="read slowly"), stage.test("next", send="hello")]
    slow, rest = stage.run_all(*tests, concurrency=1)
    assert (slow.stop_reason, rest.stop_reason) == ("stopped", "stopped")
    assert (rest.name, rest.failures, rest.session_id) == ("next", ("cancelled before it began",), "")


def test_a_platform_failure_is_tried_once_more(stage: Stage, inject: Callable[..., None]) -> None:
    """An answer of 500 to the creation is no verdict on the agent."""
    inject(method="POST", path="/v1/sessions", status=500)
    result = stage.run(send="hello")
    assert result.passed
    assert any("trying once more in a new session" in line for line in stage.said)


def test_a_platform_failure_that_stays_is_inconclusive(stage: Stage, inject: Callable[..., None]) -> None:
    """After the second failure the result says that it says nothing about the agent."""
    inject(method="POST", path="/v1/sessions", status=500, times=2)
    result = stage.run(send="hello")
    assert (result.stop_reason, result.conclusive, result.session_id) == ("unavailable", False, "")
    assert "500" in result.failures[0]


def test_an_overloaded_model_is_tried_once_more(stage: Stage) -> None:
    """Retries exhausted by an overloaded model give a second session, and then an inconclusive failure."""
    result = stage.run(send="too busy")
    assert result.failures == (
        "step 1: stop_reason should be end_turn, got retries_exhausted (model_overloaded_error: Overloaded.)",
    )
    assert (result.stop_reason, result.conclusive) == ("retries_exhausted", False)
    assert stage.said.count("smoke review: retries exhausted") == 2


def test_an_agent_that_cannot_be_run_is_one_line(stage: Stage) -> None:
    """What the API refuses is a failure of the test, in the API's words."""
    missing = replace(stage.target, agent_version=99)
    [result] = stage.run_all(replace(stage.test(send="hello"), target=missing))
    assert (result.passed, result.stop_reason, result.conclusive) == (False, "error", True)
    assert "the API answered 4" in result.failures[0]


def test_a_session_that_cannot_be_removed_is_a_warning(stage: Stage, inject: Callable[..., None]) -> None:
    """A failed clean-up does not fail the test."""
    inject(method="DELETE", path="/v1/sessions/.*", status=403)
    assert stage.run(send="hello").passed
    assert any(line.startswith("smoke review: warning: session sesn_") for line in stage.said)


def test_a_session_still_busy_is_removed_a_moment_later(stage: Stage, inject: Callable[..., None]) -> None:
    """The API may refuse for a moment after the session has stopped."""
    inject(method="DELETE", path="/v1/sessions/.*", status=409)
    result = stage.run(send="hello")
    assert result.session_id not in stage.sessions()
    assert not any("warning" in line for line in stage.said)


def test_secrets_reach_neither_transcript_nor_result_nor_progress(stage: Stage) -> None:
    """A canary sent to an agent that repeats it is found nowhere."""
    expect = {"reply": {"contains": ["no such text"]}}
    result = stage.run(send="hello canary-value and sk-ant-api03-abcdefgh", expect=expect)
    traces = "\n".join([*stage.said, repr(result), Path(result.transcript).read_text(encoding="utf-8")])
    assert "[secret]" in traces
    assert "canary-value" not in traces
    assert "abcdefgh" not in traces


def test_eight_tests_run_side_by_side(stage: Stage) -> None:
    """Tests do not wait for each other, and results come in the order of the tests."""
    stage.meet_at = "tool read"
    tests = [stage.test(f"t{number}", send="chatter") for number in range(8)]
    results = stage.run_all(*tests)
    assert [result.name for result in results] == [f"t{number}" for number in range(8)]
    assert all(result.passed for result in results)


def test_a_test_is_repeated_as_often_as_it_says(stage: Stage) -> None:
    """Each run has a session of its own, and the pass rate decides."""
    [result] = stage.run_all(stage.test(send="hello", repeat=3, pass_rate=0.5))
    assert (result.passed, result.runs, result.runs_passed, result.steps) == (True, 3, 3, 3)


def test_a_failed_run_that_the_pass_rate_allows_says_why_it_failed(stage: Stage, inject: Callable[..., None]) -> None:
    """Nobody else would: the test has passed. A run that came to no session names none."""
    inject(method="POST", path="/v1/sessions", status=400)
    [result] = stage.run_all(stage.test(send="hello", repeat=2, pass_rate=0.5))
    assert (result.passed, result.runs_passed) == (True, 1)
    (why,) = [line for line in stage.said if "the API answered 400" in line]
    assert why.startswith("smoke review: one run failed: the API answered 400")
    assert "(session" not in why


def test_what_failed_before_a_stop_says_why(stage: Stage) -> None:
    """Nobody gets to report on it any more; of what was cancelled there is nothing to say."""
    stage.stop_at = "tool read"
    red = stage.test("red", send="hello", expect={"reply": {"contains": ["no such text"]}})
    failed, _ = stage.run_all(red, stage.test("slow", send="read slowly"), concurrency=1)
    (why,) = [line for line in stage.said if "no such text" in line]
    assert why.endswith(f"(session {failed.session_id}, transcript {failed.transcript})")
    assert not any("cancelled before" in line for line in stage.said)


def test_a_session_gets_the_vaults_and_memory_stores_of_its_test(stage: Stage) -> None:
    """What a test may touch is what its session has, and memory is read only unless the test says otherwise."""
    vault = stage.client.vaults.create({"display_name": "crm"})
    store = stage.client.memory_stores.create({"name": "notes"})
    target = replace(stage.target, vault_ids=(vault["id"],), memory_stores=(smoke.AttachedStore(store["id"]),))
    [result] = stage.run_all(replace(stage.test(send="hello", expect={"stop_reason": "refusal"}), target=target))
    session = stage.client.sessions.get(result.session_id)
    assert session["vault_ids"] == [vault["id"]]
    assert [(one["memory_store_id"], one["access"]) for one in session["resources"]] == [(store["id"], "read_only")]


@pytest.mark.parametrize(
    ("files", "failures"),
    [
        pytest.param({"*.md": {"contains": "42", "excludes": "43"}}, (), id="content"),
        pytest.param("report.md", (), id="name"),
        pytest.param(
            ["table.csv"],
            ("step 1: files should include table.csv, got report.md",),
            id="missing",
            marks=pytest.mark.long,
        ),
    ],
)
def test_files_that_the_session_wrote_are_looked_at(stage: Stage, files: Any, failures: tuple[str, ...]) -> None:
    """A file is waited for, since it appears only a while after the session has stopped."""
    result = stage.run(send="write a report", timeout_seconds=5, expect={"files": files})
    assert result.failures == failures


def test_the_order_of_calls_is_reported_with_their_arguments(stage: Stage) -> None:
    """What an agent was asked to do with a tool counts, not just that it was called."""
    calls = [{"name": "read", "input": {"file_path": path}} for path in ("/b", "/a")]
    result = stage.run(send="chatter", expect={"tools": {"used": calls, "in_order": calls}})
    assert result.failures == (
        'step 1: tools should be called in the order read(file_path: "/b"), read(file_path: "/a"), '
        'got read(file_path: "/a"), read(file_path: "/b")',
    )
