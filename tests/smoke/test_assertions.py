from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pulumi_managed_agents.smoke.assertions import FinishedStep, failed_assertions, find_json
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.turn import SessionError, ToolUse, Turn

SCHEMA = {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["shipped"]}}}


Use = str | tuple[str, dict[str, Any]]
READ_42 = ("read", {"path": "/a", "options": {"limit": 42, "lines": [1, 2]}})
FILES = {"report.md": "Total: 42", "chart.png": None}


def observed(
    *messages: str, tools: tuple[Use, ...] = (), messages_before_tool: int = 0, seconds: float = 1.0, **turn: Any
) -> FinishedStep:
    calls = [(use, {}) if isinstance(use, str) else use for use in tools]
    uses = tuple(ToolUse(f"sevt_{number}", name, input=input) for number, (name, input) in enumerate(calls))
    finished = Turn(
        started=True, stop="end_turn", messages=messages, tools=uses, messages_before_tool=messages_before_tool
    )
    return FinishedStep(replace(finished, **turn), seconds, Usage(tokens=100, cost_usd=0.05))


def with_files() -> FinishedStep:
    return replace(observed("done"), files=FILES)


@pytest.mark.parametrize(
    ("expect", "seen"),
    [
        pytest.param({}, observed("anything"), id="a step that expects nothing but its end"),
        pytest.param({"reply": {"contains": ["is", "shipped"]}}, observed("It is shipped"), id="contains all"),
        pytest.param({"reply": {"contains": "shipped"}}, observed("shipped"), id="contains, written without a list"),
        pytest.param({"reply": {"matches": [r"^Order \d+"]}}, observed("Order 42"), id="matches"),
        pytest.param({"reply": {"excludes": ["secret"]}}, observed("public"), id="excludes"),
        pytest.param(
            {"reply": {"json_schema": SCHEMA}}, observed('{"status": "shipped"}'), id="the whole reply is JSON"
        ),
        pytest.param(
            {"reply": {"json_schema": SCHEMA}},
            observed('Here:\n```json\n{"status": "shipped"}\n```\nDone.'),
            id="JSON in a fence",
        ),
        pytest.param(
            {"reply": {"json_schema": SCHEMA}}, observed('```\n{"status": "shipped"}\n```'), id="JSON in a bare fence"
        ),
        pytest.param({"tools": {"used": ["read"]}}, observed(tools=("bash", "read")), id="used"),
        pytest.param({"tools": {"used": ["get_issue"]}}, observed(tools=("crm/get_issue",)), id="used, of any server"),
        pytest.param(
            {"tools": {"used": ["crm/get_issue"]}}, observed(tools=("crm/get_issue",)), id="used, of this server"
        ),
        pytest.param({"tools": {"not_used": ["bash"]}}, observed(tools=("read",)), id="not used"),
        pytest.param({"tools": {"at_most": 2}}, observed(tools=("read", "read")), id="just as many as allowed"),
        pytest.param(
            {"tools": {"in_order": ["read", "edit"]}},
            observed(tools=("read", "grep", "edit")),
            id="in order, with more",
        ),
        pytest.param(
            {"tools": {"used": {"name": "read", "input": {"options": {"lines": [1, 2]}}}}},
            observed(tools=(READ_42,)),
            id="used with this argument, and others",
        ),
        pytest.param(
            {"tools": {"in_order": ["grep", {"name": "read", "input": {"path": "/a"}}, {"name": "read"}]}},
            observed(tools=(("read", {"path": "/b"}), "grep", READ_42, "read")),
            id="in order, with arguments",
        ),
        pytest.param(
            {"tools": {"not_used": [{"name": "read", "input": {"path": "/etc"}}]}},
            observed(tools=(READ_42,)),
            id="used, but not with this argument",
        ),
        pytest.param({"files": "report.md"}, with_files(), id="a file"),
        pytest.param({"files": ["*.md", "chart.png"]}, with_files(), id="files by pattern"),
        pytest.param({"files": {"*.md": {"contains": "42"}, "chart.png": {}}}, with_files(), id="a file's content"),
        pytest.param({"max_seconds": 1}, observed(seconds=1.0), id="just in time"),
        pytest.param({"max_cost_usd": 0.05}, observed(), id="just the money"),
        pytest.param({"max_tokens": 100}, observed(), id="just the tokens"),
        pytest.param({"stop_reason": "refusal"}, observed(stop="refusal"), id="the refusal it wants"),
        pytest.param({"no_errors": True}, observed("fine"), id="no errors"),
        pytest.param(
            {"reply": {"contains": ["late"]}},
            observed("early", "late", messages_before_tool=1),
            id="a reply after the tools",
        ),
        pytest.param({"outcome": "satisfied"}, observed(verdict="satisfied"), id="outcome"),
    ],
)
def test_what_holds_says_nothing(expect: dict[str, Any], seen: FinishedStep) -> None:
    """An assertion that holds yields no line."""
    assert failed_assertions(expect, seen) == ()


