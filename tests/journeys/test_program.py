from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES
from tests.journeys.production_stage import CANARY

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

PROGRAM = f"""\
import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Skill, Vault

manner = pulumi.Output.from_input("gently")
skill = Skill("notes", directory="notes")
box = Environment("box", config={{"type": "cloud", "networking": {{"type": "unrestricted"}}}})
triage = Agent(
    "triage",
    model="claude-haiku-5-5",
    system=manner.apply("You triage {{}}.".format),
    tools=[{{"type": "agent_toolset_20260401"}}],
    skills=[skill],
    metadata={{"environment": box.id}},
)
advisor = {{"type": "advisor", "model": "claude-fable-5-2"}}
roster = {{"type": "coordinator", "agents": [triage, {{"type": "self"}}, advisor]}}
lead = Agent("lead", model={{"id": "claude-opus-5-5"}}, multiagent=roster)
held = {{"type": "coordinator", "agents": [{{"type": "agent", "id": triage.id, "version": 1}}]}}
careful = Agent("careful", model="claude-opus-5-5", multiagent=held)
delegation = {{
    "type": "multiagent_20261001",
    "subagents": {{"type": "enabled", "predefined_agents": [triage, {{"type": "self"}}]}},
    "workflows": {{"type": "disabled"}},
    "advisor": {{"type": "enabled", "model": "claude-fable-5-2"}},
}}
role = {{"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/runner"}}
planner = Agent("planner", model="claude-opus-5-5", multiagent=delegation, execution_identity=role)
pulumi.export("served", {{"id": triage.id, "version": triage.version}})

vault = Vault("crm", metadata={{"team": "orders"}})
auth = {{"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "{CANARY}-token"}}
Credential("crm-server", vault=vault, auth=auth)
notes = MemoryStore("memory", memories=[{{"path": "/style.md", "content": "Be brief."}}])
prices = File("prices", file="prices.csv")
shop = {{"type": "github_repository", "url": "https://github.com/acme/shop", "authorization_token": "{CANARY}-git"}}
Deployment(
    "nightly",
    agent=careful,
    environment_id=box,
    initial_events=[{{"type": "user.message", "content": [{{"type": "text", "text": "Sum up."}}]}}],
    resources=[
        {{"type": "memory_store", "memory_store_id": notes, "access": "read_only"}},
        {{"type": "file", "file_id": prices, "mount_path": "prices.csv"}},
        shop,
    ],
    vault_ids=[vault],
    paused=True,
)
"""
DECLARED = 13
"""Eleven objects, the workspace, and Pulumi's stack itself."""


def test_a_program_of_ones_own(stack: Stack, server: Server) -> None:
    """Every kind, Outputs and references work as in any Pulumi program; secrets stay with the server.

    A mistake is one line with its field, and without the secret beside it.
    """
    stack.write("notes/SKILL.md", FILES["skills/notes/SKILL.md"])
    stack.write("prices.csv", "a,b\n")
    stack.write("__main__.py", PROGRAM)
    made = stack.up_with_preview("--diff").succeeded()
    assert (made.tally, made.says("warning")) == ({"created": DECLARED}, False)
    agents_are_as_declared(stack, server)
    (deployment,) = server.hand.beta.deployments.list()
    assert (deployment.agent.id, deployment.agent.version, deployment.status) == (stack.id("careful"), 1, "paused")
    assert (deployment.environment_id, deployment.vault_ids) == (stack.id("box"), [stack.id("crm")])
    assert [resource.type for resource in deployment.resources] == ["memory_store", "file", "github_repository"]

    server.writes()
    assert stack.up().succeeded().tally == {"unchanged": DECLARED}
    assert server.writes() == []

    edited = PROGRAM.replace("gently", "firmly").replace("-token", "-rotated").replace("paused=True", "paused=False")
    stack.write("__main__.py", edited)
    again = stack.up("--diff").succeeded()
    assert again.tally == {"updated": 5, "unchanged": DECLARED - 5}
    assert len(server.writes()) == 5
    versions_have_moved(server)
    assert CANARY not in made.text + again.text + stack.export()

    wrong_places = PROGRAM.replace('"https://mcp.crm.example/sse"', "7").replace('="notes")', '="nots")')
    stack.write("__main__.py", wrong_places)
    server.requests()
    wrong = stack.preview().stopped("'crm-server': auth.mcp_server_url: must be text (str)")
    wrong.stopped("__main__.py:6: 'notes': nots/SKILL.md: cannot be read")
    assert "Credential (crm-server)" in wrong.text
    assert CANARY not in wrong.text
    assert server.requests() == []
    stack.write("__main__.py", PROGRAM.replace('"claude-opus-5-5"}', '"claude-opus-5-5", "effort": "hihg"}'))
    assert stack.preview().succeeded().says("agent 'lead': warning: model.effort: ", "'high'")
    assert server.writes() == []


def agents_are_as_declared(stack: Stack, server: Server) -> None:
    """What Outputs and other resources gave to the agents has arrived."""
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


def versions_have_moved(server: Server) -> None:
    """Rosters follow a member's edit, except the one that holds on to a version."""
    agents = server.agents()
    triage = agents["triage"]
    assert triage.system == "You triage firmly."
    assert (triage.id, 2) in [(one.id, one.version) for one in agents["lead"].multiagent.agents[:2]]
    assert (triage.id, 2) in [(one.id, one.version) for one in agents["planner"].multiagent.subagents.predefined_agents]
    assert [(one.id, one.version) for one in agents["careful"].multiagent.agents] == [(triage.id, 1)]
