"""What an up that worked says last: which agents it holds back, and what to type next."""

from __future__ import annotations

import pytest

from pulumi_managed_agents.commands.summary import held_lines, next_step
from pulumi_managed_agents.engine.events import ResourceStep, RunOutcome

ENVIRONMENT = {"kind": "environment", "name": "environments/box", "file": "stacks/dev/environments/box.yaml"}
AGENT = {"kind": "agent", "name": "agents/a", "file": "stacks/dev/agents/a.md"}


def step(about: dict[str, str]) -> ResourceStep:
    return ResourceStep("same", about["name"], "", about["name"], "", None, {"__resource": about}, done=True)


@pytest.mark.parametrize(
    ("abouts", "verified_in", "told"),
    [
        pytest.param([ENVIRONMENT, AGENT], "", "edit stacks/dev/agents/a.md, see", id="an agent's file"),
        pytest.param([ENVIRONMENT], "", "edit stacks/dev/environments/box.yaml, see", id="another file"),
        pytest.param([{"kind": "agent", "name": "a"}], "", "edit src/__main__.py, see", id="a program"),
        pytest.param([AGENT], "", "with `managed-agents preview dev --emulator`", id="the command's own options"),
        pytest.param([AGENT], "test", "`managed-agents promote test dev --emulator`", id="a gated stage"),
    ],
)
def test_the_next_step_is_one_that_can_be_taken(abouts: list[dict[str, str]], verified_in: str, told: str) -> None:
    """A stage that takes only what another one proved is not changed by editing its files."""
    outcome = RunOutcome.of(map(step, abouts), {}, ok=True)
    line = next_step(
        outcome, "dev", "managed-agents {} --emulator".format, verified_in=verified_in, program="src/__main__.py"
    )
    assert told in line
    assert ("edit" in line) is not bool(verified_in)


def test_an_agent_that_serves_an_older_version_is_named_with_the_reason() -> None:
    """Who rolled back at night is reminded in the morning; a test that failed is another reason."""
    agents = {name: {"version": 2} for name in ("agents/a", "agents/b", "agents/c")}
    pins = {"agents/a": {"version": 1}, "agents/b": {"version": 1}, "agents/c": {"version": 2}}
    recorded = {"agents": agents, "pins": pins, "rolled_back": {"agents/a": {"from": 2, "to": 1}}}
    tests = ResourceStep(
        "same", "t", "pulumi-python:dynamic/managedagents:SmokeTests", "t", "", None, recorded, done=True
    )
    assert held_lines(RunOutcome.of([tests], {}, ok=True)) == [
        "agents/a serves version 1, not 2: rolled back (managed-agents:rolledBack)",
        "agents/b serves version 1, not 2: the last one that passed its tests",
    ]
