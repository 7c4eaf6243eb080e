"""Every way into a stage behind a gate goes through the gate: nothing is written to the API, whatever is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import write_stage

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

UNPROVEN = "no smoke test is about it that runs in staging, so nothing can prove it"
WORKER = "urn:pulumi:dev::journey::pulumi-python:dynamic/managedagents:Agent::agents/worker"
OF_ANOTHER_STAGE = 'from pulumi_managed_agents import deploy_stage\n\ndeploy_stage("other", definitions="stacks/dev")\n'
BESIDE_FILES = 'from pulumi_managed_agents import Agent\n\nAgent("rogue", model="claude-haiku-5-5")\n'


def test_no_command_goes_round_the_gate(stack: Stack, server: Server) -> None:
    """Plainly, without a preview, for a target alone, by our own command, or from a program."""
    write_stage(stack)
    stack.configure(verifiedIn="staging")
    stack.pulumi("preview").stopped("agents/worker", UNPROVEN)
    stack.up().stopped("agents/worker", UNPROVEN)
    stack.up("--target", WORKER).stopped("agents/worker", UNPROVEN)
    ours = stack.managed_agents("up", "dev", "--yes")
    assert (ours.code, ours.says("agents/worker", UNPROVEN)) == (7, True), ours.text

    stack.write("__main__.py", OF_ANOTHER_STAGE)
    stack.up().stopped("agents/worker", UNPROVEN)
    stack.configure(verifiedIn="dev")
    stack.up().stopped("names that stage itself")
    stack.write("__main__.py", BESIDE_FILES)
    stack.up().stopped("no proof covers what a program declares in Python", "managed-agents:uncovered: [rogue]")
    stack.configure(verifiedIn="")
    stack.up().stopped("managed-agents:verifiedIn")
    assert server.writes() == []

    stack.configure(verifiedIn="staging", uncovered='["rogue"]')
    stack.up().succeeded()
