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
BESIDE_FILES = """\
import pulumi
from pulumi_managed_agents import Agent

Agent("rogue", model="claude-haiku-5-5", opts=pulumi.ResourceOptions(import_="{id}"))
"""
OF_THIS_STAGE = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
ALLOWED = 'from pulumi_managed_agents import Agent\n\nAgent("rogue", model="claude-haiku-5-5")\n'


def test_no_command_goes_round_the_gate(stack: Stack, server: Server) -> None:
    """Plainly, without a preview, for a target alone, by our own command, by a plan, by adoption, or from a program."""
    write_stage(stack)
    plan = stack.project / "plan.json"
    stack.managed_agents("preview", "dev", "--save-plan", str(plan)).succeeded()
    live = server.hand.beta.agents.create(name="By hand", model="claude-haiku-5-5")
    server.writes()
    stack.configure(verifiedIn="staging")
    planned = stack.managed_agents("up", "dev", "--plan", str(plan))
    assert (planned.code, planned.says("managed-agents:verifiedIn")) == (7, True), planned.text
    stack.pulumi("preview").stopped("agents/worker", UNPROVEN)
    stack.up().stopped("agents/worker", UNPROVEN)
    stack.up("--target", WORKER).stopped("agents/worker", UNPROVEN)
    ours = stack.managed_agents("up", "dev", "--yes")
    assert (ours.code, ours.says("agents/worker", UNPROVEN)) == (7, True), ours.text

    stack.write("__main__.py", OF_ANOTHER_STAGE)
    stack.up().stopped("agents/worker", UNPROVEN)
    stack.write("__main__.py", BESIDE_FILES.format(id=live.id))
    remedy = "managed-agents:uncovered: [rogue]"
    stack.up().stopped("no proof covers what a program declares in Python", remedy)
    stack.configure(verifiedIn="")
    stack.up().stopped("managed-agents:verifiedIn")
    assert server.writes() == []

    stack.write("__main__.py", ALLOWED)
    stack.configure(verifiedIn="staging", uncovered='["rogue"]')
    stack.up().succeeded()
    server.writes()

    stack.write("__main__.py", OF_THIS_STAGE)
    stack.configure(verifiedIn="staging")
    stack.managed_agents("adopt", "dev", "--all", "--import").succeeded()
    stack.up().stopped("agents/by-hand", UNPROVEN)
    assert server.writes() == []
