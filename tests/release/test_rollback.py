"""Going back by pins, and agents that nobody tests."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.rollback import rolled_back, unproven_targets
from pulumi_managed_agents.release.smoke_results import (
    coverage,
    proven_versions,
    results_for_receipts,
    serving_pins,
    untested_agents,
    untested_messages,
)

AGENTS: dict[str, dict[str, Any]] = {
    "agents/a": {"id": "agent_a", "version": 8, "file": "stacks/dev/agents/a.md"},
    "agents/b": {"id": "agent_b", "version": 2},
}
PINS = {name: {"id": agent["id"], "version": agent["version"]} for name, agent in AGENTS.items()}
MOVES = {"agents/a": {"from": 8, "to": 7}}


def served(moves: dict[str, dict[str, int]], earlier: list[int], version: int = 8) -> int:
    """The version that agent a serves."""
    agents = {**AGENTS, "agents/a": {**AGENTS["agents/a"], "version": version}}
    pins = serving_pins(agents, {}, {}, PINS, proved={"agent_a": earlier}, rolled_back=moves)
    return int(pins["agents/a"]["version"])


def test_an_agent_goes_back_to_a_version_that_was_proven() -> None:
    """It serves the earlier one without a new version, until it has a newer one."""
    assert served(MOVES, [7, 8]) == 7
    assert served(MOVES, [7, 8], version=9) == 9
    assert unproven_targets(AGENTS, MOVES, {"agent_a": [7, 8]}) == []


def test_nothing_goes_back_to_what_was_never_proven() -> None:
    """The agent serves on as it did, and the proof says why."""
    assert served(MOVES, [6, 8]) == 8
    (line,) = unproven_targets(AGENTS, MOVES, {"agent_a": [6, 8]})
    assert line == (
        "agents/a: managed-agents:rolledBack goes back to version 7, which was never proven on this stage; "
        "proven were: 6, 8"
    )


def test_a_roll_back_is_read_as_it_was_written() -> None:
    """Versions may stand as text, as the CLI sets them."""
    assert rolled_back({}) == {}
    assert rolled_back({"rolledBack": '{"agents/a": {"from": "8", "to": 7}}'}) == MOVES


@pytest.mark.parametrize("text", ["[]", "8", '{"agents/a": 7}', '{"agents/a": {"to": 7}}', "{"])
def test_a_roll_back_that_cannot_be_read_stops(text: str) -> None:
    """It says what it should look like."""
    with pytest.raises(InputError, match=r"rolledBack must name versions by agent, such as \{agents/triage: \{from: 8"):
        rolled_back({"rolledBack": text})


def test_where_every_change_needs_a_test_the_others_do_not_serve() -> None:
    """`requireSmoke: changed` holds a new version back that no test is about, and says so at its file."""
    proved = proven_versions({"agents/a": {"id": "agent_a", "version": 7}, "agents/b": PINS["agents/b"]}, {})
    bare = untested_agents(AGENTS, {}, proved)
    assert bare == ["agents/a"]
    before = {"agents/a": {"id": "agent_a", "version": 7}}
    assert serving_pins(AGENTS, {}, {}, before, proved=proved, untested=bare)["agents/a"]["version"] == 7
    (line,) = untested_messages(AGENTS, bare)
    assert line.startswith("stacks/dev/agents/a.md: version 8 of agents/a is not proven: no smoke test is about it")
    assert untested_agents(AGENTS, {"ta": {"agent": "agents/a"}}, proved) == []


def test_coverage_counts_agents_and_not_tests() -> None:
    """Two tests of one agent leave the other untested."""
    tests = [{"agent": "agents/a"}, {"agent": "agents/a"}, {"agent": "agents/gone"}]
    assert coverage(AGENTS, tests) == "1 of 2 agents tested"
    assert coverage(["agents/a"], tests) == "1 of 1 agent tested"


def test_a_receipt_is_told_no_replies() -> None:
    """What the agent said stays in the results."""
    result = {"passed": False, "reply": "no", "failures": ["one", "two"], "finished_at": "now", "cost_usd": 0.1}
    kept = {"passed": False, "failures": ["one"], "finished_at": "now", "cost_usd": 0.1}
    assert results_for_receipts({"ta": result}) == {"ta": kept}
