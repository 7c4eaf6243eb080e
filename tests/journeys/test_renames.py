"""A rename that nobody wrote down stops a plain `pulumi up` before anything is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

LINE = "overrides: {agents/chief.yaml: {was: agents/lead}}"
PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment

environment = Environment("box", config={{"type": "cloud"}})
Agent("{name}", model="claude-haiku-5-5", system="You triage what comes in.", metadata={{"box": environment.id}}{more})
"""


def test_a_renamed_file_and_an_empty_folder_stop_a_plain_up(deployed: tuple[Stack, Server]) -> None:
    """The line is named, and either it or the confirmed name lets the next up go on; too much at once stops as well."""
    stack, server = deployed
    lead = stack.id("agents/lead")
    (stack.definitions / "agents/lead.yaml").rename(stack.definitions / "agents/chief.yaml")
    stack.up().stopped("agents/lead", "agents/chief", "the same content", LINE, "managed-agents:confirmRemoval")
    assert server.writes() == []
    stack.write("stacks/dev.values.yaml", f"{LINE}\n")
    stack.up().succeeded()
    assert (stack.id("agents/chief"), server.writes()) == (lead, [])

    (stack.definitions / "agents/chief.yaml").rename(stack.definitions / "agents/boss.yaml")
    stack.write("stacks/dev.values.yaml", "")
    stack.configure(confirmRemoval="agents/chief")
    assert stack.up().succeeded().tally["deleted"] == 1
    assert f"POST /v1/agents/{lead}/archive" in server.writes()

    stack.definitions.rename(stack.definitions.with_name("elsewhere"))
    stack.definitions.mkdir()
    stack.up().stopped("all 4 resources of the stage would be removed", "managed-agents:confirmRemoval to all")
    assert server.writes() == []
    stack.destroy().succeeded()


def test_a_resource_that_a_program_renames_stops_its_preview(stack: Stack, server: Server) -> None:
    """All that a program declares is known only at its end: its preview fails there, and names the option."""
    stack.write("__main__.py", PROGRAM.format(name="triage", more=""))
    stack.up().succeeded()
    triage = stack.id("triage")
    server.writes()
    stack.write("__main__.py", PROGRAM.format(name="sorter", more=""))
    run = stack.up_with_preview()
    run.stopped("triage", "sorter", 'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="triage")])')
    assert server.writes() == []
    alias = ', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="triage")])'
    stack.write("__main__.py", PROGRAM.format(name="sorter", more=alias))
    stack.up_with_preview().succeeded()
    assert stack.id("sorter") == triage
    assert [one for one in server.writes() if "archive" in one] == []

    stack.write("__main__.py", "from pulumi_managed_agents import Agent\n")
    stack.up().stopped("all 2 resources of the stage would be removed")
    assert server.writes() == []
