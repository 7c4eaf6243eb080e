from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.kinds import problems
from pulumi_managed_agents.kinds.smoke_test import SmokeTest
from tests.kinds.definition_bodies import SMOKE, load

BASE = {"agent": "../agents/triage.md", "environment": "../environments/cloud.yaml", "budget_usd": 0.25}
FLAT = {**BASE, "send": "Hi", "expect": {"reply": {"contains": "Hello"}}}


def problems_of(body: dict[str, Any]) -> list[str]:
    """What is said about a smoke test."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems("smoke", body)]


def test_right_smoke_tests() -> None:
    """Nothing is said about a test with every field, a flat one, or one that is an outcome alone."""
    assert problems_of(SMOKE) == []
    assert problems_of(FLAT) == []
    assert problems_of({**BASE, "outcome": {"description": "A table.", "rubric": "It is right."}}) == []
    assert (
        problems_of({**BASE, "outcome": {"description": "A table.", "rubric": {"type": "file", "file_id": "file_1"}}})
        == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("budget_usd: 0", ["error budget_usd: must be at least 0.01"], id="no budget"),
        pytest.param("budget_usd: .inf", ["error budget_usd: must be a finite number"], id="endless budget"),
        pytest.param(
            "budget_usd: null", ["error budget_usd: must be a number, but nothing is given"], id="null budget"
        ),
        pytest.param("agent: 5", ["error agent: must be text or an object (key: value)"], id="agent of no shape"),
        pytest.param("agent: {}", ["error agent.path: is required"], id="agent without path"),
        pytest.param("stages: []", ["error stages: must not be empty"], id="no stage"),
        pytest.param("repeat: 0", ["error repeat: must be at least 1"], id="no repetition"),
        pytest.param("pass_rate: 1.1", ["error pass_rate: must be at most 1"], id="more than all"),
        pytest.param(
            "timout_seconds: 5", ["error timout_seconds: unknown field; did you mean 'timeout_seconds'?"], id="typo"
        ),
        pytest.param("on_tool_request: ask", ["error on_tool_request: unknown value; known: allow, deny"], id="ask"),
        pytest.param(
            "on_tool_request: {bash: alow}",
            ["error on_tool_request.bash: unknown value; did you mean 'allow'?"],
            id="misspelt permission",
        ),
        pytest.param(
            "custom_tools: {look: {return: x}}",
            ["error custom_tools.look.return: unknown field; did you mean 'returns'?"],
            id="misspelt answer",
        ),
        pytest.param(
            "memory_stores: [{path: ../m.yaml, access: write}]",
            ["error memory_stores[0].access: unknown value; did you mean 'read_write'?"],
            id="access",
        ),
        pytest.param(
            "memory_stores: [{access: read_only}]",
            ["error memory_stores[0]: must have path or memory_store_id"],
            id="memory store of no name",
        ),
        pytest.param("side_effects: yes please", ["error side_effects: unknown value; known: accepted"], id="effects"),
        pytest.param("expect: {reply: {contains: []}}", ["error expect: " + "{nothing}"], id="empty list"),
        pytest.param("expect: {no_errors: false, stop_reason: []}", ["error expect: " + "{nothing}"], id="all off"),
        pytest.param("expect: null", ["error expect: " + "{nothing}"], id="nothing expected"),
        pytest.param("expect: {tools: {at_most: 0}}", [], id="no tool call at all is an assertion"),
        pytest.param(
            "expect: {stop_reason: end_trun}",
            ["warning expect.stop_reason: unknown value; did you mean 'end_turn'?"],
            id="stop reasons are the API's",
        ),
        pytest.param(
            "expect: {reply: {contain: a, matches: b}}",
            ["error expect.reply.contain: unknown field; did you mean 'contains'?"],
            id="misspelt assertion",
        ),
        pytest.param(
            "expect: {reply: {matches: [ok, '(']}}",
            ["error expect.reply.matches[1]: is not a regular expression: missing ) at position 1"],
            id="broken regular expression",
        ),
        pytest.param(
            "expect: {reply: {json_schema: {properties: {a: {type: txt}}}}}",
            ["error expect.reply.json_schema: is not a JSON Schema: wrong at $.properties.a.type"],
            id="broken schema",
        ),
        pytest.param(
            "expect: {tools: {used: bash, not_used: [bash, read], in_order: [read]}}",
            [
                "error expect.tools.used: 'bash' is in not_used as well",
                "error expect.tools.in_order: 'read' is in not_used as well",
            ],
            id="used and not used",
        ),
        pytest.param(
            "expect: {tools: {in_order: [read, {name: edit, input: {path: /a}}]}}", [], id="calls by arguments"
        ),
        pytest.param("expect: {tools: {used: {name: edit}}}", [], id="one call, written without the list"),
        pytest.param(
            "expect: {tools: {used: [{tool: edit}]}}",
            ["error expect.tools.used[0].name: is required", "error expect.tools.used[0].tool: unknown field"],
            id="call of no tool",
        ),
        pytest.param("expect: {files: {report.md: {}}}", [], id="a file that is there is an assertion"),
        pytest.param(
            "expect: {files: {report.md: {contain: x}}}",
            ["error expect.files.report.md.contain: unknown field; did you mean 'contains'?"],
            id="misspelt assertion of a file",
        ),
        pytest.param("expect: {max_seconds: -1}", ["error expect.max_seconds: must be greater than 0"], id="time"),
        pytest.param("send: null", ["error send: is required with expect"], id="nothing sent"),
        pytest.param(
            "steps: [{send: a}]", ["error send: is given beside steps; move it into a step"], id="flat and steps"
        ),
        pytest.param("{send: null, expect: null}", ["error steps: is required: steps, send or outcome"], id="nothing"),
        pytest.param(
            "{send: null, expect: null, steps: [{send: a}, {send: b, expect: {}}]}",
            ["error steps: " + "{nothing}"],
            id="steps that expect nothing",
        ),
        pytest.param(
            "{send: null, expect: null, steps: [{expect: {no_errors: true}}]}",
            ["error steps[0].send: is required"],
            id="step that sends nothing",
        ),
        pytest.param(
            "outcome: {rubric: r, max_iterations: 21, expect: good}",
            [
                "error outcome.description: is required",
                "error outcome.max_iterations: must be at most 20",
                "error outcome.expect: unknown value; known: failed, interrupted, max_iterations_reached, satisfied",
            ],
            id="outcome",
        ),
    ],
)
def test_wrong_smoke_tests(text: str, expected: list[str]) -> None:
    """In a file that only this package reads, a misspelt assertion is an error, and so is a test without any."""
    nothing = "the test asserts nothing; expect something of the reply, the tools or the end"
    assert problems_of({**FLAT, **load(text)}) == [line.replace("{nothing}", nothing) for line in expected]


def test_required_fields() -> None:
    """A smoke test needs an agent, an environment, a budget and something to do."""
    assert problems_of({}) == [
        "error agent: is required",
        "error environment: is required",
        "error budget_usd: is required",
        "error steps: is required: steps, send or outcome",
    ]


def test_consumers_see_only_steps() -> None:
    """A flat test reads as one step, single texts as lists, and what is left out has its default."""
    test = SmokeTest.model_validate({**FLAT, "expect": {"reply": {"contains": "Hello", "matches": "H.*"}}})
    (step,) = test.normalised_steps
    assert (step.send, step.expect.reply.contains, step.expect.reply.matches) == ("Hi", ["Hello"], ["H.*"])
    assert (step.expect.tools.used, step.expect.no_errors, test.timeout_seconds) == ([], False, 120)
    first, second = SmokeTest.model_validate(SMOKE).normalised_steps
    assert (first.send, second.expect.stop_reason) == ("Where is order 42?", ["end_turn", "refusal"])