@pytest.mark.parametrize(
    ("expect", "seen", "line"),
    [
        pytest.param(
            {"reply": {"contains": ["shipped"]}},
            observed("Order 42 is on its way"),
            'reply should contain "shipped", got "Order 42 is on its way"',
            id="contains",
        ),
        pytest.param(
            {"reply": {"contains": ["shipped"]}},
            observed(),
            'reply should contain "shipped", got nothing',
            id="no reply at all",
        ),
        pytest.param(
            {"reply": {"contains": ["early"]}},
            observed("early", "late", messages_before_tool=1),
            'reply should contain "early", got "late"',
            id="what was said before the last tool is not the reply",
        ),
        pytest.param(
            {"reply": {"matches": [r"\d+"]}}, observed("none"), r'reply should match /\d+/, got "none"', id="matches"
        ),
        pytest.param(
            {"reply": {"excludes": ["password"]}},
            observed("the password is x", "done", messages_before_tool=1),
            'reply should not contain "password", got "the password is x"',
            id="excludes holds for everything said",
        ),
        pytest.param(
            {"reply": {"json_schema": SCHEMA}},
            observed("no JSON"),
            'reply should hold JSON, alone or in a ```json fence, got "no JSON"',
            id="no JSON",
        ),
        pytest.param(
            {"reply": {"json_schema": SCHEMA}},
            observed('{"status": "lost"}'),
            "reply's JSON should fit the schema: $.status: 'lost' is not one of ['shipped']",
            id="JSON that does not fit",
        ),
        pytest.param({"tools": {"used": ["read"]}}, observed(), "tools should include read, got none", id="used"),
        pytest.param(
            {"tools": {"not_used": ["bash"]}},
            observed(tools=("read", "bash")),
            "tools should not include bash, got read, bash",
            id="not used",
        ),
        pytest.param(
            {"tools": {"at_most": 1}},
            observed(tools=("read", "read")),
            "tools should be called at most once, got 2: read, read",
            id="at most",
        ),
        pytest.param(
            {"tools": {"in_order": ["edit", "read"]}},
            observed(tools=("read", "edit")),
            "tools should be called in the order edit, read, got read, edit",
            id="in order",
        ),
        pytest.param(
            {"tools": {"in_order": [{"name": "read", "input": {"path": "/b"}}]}},
            observed(tools=(("read", {"path": "/a"}),)),
            'tools should be called in the order read(path: "/b"), got read(path: "/a")',
            id="in order, with another argument",
        ),
        pytest.param(
            {"tools": {"used": [{"name": "read", "input": {"lines": [1]}}]}},
            observed(tools=(("read", {"lines": [1, 2]}),)),
            "tools should include read(lines: [1]), got read(lines: [1, 2])",
            id="a list is held as a whole",
        ),
        pytest.param(
            {"files": ["summary.md"]},
            with_files(),
            "files should include summary.md, got report.md, chart.png",
            id="a file that is missing",
        ),
        pytest.param(
            {"files": {"report.md": {"contains": ["43"]}}},
            with_files(),
            'file report.md should contain "43", got "Total: 42"',
            id="a file with another content",
        ),
        pytest.param(
            {"files": {"chart.png": {"contains": ["43"]}}},
            with_files(),
            "file chart.png should be a text",
            id="a file that is no text",
        ),
        pytest.param(
            {"reply": {"json_schema": {"$ref": "#/$defs/order"}}},
            observed("{}"),
            "reply's JSON cannot be checked: the schema refers to /$defs/order, which it does not contain",
            id="a schema with a dead reference",
        ),
        pytest.param(
            {"reply": {"json_schema": {"$ref": "http://192.0.2.1/order.json"}}},
            observed("{}"),
            "reply's JSON cannot be checked: the schema refers to http://192.0.2.1/order.json, "
            "which it does not contain",
            id="a schema elsewhere, which is not fetched",
        ),
        pytest.param(
            {"max_seconds": 60}, observed(seconds=71.26), "should take at most 60 s, took 71.3 s", id="too slow"
        ),
        pytest.param({"max_cost_usd": 0.01}, observed(), "should cost at most $0.01, cost $0.05", id="too dear"),
        pytest.param(
            {"max_cost_usd": 0.01},
            FinishedStep(observed().turn, 1.0, Usage(tokens=100)),
            "should cost at most $0.01, but the API reported no cost",
            id="a cost nobody knows proves nothing",
        ),
        pytest.param({"max_tokens": 99}, observed(), "should use at most 99 tokens, used 100", id="too many tokens"),
        pytest.param(
            {"no_errors": True},
            observed(errors=(SessionError("unknown_error", "broken", retrying=True),)),
            "should have no errors, got unknown_error: broken",
            id="an error, even one that was retried",
        ),
        pytest.param(
            {},
            observed(
                stop="retries_exhausted", errors=(SessionError("model_overloaded_error", "too busy", retrying=False),)
            ),
            "stop_reason should be end_turn, got retries_exhausted (model_overloaded_error: too busy)",
            id="an end nobody asked for",
        ),
        pytest.param(
            {},
            observed(stop="refusal", stop_details="not allowed"),
            "stop_reason should be end_turn, got refusal (not allowed)",
            id="a refusal and its reason",
        ),
        pytest.param(
            {"outcome": "satisfied"},
            observed(verdict="failed", explanation="off topic"),
            'should be satisfied, got failed: "off topic"',
            id="another verdict",
        ),
        pytest.param(
            {"outcome": "satisfied"}, observed(), "should be satisfied, but was never evaluated", id="no verdict"
        ),
    ],
)
def test_what_fails_is_one_readable_sentence(expect: dict[str, Any], seen: FinishedStep, line: str) -> None:
    """A failing assertion names itself and what was got instead."""
    assert failed_assertions(expect, seen) == (line,)


