from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_managed_agents.release.smoke_results import traced_failures
from pulumi_managed_agents.smoke import SmokeResult
from pulumi_managed_agents.smoke.event_text import progress_line
from pulumi_managed_agents.smoke.result import Usage, session_budget
from pulumi_managed_agents.smoke.run import combine
from pulumi_managed_agents.smoke.script import steps

GOOD = SmokeResult(
    "t", passed=True, seconds=1, cost_usd=0.01, tokens=10, steps=1, session_id="sesn_good", runs_passed=1
)
BAD = SmokeResult(
    "t",
    passed=False,
    failures=("step 1: wrong",),
    seconds=2,
    steps=1,
    session_id="sesn_bad",
    transcript="bad.jsonl",
)
STOPPED = SmokeResult("t", passed=False, failures=("stopped",), conclusive=False)


@pytest.mark.parametrize(
    ("result", "line"),
    [
        pytest.param(
            SmokeResult("t", passed=True, seconds=3.21, tools=("a", "b"), cost_usd=0.01),
            "passed in 3.2 s, 2 tools, $0.01",
            id="passed",
        ),
        pytest.param(BAD, "failed in 2.0 s, 0 tools", id="failed, no cost known"),
    ],
)
def test_a_summary_is_one_line(result: SmokeResult, line: str) -> None:
    """The last line of a test says what came of it and what it took; why it failed is reported elsewhere, once."""
    assert result.summary() == line


@pytest.mark.parametrize(
    ("runs", "pass_rate", "passed", "conclusive"),
    [
        pytest.param([GOOD], 1.0, True, True, id="one run"),
        pytest.param([GOOD, GOOD, BAD], 0.66, True, True, id="enough"),
        pytest.param([GOOD, GOOD, BAD], 0.67, False, True, id="one too few"),
        pytest.param([GOOD] * 7 + [BAD] * 3, 0.7, True, True, id="a share that is no binary fraction"),
        pytest.param([GOOD, STOPPED], 1.0, False, False, id="the stopped run might have passed"),
        pytest.param([BAD, STOPPED], 1.0, False, True, id="the stopped run would not have helped"),
    ],
)
def test_a_repeated_test_passes_by_its_rate(
    runs: list[SmokeResult], pass_rate: float, passed: bool, conclusive: bool
) -> None:
    """The share of good runs decides, and a run that proves nothing is counted as such."""
    combined = combine(runs, pass_rate)
    assert (combined.passed, combined.conclusive) == (passed, conclusive)


def test_a_repeated_test_shows_the_run_that_failed() -> None:
    """Session and lines are those of the failure, each line with its own run; time and cost are everything spent."""
    combined = combine([GOOD, BAD], 1.0)
    assert combined.session_id == "sesn_bad"
    assert combined.failures == ("2 of 2 runs should pass, 1 did", "run 2: step 1: wrong")
    worse = replace(BAD, session_id="sesn_worse", transcript="worse.jsonl")
    assert traced_failures(combine([BAD, worse], 1.0).as_record()) == [
        "2 of 2 runs should pass, 0 did",
        "run 1: step 1: wrong (session sesn_bad, transcript bad.jsonl)",
        "run 2: step 1: wrong (session sesn_worse, transcript worse.jsonl)",
    ]
    assert (combined.seconds, combined.cost_usd, combined.runs, combined.runs_passed) == (3, 0.01, 2, 1)


@pytest.mark.parametrize(
    ("usd", "cents"),
    [
        pytest.param(0.25, "25", id="cents"),
        pytest.param(0.29, "29", id="a fraction binary floats miss"),
        pytest.param(1, "100", id="a dollar"),
        pytest.param(0.259, "25", id="never more than was said"),
        pytest.param(0.001, "1", id="never nothing"),
    ],
)
def test_a_budget_is_whole_cents(usd: float, cents: str) -> None:
    """The API takes an integer string of cents."""
    assert session_budget(usd) == {"type": "limit", "max_list_cost": {"amount": cents, "currency": "USD"}}


def test_usage_counts_every_sort_of_token() -> None:
    """Tokens from and to the cache count too, and absent numbers are nothing."""
    usage = {
        "input_tokens": 1,
        "output_tokens": 2,
        "cache_read_input_tokens": None,
        "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 8},
        "list_cost": {"amount": "7", "currency": "USD"},
    }
    assert Usage.read(usage) == Usage(tokens=15, cost_usd=0.07)
    assert Usage.read({}) == Usage(tokens=0, cost_usd=None)
    assert Usage.read(usage).since(Usage(tokens=5, cost_usd=0.02)) == Usage(tokens=10, cost_usd=0.05)


def test_a_flat_step_and_an_outcome_are_steps() -> None:
    """One step written flat and the outcome after it are played like any other."""
    flat = {"send": "hello", "expect": {"no_errors": True}, "outcome": {"description": "d", "rubric": "r"}}
    message, outcome = steps(flat)
    assert (message.label, message.expect, message.is_outcome) == ("step 1", {"no_errors": True}, False)
    assert message.event == {"type": "user.message", "content": [{"type": "text", "text": "hello"}]}
    assert (outcome.label, outcome.expect, outcome.is_outcome) == ("outcome", {"outcome": "satisfied"}, True)
    assert outcome.event["rubric"] == {"type": "text", "content": "r"}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param({"type": "agent.tool_use", "name": "read"}, "tool read", id="tool"),
        pytest.param(
            {"type": "agent.tool_use", "name": "bash", "evaluated_permission": "ask"},
            "tool bash asks for permission",
            id="tool that asks",
        ),
        pytest.param(
            {"type": "agent.message", "content": [{"type": "text", "text": "Found\nit"}, {"type": "redacted"}]},
            'reply "Found it"',
            id="reply",
        ),
        pytest.param(
            {
                "type": "session.error",
                "error": {"type": "model_overloaded_error", "retry_status": {"type": "retrying"}},
            },
            "model_overloaded_error, the platform tries again",
            id="error",
        ),
        pytest.param({"type": "session.status_idle", "stop_reason": {"type": "end_turn"}}, "", id="the usual end"),
        pytest.param(
            {"type": "session.status_idle", "stop_reason": {"type": "budget_reached"}},
            "budget reached",
            id="another end",
        ),
        pytest.param({"type": "span.model_request_start"}, "", id="nothing worth a line"),
        pytest.param({"type": "session.brand_new"}, "", id="unknown"),
    ],
)
def test_progress_is_short(event: dict[str, Any], words: str) -> None:
    """Noteworthy events get a few words, all others none."""
    assert progress_line(event) == words
