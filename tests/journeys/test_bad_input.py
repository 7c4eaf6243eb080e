from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import write_stage

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

FILES = {
    "agents/worker.md": """\
---
name: Worker
modle: claude-haiku-5-5
tools:
  - type: agent_toolset_20260401
    configs:
      - {name: bash, enabled: "yes, please"}
  - {type: mcp_toolset, mcp_server_name: crm}
skills: [../skills/nots]
---
Work.
""",
    "agents/lead.yaml": """\
name: Lead
model: claude-opus-5-5
metadata: {team: 7}
multiagent:
  type: coordinator
  agents: [./nobody.md]
""",
    "environments/box.yaml": """\
name: box
config:
  type: cloud
  networking: {type: limited, allowed_hosts: ["https://pypi.org/simple"]}
  packages: {pip: ruff}
""",
    "skills/notes/SKILL.md": "---\nname: My Notes\ndescription: How to take notes.\n---\nWrite.\n",
    "smoke/answers.yaml": "agent: ../agents/worker.md\nenvironment: ../environments/box.yaml\nsend: Hello\n",
    "smoke/broken.yaml": "agent: [unclosed\n",
}
MISTAKES = (
    "agents/lead.yaml:3: metadata.team: ",
    "agents/lead.yaml:6: multiagent.agents[0]: './nobody.md' does not exist",
    "agents/worker.md:2: model: is required",
    "agents/worker.md:7: tools[0].configs[0].enabled: ",
    "agents/worker.md:8: tools[1].mcp_server_name: ",
    "agents/worker.md:9: skills[0]: '../skills/nots' does not exist; did you mean ../skills/notes?",
    "environments/box.yaml:4: config.networking.allowed_hosts[0]: ",
    "environments/box.yaml:5: config.packages.pip: must be a list",
    "skills/notes/SKILL.md:2: name: ",
    "smoke/answers.yaml:1: expect: the test asserts nothing",
    "smoke/broken.yaml:1: not valid YAML",
)


def test_every_mistake_of_a_stage_is_reported_at_once(stack: Stack, server: Server) -> None:
    """Each is one line with file, line and field, a suspicion is no error, and nothing reaches the API."""
    write_stage(stack, FILES)
    run = stack.preview().stopped(MISTAKES[0])
    assert [mistake for mistake in MISTAKES if not run.says(f"error: stacks/dev/{mistake}")] == []
    assert run.says("warning: stacks/dev/agents/worker.md:3: ", "did you mean 'model'?")
    assert not run.says("error:", "did you mean 'model'?")
    assert server.requests() == []
