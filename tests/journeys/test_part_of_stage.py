"""A part of a stage under the real CLI, whose engine would delete what depends on a target and is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

VAULT = """\
display_name: CRM
credentials:
  - auth: {type: static_bearer, mcp_server_url: https://crm.example.com/mcp, token: {secret: CRM}}
"""
DEPLOYMENT = """\
name: nightly
agent: ../agents/worker.md
environment_id: ../environments/box.yaml
vault_ids: [../vaults/crm.yaml]
initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]
"""


def test_what_depends_on_a_part_stays_as_it_is(deployed: tuple[Stack, Server]) -> None:
    """A skill, an agent and a vault move alone, though a roster, a deployment and agents use them; then the rest does.

    Also what lost its file meanwhile stays until an up of all, and what moved without a write is found by its new name.
    """
    stack, server = deployed
    stack.env["MANAGED_AGENTS_SECRET_CRM"] = "canary-1"
    stack.write("stacks/dev/vaults/crm.yaml", VAULT)
    stack.write("stacks/dev/deployments/nightly.yaml", DEPLOYMENT)
    stack.write("stacks/dev/agents/extra.md", "---\nname: Extra\nmodel: claude-haiku-5-5\n---\nYou are extra.\n")
    stack.up().succeeded()
    (stack.definitions / "agents/lead.yaml").rename(stack.definitions / "agents/chief.yaml")
    stack.write("stacks/dev.values.yaml", "overrides: {agents/chief.yaml: {was: agents/lead}}\n")
    stack.up().succeeded()
    before = {name: one["id"] for name, one in stack.resources().items()}
    server.writes()

    (stack.definitions / "agents/extra.md").unlink()
    stack.edit("skills/notes/SKILL.md", "Write them down.", "Write them down at once.")
    stack.edit("agents/worker.md", "You do the work.", "You do the work well.")
    stack.edit("vaults/crm.yaml", "CRM\n", "Customers\n")
    done = stack.managed_agents("up", "dev", "--yes", "--only", "skills/notes", "--only", "vaults/crm")
    assert done.code == 0, done.text
    assert sorted(path.split("/")[2] for path in server.writes()) == ["skills", "vaults"]
    assert {name: one["id"] for name, one in stack.resources().items()} == before

    done = stack.managed_agents("up", "dev", "--yes", "--only", "agents/worker")
    assert done.code == 0, done.text
    assert [path for path in server.writes() if "agents" not in path] == []
    now = server.agents()
    assert {name: now[name].version for name in ("Worker", "Lead", "Extra")} == {"Worker": 2, "Lead": 1, "Extra": 1}
    assert {name: one["id"] for name, one in stack.resources().items()} == before

    run = stack.up().succeeded()
    assert (run.tally["deleted"], server.agents()["Lead"].version) == (1, 2)
    assert stack.preview().succeeded().tally.keys() == {"unchanged"}
