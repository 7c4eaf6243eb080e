"""What each agent serves, and why that is not its newest version."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.release.serving import TURNS_KEPT, Serving, held_back, sentence, served, serving
from pulumi_managed_agents.release.smoke_results import proven_versions, serving_pins

Record = dict[str, Any]
BEFORE, NOW, LATER = "2026-05-01T12:00:00+00:00", "2026-05-02T12:00:00+00:00", "2026-05-03T12:00:00+00:00"


def pin(version: int, id: str = "agent_a") -> Record:
    return {"id": id, "version": version}


def turn(version: int, since: str, id: str = "agent_a", commit: str = "") -> Record:
    return {**pin(version, id), "since": since, "commit": commit}


def record(**changes: Any) -> Record:
    """The record of a stage whose agent a has version 5 and passed, and whose coordinator uses that version."""
    return {
        "agents": {
            "agents/a": {"id": "agent_a", "version": 5, "uses": []},
            "agents/lead": {"id": "agent_lead", "version": 2, "uses": [pin(5)]},
        },
        "tests": {"answers": {"agent": "agents/a"}, "hands-out": {"agent": "agents/lead"}},
        "results": {"answers": {"passed": True}, "hands-out": {"passed": True}},
        "pins": {"agents/a": pin(5), "agents/lead": pin(2, "agent_lead")},
        "served": {"agents/a": [turn(5, BEFORE)]},
        **changes,
    }


RED = {"answers": {"passed": False}, "hands-out": {"passed": True}}
OLD = {"agents/a": pin(3), "agents/lead": pin(2, "agent_lead")}


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        pytest.param(record(), "serves 5, newest 5", id="the newest"),
        pytest.param(
            record(results=RED, pins=OLD), "serves 3, newest 5: held back by smoke test answers", id="a red test"
        ),
        pytest.param(
            record(
                tests={"answers": {"agent": "agents/a"}, "asks": {"agent": "agents/a"}},
                results={"answers": {"passed": False}},
                pins=OLD,
            ),
            "serves 3, newest 5: held back by smoke tests answers, asks",
            id="two red tests, of which one never ran",
        ),
        pytest.param(
            record(results=RED, pins={}), "serves nothing, newest 5: held back by smoke test answers", id="never proven"
        ),
        pytest.param(
            record(rolled_back={"agents/a": {"from": 5, "to": 3}}, pins=OLD),
            "serves 3, newest 5: rolled back",
            id="rolled back",
        ),
        pytest.param(
            record(results=RED, rolled_back={"agents/a": {"from": 4, "to": 2}}, pins=OLD),
            "serves 3, newest 5: held back by smoke test answers",
            id="rolled back from an earlier version",
        ),
        pytest.param(
            record(tests={}, results={}, require_smoke="changed", pins=OLD),
            "serves 3, newest 5: held back, as no smoke test is about it",
            id="untested where tests are wanted",
        ),
        pytest.param(
            record(results=RED, pins={"agents/a": pin(7, "agent_before")}),
            "serves 7 of the agent that it replaces, newest 5: held back by smoke test answers",
            id="replaced",
        ),
        pytest.param(record(pins=OLD), "serves 3, newest 5", id="for a reason that is not recorded"),
    ],
)
def test_what_serves_is_reported_with_the_reason(recorded: Record, message: str) -> None:
    """The reader learns what serves, what is newer, and what keeps it back, in one line."""
    found = serving(recorded)[0]
    assert (found.agent, sentence(found)) == ("agents/a", message)
    assert found.is_newest == (message == "serves 5, newest 5")


def test_a_coordinator_is_held_back_with_its_member() -> None:
    """It passed itself, but would bring an unproven version of another agent into service."""
    pins = {"agents/a": pin(3), "agents/lead": pin(1, "agent_lead")}
    _, lead = serving(record(results=RED, pins=pins))
    assert sentence(lead) == "serves 1, newest 2: held back with agents/a, which it uses"


def test_a_version_that_no_test_ran_on_yet_is_reported() -> None:
    """An up that was interrupted applied a version and never came to the tests."""
    found = serving(record(), applied={"agents/a": 6, "agents/new": 1})
    assert [sentence(one) for one in held_back(found)] == [
        "serves 5, newest 6: its smoke tests did not run on it yet",
        "serves nothing, newest 1: its smoke tests did not run on it yet",
    ]


def test_the_release_has_the_last_word_on_what_serves() -> None:
    """Applications ask the release, which an up that failed after the tests did not reach."""
    found = serving(record(), pins={"agents/a": pin(4)})[0]
    assert (found.serves, found.newest) == (4, 5)


def test_what_nobody_deployed_serves_nothing() -> None:
    """There is no agent to speak of."""
    assert serving({}) == ()


def test_the_moment_is_that_of_the_pin_that_serves() -> None:
    """A turn of another version says nothing about this one."""
    assert [one.since for one in serving(record())] == [BEFORE, ""]
    assert serving(record(pins=OLD))[0].since == ""


def test_a_turn_begins_with_another_version() -> None:
    """The same version serves on since it did; a roll-back is a turn of its own, and nothing is made up."""
    earlier = {"agents/a": [turn(3, BEFORE, commit="c1")]}
    before = {"agents/a": pin(3), "agents/old": pin(1, "agent_old")}
    after = {**before, "agents/b": pin(2, "agent_b")}
    now = {"since": NOW, "commit": "c2"}
    assert served(after, before, earlier, now) == {**earlier, "agents/b": [turn(2, NOW, "agent_b", "c2")]}
    moved = served({"agents/a": pin(5)}, before, earlier, now)
    assert moved == {"agents/a": [turn(5, NOW, commit="c2"), turn(3, BEFORE, commit="c1")]}
    back = served({"agents/a": pin(3)}, {"agents/a": pin(5)}, moved, {"since": LATER, "commit": "c2"})
    assert back["agents/a"][0] == turn(3, LATER, commit="c1")
    assert [one["version"] for one in back["agents/a"]] == [3, 5, 3]


def test_turns_stay_with_an_agent_that_is_renamed_or_replaced() -> None:
    """The one keeps its id, the other its name."""
    earlier = {"agents/a": [turn(3, BEFORE)]}
    before = {"agents/a": pin(3)}
    now = {"since": NOW, "commit": ""}
    assert served({"agents/renamed": pin(3)}, before, earlier, now) == {"agents/renamed": [turn(3, BEFORE)]}
    replaced = served({"agents/a": pin(1, "agent_new")}, before, earlier, now)
    assert replaced == {"agents/a": [turn(1, NOW, "agent_new"), turn(3, BEFORE)]}


@given(st.lists(st.integers(1, 3), max_size=40))
def test_the_state_does_not_grow_with_every_turn(versions: list[int]) -> None:
    """Only the latest turns are kept, each of another version than the one before it, in their order."""
    turns: dict[str, list[Record]] = {}
    before: dict[str, Record] = {}
    for index, version in enumerate(versions):
        after = {"agents/a": pin(version)}
        turns = served(after, before, turns, {"since": f"{index:04}", "commit": ""})
        before = after
    kept = turns.get("agents/a", [])
    assert len(kept) <= TURNS_KEPT
    assert [one["version"] for one in kept][:1] == versions[-1:]
    assert all(one["version"] != other["version"] for one, other in pairwise(kept))
    assert [one["since"] for one in kept] == sorted((one["since"] for one in kept), reverse=True)


@given(st.data())
def test_whatever_the_tests_decide_is_reported_alike(data: st.DataObject) -> None:
    """Of every combination of results, the pins that `smoke_results` decides and what is told of them agree."""
    names = ["agents/a", "agents/b", "agents/c"]
    versions = st.integers(1, 3)
    agents: dict[str, Record] = {}
    for name in names:
        uses = [pin(agents[other]["version"], other) for other in agents if data.draw(st.booleans())]
        agents[name] = {"id": name, "version": data.draw(versions), "uses": uses}
    before = {name: pin(data.draw(versions), name) for name in names if data.draw(st.booleans())}
    named = {f"test-{name}": {"agent": name} for name in names if data.draw(st.booleans())}
    results = {test: {"passed": data.draw(st.booleans())} for test in named}
    pins = serving_pins(agents, named, results, before, proved=proven_versions(before, {}))
    found = serving({"agents": agents, "tests": named, "results": results, "pins": pins})
    assert {one.agent: one.serves for one in found if one.serves} == {
        name: one["version"] for name, one in pins.items()
    }
    assert all(one.why for one in held_back(found))
    red = {named[test]["agent"] for test, result in results.items() if not result["passed"]}
    assert {one.agent for one in found if one.why == "red"} == {one.agent for one in held_back(found)} & red


def test_a_serving_without_a_reason_is_the_newest() -> None:
    """Nothing is held back that serves what was applied last."""
    assert held_back([Serving("agents/a", 2, 2), Serving("agents/b", 1, 2)]) == (Serving("agents/b", 1, 2),)
