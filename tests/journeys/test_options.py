"""Pulumi's options and commands that have nothing to do with us work on our resources as on any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment, MemoryStore

Options = pulumi.ResourceOptions
slow = pulumi.CustomTimeouts(create="1m")
store = MemoryStore("store", opts=Options(retain_on_delete=True, custom_timeouts=slow))
Environment("box", name="Box", opts=Options(replacement_trigger="one"))
hidden = Options(additional_secret_outputs=["system"], depends_on=[store])
Agent("agent", model="claude-haiku-5-5", system="A canary.", opts=hidden)
"""
MOVED = PROGRAM.replace('Environment("box"', 'Environment("sandbox"').replace('"one"', '"two"')
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"


def urn(title: str, name: str) -> str:
    return f"urn:pulumi:dev::journey::pulumi-python:dynamic/managedagents:{title}::{name}"


def test_options_and_commands_of_pulumis_own(stack: Stack, server: Server) -> None:
    """A state that was renamed in and moved through a file, a saved plan, a trigger, a target, a secret output."""
    stack.write("__main__.py", PROGRAM)
    made = stack.up().succeeded()
    assert made.says("warning", "store: custom_timeouts has no effect")
    assert SECRET_SIGNATURE in stack.outputs()["agent"]["system"]
    box = stack.id("box")

    stack.pulumi("state", "rename", urn("Environment", "box"), "sandbox", "--yes").succeeded()
    stack.pulumi("stack", "export", "--file", "state.json").succeeded()
    stack.pulumi("stack", "import", "--file", "state.json").succeeded()
    stack.write("__main__.py", MOVED)
    plan = stack.preview("--save-plan", "plan.json").succeeded()
    assert plan.tally == {"to replace": 1, "unchanged": 4}
    assert stack.up("--plan", "plan.json").succeeded().tally == {"replaced": 1, "unchanged": 4}
    assert list(server.environments()) == ["Box"]
    assert stack.id("sandbox") == server.environments()["Box"].id != box

    assert stack.refresh("--run-program").succeeded().tally == {"unchanged": 5}
    target = ("--target", urn("MemoryStore", "store"), "--target-dependents")
    assert stack.destroy(*target).succeeded().tally == {"deleted": 2, "unchanged": 3}
    assert (list(server.agents()), len(list(server.hand.beta.memory_stores.list()))) == ([], 1)
