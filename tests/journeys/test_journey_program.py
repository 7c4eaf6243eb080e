from __future__ import annotations

from typing import TYPE_CHECKING

from journey_stack import needs_pulumi
from journey_stage import FILES

if TYPE_CHECKING:
    from journey_server import Server
    from journey_stack import Stack

pytestmark = needs_pulumi

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment, Skill

manner = pulumi.Output.from_input("gently")
skill = Skill("notes", directory="notes")
box = Environment("box", config={"type": "cloud", "networking": {"type": "unrestricted"}})
triage = Agent(
    "triage",
    model="claude-haiku-5-5",
    system=manner.apply("You triage {}.".format),
    tools=[{"type": "agent_toolset_20260401"}],
    skills=[skill],
    metadata={"environment": box.id},
)
roster = {"type": "coordinator", "agents": [triage, {"type": "self"}]}
lead = Agent("lead", model={"id": "claude-opus-5-5"}, multiagent=roster)
pulumi.export("served", {"id": triage.id, "version": triage.version})
"""


def test_a_program_of_ones_own(stack: Stack, server: Server) -> None:
    """Resources, Outputs and references work as in any Pulumi program; a mistake is one line with its field."""
    stack.write("notes/SKILL.md", FILES["skills/notes/SKILL.md"])
    stack.write("__main__.py", PROGRAM)
    assert stack.up_with_preview().succeeded().tally == {"created": 6}
    agents = server.agents()
    assert agents["triage"].system == "You triage gently."
    assert agents["triage"].metadata["environment"] == stack.id("box")
    assert agents["triage"].skills[0].version == server.skills()["notes"].latest_version_id
    assert {one.id for one in agents["lead"].multiagent.agents} == {agents["triage"].id, agents["lead"].id}

    stack.write("__main__.py", PROGRAM.replace("gently", "firmly"))
    assert stack.up().succeeded().tally == {"updated": 2, "unchanged": 4}
    agents = server.agents()
    assert agents["triage"].system == "You triage firmly."
    assert (agents["triage"].id, 2) in [(one.id, one.version) for one in agents["lead"].multiagent.agents]
    server.writes()

    stack.write("__main__.py", PROGRAM.replace('model="claude-haiku-5-5"', "model=7"))
    stack.preview().stopped("'triage'", "model: must be text or an object")
    stack.write("__main__.py", PROGRAM.replace('"claude-opus-5-5"}', '"claude-opus-5-5", "effort": "hihg"}'))
    assert stack.preview().succeeded().says("agent 'lead': warning: model.effort: ", "'high'")
    assert server.writes() == []
