"""A stage whose records are large enough to be packed in the state, under the real CLI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.own_backend import recorded_in
from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

AGENTS, LONG = 16, "x" * 200
"""Names are long, so that few agents fill a record."""
FIRST = f"agents/desk-0-{LONG}"
AGENT = "---\nname: Desk {}\nmodel: claude-haiku-5-5\ntools: [{{type: agent_toolset_20260401}}]\n---\nYou answer.\n"


def records(stack: Stack) -> dict[str, Any]:
    """The records in the state as the CLI exports it."""
    exported = json.loads(stack.pulumi("stack", "export").succeeded().text)
    assert exported == recorded_in(stack.file)  # which `managed-agents` reads instead
    recorded = exported["deployment"]["resources"]
    outputs = {one["urn"].rpartition("::")[2]: one.get("outputs", {}) for one in recorded}
    return {"pins": outputs["release"]["pins"], "__applied": outputs[FIRST]["__applied"]}


def test_records_are_packed_and_nothing_is_lost(stack: Stack, server: Server) -> None:
    """A plan of Pulumi's own holds, an edit reaches one agent, and a state that an earlier release wrote is unchanged.

    That one is packed by the next up that writes.
    """
    for number in range(AGENTS):
        stack.write(f"stacks/dev/agents/desk-{number}-{LONG}.md", AGENT.format(number))
    for edit in (False, True):
        if edit:
            stack.edit(f"{FIRST}.md", "You answer.", "You answer at once.")
        stack.preview("--save-plan", "plan.json").succeeded()
        stack.up("--plan", "plan.json").succeeded()
    assert server.agents()["Desk 0"].version == 2
    assert [one.version for name, one in server.agents().items() if name != "Desk 0"] == [1] * (AGENTS - 1)
    assert {key: value[:5] for key, value in records(stack).items()} == {"pins": "zlib:", "__applied": "zlib:"}
    assert stack.outputs()["release"]["pins"][FIRST] == {
        "id": stack.id(FIRST),
        "version": 2,
    }
    status = json.loads(stack.managed_agents("status", "dev", "--output-format", "json").succeeded().text)
    assert f"desk-{AGENTS - 1}-" in json.dumps(status)

    (stack.project / "plain.json").write_text(stack.export(), "utf-8")
    stack.pulumi("stack", "import", "--file", "plain.json").succeeded()
    assert {key: type(value) for key, value in records(stack).items()} == {"pins": dict, "__applied": dict}
    server.writes()
    stack.up("--expect-no-changes").succeeded()
    assert server.writes() == []
    stack.edit(f"{FIRST}.md", "at once", "now")
    stack.up().succeeded()
    assert {key: value[:5] for key, value in records(stack).items()} == {"pins": "zlib:", "__applied": "zlib:"}
    stack.destroy().succeeded()
    assert stack.resources() == {}
