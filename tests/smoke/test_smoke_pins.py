"""Which tests are due, and which versions they let serve."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.smoke.pins import due, failures, proven, subject

TEST: dict[str, Any] = {
    "file": "stacks/dev/smoke/answers.yaml",
    "digest": "sha256:1",
    "agent": "agents/a",
    "agent_id": "agent_a",
    "agent_version": 2,
    "environment_id": "env_1",
    "environment_digest": "e1",
    "body": {"send": "Hello"},
}


def green(test: dict[str, Any]) -> dict[str, Any]:
    return {"passed": True, "subject": subject(test)}


@pytest.mark.parametrize(
    ("change", "is_due"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"file": "stacks/dev/smoke/renamed.yaml"}, False, id="only its place"),
        pytest.param({"digest": "sha256:2"}, True, id="its own text"),
        pytest.param({"agent_version": 3}, True, id="its agent"),
        pytest.param({"environment_digest": "e2"}, True, id="its environment's text"),
        pytest.param({"environment_id": "env_2"}, True, id="its environment"),
    ],
)
def test_a_test_is_due_when_what_it_is_about_changed(change: dict[str, Any], is_due: bool) -> None:
    """A green result stands for exactly the text and versions it was made with."""
    assert ("answers" in due({"answers": {**TEST, **change}}, {"answers": green(TEST)})) is is_due


def test_a_red_or_missing_result_is_always_due() -> None:
    """A red test runs again with the next up, changed or not."""
    red = {"passed": False, "subject": subject(TEST)}
    assert due({"answers": TEST}, {"answers": red}).keys() == {"answers"}
    assert due({"answers": TEST}, {}).keys() == {"answers"}


def test_a_coordinator_is_held_back_with_its_member() -> None:
    """A new version of the lead would serve the member's unproven version."""
    agents = {
        "agents/a": {"id": "agent_a", "version": 2, "uses": []},
        "agents/lead": {"id": "agent_l", "version": 5, "uses": ["agents/a"]},
        "agents/other": {"id": "agent_o", "version": 9, "uses": []},
    }
    before = {"agents/a": {"id": "agent_a", "version": 1}, "agents/lead": {"id": "agent_l", "version": 4}}
    pins = proven(agents, {"answers": TEST}, {"answers": {"passed": False}}, before)
    assert pins == {**before, "agents/other": {"id": "agent_o", "version": 9}}


def test_a_renamed_agent_keeps_the_pin_it_earned() -> None:
    """The pin belongs to the object, whatever its file is called now."""
    agents = {"agents/a": {"id": "agent_a", "version": 2, "uses": []}}
    before = {"agents/old": {"id": "agent_a", "version": 1}}
    pins = proven(agents, {"answers": TEST}, {"answers": {"passed": False}}, before)
    assert pins == {"agents/a": {"id": "agent_a", "version": 1}}


def test_each_failure_is_one_line_with_file_session_and_transcript() -> None:
    """Whoever reads the line can go to the test, and to what really happened."""
    result = {"failures": ["step 1: no"], "session_id": "sesn_1", "transcript": "t.jsonl"}
    assert failures({"answers": TEST}, {"answers": result}) == [
        "stacks/dev/smoke/answers.yaml: step 1: no (session sesn_1, transcript t.jsonl)"
    ]


NAMES = ("a", "b", "c", "d")


@settings(deadline=None)
@given(data=st.data())
def test_no_pin_ever_names_a_version_that_failed_or_was_never_tried(data: st.DataObject) -> None:
    """Over any series of changes and verdicts, a tested agent's pin is a version whose tests were all green."""
    uses = {"a": [], "b": ["a"], "c": [], "d": ["c", "a"]}
    versions = dict.fromkeys(NAMES, 1)
    pins: dict[str, Any] = {}
    good: set[tuple[str, int]] = set()
    for _ in range(data.draw(st.integers(1, 5))):
        for name in data.draw(st.sets(st.sampled_from(NAMES))):
            versions[name] += 1
            for coordinator in (one for one in NAMES if name in uses[one]):
                versions[coordinator] += 1
        red = data.draw(st.sets(st.sampled_from(NAMES)))
        agents = {name: {"id": name, "version": versions[name], "uses": uses[name]} for name in NAMES}
        tests = {name: {**TEST, "agent": name} for name in NAMES}
        results = {name: {"passed": name not in red} for name in NAMES}
        pins = proven(agents, tests, results, pins)
        good |= {(name, versions[name]) for name in NAMES if not red & {name, *uses[name]}}
        assert all((name, pin["version"]) in good for name, pin in pins.items())