def test_every_failing_assertion_is_reported() -> None:
    """One run tells everything that is wrong with a step."""
    expect = {"reply": {"contains": ["a", "b"]}, "tools": {"used": ["read"]}, "max_tokens": 1}
    assert len(failed_assertions(expect, observed("c"))) == 4


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        pytest.param("[1]", (True, [1]), id="alone"),
        pytest.param('```json\n{"a": 1}\n```\nor\n```json\n{"a": 2}\n```', (True, {"a": 2}), id="the last fence"),
        pytest.param("```python\nprint()\n```", (False, None), id="a fence of something else"),
        pytest.param("", (False, None), id="nothing"),
    ],
)
def test_json_is_found_where_models_put_it(reply: str, found: tuple[bool, Any]) -> None:
    """JSON stands alone or in a fence."""
    assert find_json(reply) == found


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "expect",
    [
        {"matches": r"^(a|aa)+[bc]$"},
        {"json_schema": {"properties": {"note": {"pattern": r"^(a|aa)+[bc]$"}}}},
        {"json_schema": {"patternProperties": {r"^(a|aa)+[bc]$": False}}},
        {"json_schema": {"patternProperties": {r"^(a|aa)+[bc]$": True}, "additionalProperties": False}},
        {"json_schema": {"patternProperties": {r"^(a|aa)+[bc]$": True}, "unevaluatedProperties": False}},
        {"json_schema": {"additionalProperties": {"pattern": r"^(a|aa){1,40}[bc]$"}}},
        {"json_schema": {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": r"^(a|aa)+[bc]$"}},
    ],
    ids=["reply", "schema", "keys", "other keys", "keys that are left", "other values", "an earlier draft"],
)
def test_a_pattern_that_takes_for_ever_fails_its_test(expect: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Some expressions double their time with each letter; they are given up, and the sentence says what to do."""
    monkeypatch.setattr("pulumi_managed_agents.smoke.assertions.LONGEST_MATCH", 0.2)
    many = "a" * 5_000
    value = many if "$schema" in str(expect) else {"note": many, many: 1, "more": many}
    reply = many if "matches" in expect else json.dumps(value)
    (failure,) = failed_assertions({"reply": expect}, observed(reply))
    assert "repetitions inside repetitions" in failure


def test_whoever_else_checks_by_a_schema_is_not_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is that of one assertion, also within the library that all of the process shares."""
    monkeypatch.setattr("pulumi_managed_agents.smoke.assertions.LONGEST_MATCH", -1.0)
    schema = {"pattern": "^a$"}
    (failure,) = failed_assertions({"reply": {"json_schema": schema}}, observed('"a"'))
    assert "took too long" in failure
    assert Draft202012Validator(schema).is_valid("a")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("schema", "reply", "failure"),
    [
        pytest.param({}, "[" * 100_000, "should hold JSON", id="deep text"),
        pytest.param({"items": {"$ref": "#"}}, "[" * 500 + "]" * 500, "nested too deep", id="deep value"),
        pytest.param({"allOf": [{"$ref": "#"}]}, "1", "nested too deep", id="a schema in a circle"),
        pytest.param({"uniqueItems": True}, json.dumps([{"a": 1}, *[{}] * 20_000]), "are the same", id="many items"),
    ],
)
def test_a_reply_that_cannot_be_checked_fails_its_test(schema: dict[str, Any], reply: str, failure: str) -> None:
    """Whatever a model says, the run goes on."""
    (said,) = failed_assertions({"reply": {"json_schema": schema}}, observed(reply))
    assert failure in said
