"""Which tests are due, and which versions they let serve."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from pulumi_managed_agents.release.smoke_results import due_tests, failure_messages, result_digest, serving_pins

TEST: dict[str, Any] = {
    "file": "stacks/dev/smoke/answers.yaml",
    "digest": "sha256:1",
    "agent": "agents/a",
    "agent_id": "agent_a",
    "agent_version": 2,
    "environment_id": "env_1",
    "environment_digest": "e1",
    "environment_effective": "f1",
    "body": {"send": "Hello"},
}


def green(test: dict[str, Any]) -> dict[str, Any]:
    return {"passed": True, "subject": result_digest(test)}


@pytest.mark.parametrize(
    ("change", "is_due"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"file": "stacks/dev/smoke/renamed.yaml"}, False, id="only its place"),
        pytest.param({"digest": "sha256:2"}, True, id="its own text"),
        pytest.param({"agent_version": 3}, True, id="its agent"),
        pytest.param({"environment_effective": "f2"}, True, id="what its environment says"),
        pytest.param({"environment_digest": "e2"}, False, id="the spelling of its environment"),
        pytest.param({"environment_id": "env_2"}, True, id="its environment"),
    ],
)
def test_a_test_is_due_when_what_it_is_about_changed(change: dict[str, Any], is_due: bool) -> None:
    """A green result stands for exactly the text and versions it was made with."""
    assert ("answers" in due_tests({"answers": {**TEST, **change}}, {"answers": green(TEST)})) is is_due


@pytest.mark.parametrize(
    ("change", "is_due"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"environment_digest": "e2"}, True, id="its environment's text"),
        pytest.param({"agent_version": 3}, True, id="its agent"),
        pytest.param({"attached_effective": "a1"}, False, id="its vaults and stores, which it says nothing about"),
    ],
)
def test_a_result_of_an_earlier_release_stands(change: dict[str, Any], is_due: bool) -> None:
    """It was made with an environment by its text, and says no more about it."""
    earlier = {"passed": True, "subject": subject_of_release_0_1_0(TEST)}
    assert ("answers" in due_tests({"answers": {**TEST, **change}}, {"answers": earlier})) is is_due


def test_a_result_is_bound_to_its_vaults_and_stores() -> None:
    """What one of them says, and not only its id."""
    attached = {**TEST, "attached_effective": "a1", "ran_in": ["vaults/shop"]}
    results = {"answers": green(attached)}
    assert due_tests({"answers": {**attached, "ran_in": []}}, results) == {}
    assert "answers" in due_tests({"answers": {**attached, "attached_effective": "a2"}}, results)


def subject_of_release_0_1_0(test: dict[str, Any]) -> str:
    known = {key: value for key, value in test.items() if key not in {"file", "environment_effective"}}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def test_a_red_or_missing_result_is_always_due() -> None:
    """A red test runs again with the next up, changed or not."""
    red = {"passed": False, "subject": result_digest(TEST)}
    assert due_tests({"answers": TEST}, {"answers": red}).keys() == {"answers"}
    assert due_tests({"answers": TEST}, {}).keys() == {"answers"}


RED = {"answers": {"passed": False}}


def agent(id: str, version: int, *members: tuple[str, int]) -> dict[str, Any]:
    return {"id": id, "version": version, "uses": [{"id": one, "version": at} for one, at in members]}


def pin(id: str, version: int) -> dict[str, Any]:
    return {"id": id, "version": version}


@pytest.mark.parametrize(
    ("brings", "serves"),
    [
        pytest.param(2, 4, id="the member's red version"),
        pytest.param(1, 5, id="the member's proven version"),
        pytest.param(0, 4, id="a version that was red as well"),
    ],
)
def test_a_coordinator_serves_only_proven_members(brings: int, serves: int) -> None:
    """What its roster really names decides: it is held back with a red member, and not if it holds back itself."""
    agents = {
        "agents/a": agent("agent_a", 2),
        "agents/lead": agent("agent_l", 5, ("agent_a", brings), ("agent_of_another_stage", 3)),
        "agents/other": agent("agent_o", 9),
    }
    before = {"agents/a": pin("agent_a", 1), "agents/lead": pin("agent_l", 4)}
    pins = serving_pins(agents, {"answers": TEST}, RED, before, proved={"agent_a": [1]})
    assert pins == {**before, "agents/lead": pin("agent_l", serves), "agents/other": pin("agent_o", 9)}


def test_a_coordinator_left_out_of_an_up_does_not_bring_its_red_member_in() -> None:
    """The member is green again at version 3, but the coordinator still names its version 2."""
    agents = {"agents/a": agent("agent_a", 3), "agents/lead": agent("agent_l", 5, ("agent_a", 2))}
    before = {"agents/a": pin("agent_a", 1), "agents/lead": pin("agent_l", 4)}
    pins = serving_pins(agents, {"answers": TEST}, {"answers": {"passed": True}}, before, proved={"agent_a": [1]})
    assert pins == {"agents/a": pin("agent_a", 3), "agents/lead": pin("agent_l", 4)}


def test_a_renamed_agent_keeps_the_pin_it_earned() -> None:
    """The pin belongs to the object, whatever its file is called now."""
    before = {"agents/old": pin("agent_a", 1)}
    pins = serving_pins({"agents/a": agent("agent_a", 2)}, {"answers": TEST}, RED, before, proved={})
    assert pins == {"agents/a": pin("agent_a", 1)}


@pytest.mark.parametrize(
    ("now", "serves"),
    [
        pytest.param({"agents/a": agent("agent_new", 1)}, {"agents/a": pin("agent_a", 7)}, id="replaced"),
        pytest.param(
            {"agents/a": agent("agent_new", 1), "agents/moved": agent("agent_a", 8)},
            {"agents/moved": pin("agent_a", 8)},
            id="moved away",
        ),
    ],
)
def test_the_agent_that_was_replaced_serves_until_the_new_one_is_proven(now: Any, serves: Any) -> None:
    """The old one is kept as long; what took over the name of an agent that moved away has earned nothing."""
    before = {"agents/a": pin("agent_a", 7)}
    assert serving_pins(now, {"answers": TEST}, RED, before, proved={"agent_a": [7]}) == serves
    green = {"answers": {"passed": True}}
    assert serving_pins(now, {"answers": TEST}, green, before, proved={"agent_a": [7]})["agents/a"] == pin(
        "agent_new", 1
    )


def test_each_failure_is_one_line_with_file_session_and_transcript() -> None:
    """The line leads to the test, and to what really happened."""
    result = {"failures": ["step 1: no"], "session_id": "sesn_1", "transcript": "t.jsonl"}
    assert failure_messages({"answers": TEST}, {"answers": result}) == [
        "stacks/dev/smoke/answers.yaml: step 1: no (session sesn_1, transcript t.jsonl)"
    ]
