from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

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
roster = {"type": "coordinator", "agents": [triage, {"type": "self"}, {"type": "advisor", "model": "claude-fable-5-2"}]}
lead = Agent("lead", model={"id": "claude-opus-5-5"}, multiagent=roster)
held = {"type": "coordinator", "agents": [{"type": "agent", "id": triage.id, "version": 1}]}
careful = Agent("careful", model="claude-opus-5-5", multiagent=held)
delegation = {
    "type": "multiagent_20261001",
    "subagents": {"type": "enabled", "predefined_agents": [triage, {"type": "self"}]},
    "workflows": {"type": "disabled"},
    "advisor": {"type": "enabled", "model": "claude-fable-5-2"},
}
role = {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/runner"}
planner = Agent("planner", model="claude-opus-5-5", multiagent=delegation, execution_identity=role)
pulumi.export("served", {"id": triage.id, "version": triage.version})
"""


def test_a_program_of_ones_own(stack: Stack, server: Server) -> None:
    """Resources, Outputs and references work as in any Pulumi program; a mistake is one line with its field."""
    stack.write("notes/SKILL.md", FILES["skills/notes/SKILL.md"])
    stack.write("__main__.py", PROGRAM)
    assert stack.up_with_preview().succeeded().tally == {"created": 8}
    agents = server.agents()
    assert agents["triage"].system == "You triage gently."
    assert agents["triage"].metadata["environment"] == stack.id("box")
    assert agents["triage"].skills[0].version == server.skills()["notes"].latest_version_id
    *members, advisor = agents["lead"].multiagent.agents
    assert {one.id for one in members} == {agents["triage"].id, agents["lead"].id}
    assert (advisor.type, advisor.model) == ("advisor", "claude-fable-5-2")
    planner = agents["planner"]
    assert planner.execution_identity.role_arn == "arn:aws:iam::123456789012:role/runner"
    assert (planner.multiagent.workflows.type, planner.multiagent.advisor.model) == ("disabled", "claude-fable-5-2")

    stack.write("__main__.py", PROGRAM.replace("gently", "firmly"))
    assert stack.up().succeeded().tally == {"updated": 3, "unchanged": 5}
    agents = server.agents()
    triage = agents["triage"]
    assert triage.system == "You triage firmly."
    assert (triage.id, 2) in [(one.id, one.version) for one in agents["lead"].multiagent.agents[:2]]
    assert (triage.id, 2) in [(one.id, one.version) for one in agents["planner"].multiagent.subagents.predefined_agents]
    assert [(one.id, one.version) for one in agents["careful"].multiagent.agents] == [(triage.id, 1)]
    server.writes()

    stack.write("__main__.py", PROGRAM.replace('model="claude-haiku-5-5"', "model=7"))
    stack.preview().stopped("'triage'", "model: must be text or an object")
    stack.write("__main__.py", PROGRAM.replace('"claude-opus-5-5"}', '"claude-opus-5-5", "effort": "hihg"}'))
    assert stack.preview().succeeded().says("agent 'lead': warning: model.effort: ", "'high'")
    assert server.writes() == []
