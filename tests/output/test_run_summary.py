"""What an up that worked says last: which agents it holds back, and what to type next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_managed_agents.engine.events import ResourceStep, RunOutcome
from pulumi_managed_agents.output.run_report import up_result
from pulumi_managed_agents.output.run_summary import held_lines, next_step, table

ENVIRONMENT = {"kind": "environment", "name": "environments/box", "file": "stacks/dev/environments/box.yaml"}
AGENT = {"kind": "agent", "name": "agents/a", "file": "stacks/dev/agents/a.md"}


def step(about: dict[str, str]) -> ResourceStep:
    return ResourceStep("same", about["name"], "", about["name"], "", None, {"__resource": about}, done=True)


@pytest.mark.parametrize(
    ("abouts", "verified_in", "message"),
    [
        pytest.param([ENVIRONMENT, AGENT], "", "edit stacks/dev/agents/a.md, see", id="an agent's file"),
        pytest.param([ENVIRONMENT], "", "edit stacks/dev/environments/box.yaml, see", id="another file"),
        pytest.param([{"kind": "agent", "name": "a"}], "", "edit src/__main__.py, see", id="a program"),
        pytest.param([AGENT], "", "with `managed-agents preview dev --emulator`", id="the command's own options"),
        pytest.param([AGENT], "test", "`managed-agents promote test dev --emulator`", id="a gated stage"),
    ],
)
def test_the_next_step_is_one_that_can_be_taken(abouts: list[dict[str, str]], verified_in: str, message: str) -> None:
    """A stage that takes only what another one proved is not changed by editing its files."""
    outcome = RunOutcome.of(map(step, abouts), {}, ok=True)
    line = next_step(
        outcome, "dev", "managed-agents {} --emulator".format, verified_in=verified_in, program="src/__main__.py"
    )
    assert message in line
    assert ("edit" in line) is not bool(verified_in)


def smoke_step(outputs: dict[str, Any]) -> ResourceStep:
    return ResourceStep(
        "same", "t", "pulumi-python:dynamic/managedagents:SmokeTests", "t", "", None, outputs, done=True
    )


def test_an_agent_that_serves_an_older_version_is_named_with_the_reason() -> None:
    """Who rolled back at night is reminded in the morning; a test that failed is another reason, and is named."""
    agents = {name: {"id": name, "version": 2} for name in ("agents/a", "agents/b", "agents/c")}
    pins = {name: {"id": name, "version": 2 if name == "agents/c" else 1} for name in agents}
    recorded = {
        "agents": agents,
        "pins": pins,
        "rolled_back": {"agents/a": {"from": 2, "to": 1}},
        "tests": {"answers": {"agent": "agents/b"}},
        "results": {"answers": {"passed": False}},
    }
    agent = replace(step(AGENT), urn="urn:pulumi:dev::shop::pulumi-python:dynamic/managedagents:Agent::agents/a")
    outcome = RunOutcome.of([agent, smoke_step(recorded)], {}, ok=False)
    outputs = [
        "  agents/a serves 1, newest 2: rolled back",
        "  agents/b serves 1, newest 2: held back by smoke test answers",
    ]
    assert [str(line) for line in table(outcome)[-2:]] == held_lines(outcome) == outputs
    result = up_result("dev", outcome, writes=None, seconds=1.0)
    assert [(one["agent"], one["serves"], one["newest"], one["why"]) for one in result["serving"]] == [
        ("agents/a", 1, 2, "rolled back"),
        ("agents/b", 1, 2, "red"),
        ("agents/c", 2, 2, ""),
    ]


def run_with(result: dict[str, Any], serves: int = 2) -> RunOutcome:
    """A run after which a test of agent a has a result."""
    recorded = {
        "agents": {"agents/a": {"id": "a", "version": 2}},
        "pins": {"agents/a": {"id": "a", "version": serves}},
        "tests": {"answers": {"agent": "agents/a"}},
        "results": {"answers": {"name": "answers", "steps": 1, "seconds": 0.2, "cost_usd": 0.01, **result}},
    }
    urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/managedagents:Agent::agents/a"
    agent = replace(step(AGENT), urn=urn, id="agent_01234567890123456789")
    return RunOutcome.of([agent, smoke_step(recorded)], {}, ok=False)


def test_a_failed_test_says_which_version_goes_on_serving() -> None:
    """Also where that is the newest, so that nobody has to guess what users get."""
    outputs = [str(line) for line in table(run_with({"passed": False}))]
    assert outputs[-1] == "  agents/a goes on serving 2, its newest version, although answers failed"
    assert str(table(run_with({"passed": False}, serves=1))[-1]) == (
        "  agents/a serves 1, newest 2: held back by smoke test answers"
    )


def test_a_test_that_somebody_ended_is_cancelled_and_not_failed() -> None:
    """It says nothing about the agent; and the colour is not that of a failure."""
    result = {"passed": False, "conclusive": False, "stop_reason": "stopped"}
    lines = table(run_with(result))
    assert "test   answers   cancelled" in str(lines[2])
    assert ("cancelled", "yellow") in [(text.strip(), style) for text, style in lines[2].spans]
    assert not [line for line in lines if "goes on serving" in str(line)]


@pytest.mark.parametrize(("width", "id"), [(200, "agent_01234567890123456789"), (55, "…"), (40, "unchanged")])
def test_a_table_fits_its_terminal(width: int, id: str) -> None:
    """Ids are shortened, then left out; the details of a test go on below each other, figures with their units."""
    page = table(run_with({"passed": True}), width=width)
    lines = ["".join(text for text, _ in line.spans) for line in page]
    assert [line for line in lines if len(line) > width] == []
    assert lines == list(map(str, page))  # a space at the end would be wrapped like a word
    assert id in lines[1]
    assert "0.2 s" in "\n".join(lines)
