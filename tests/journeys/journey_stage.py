"""A small stage: a skill, an agent that uses it, a coordinator over that agent, an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.journey_stack import Stack

FILES = {
    "agents/worker.md": """\
---
name: Worker
description: Does the work.
model: claude-haiku-5-5
tools:
  - type: agent_toolset_20260401
    configs:
      - {name: bash, permission_policy: {type: always_ask}}
      - {name: web_search, enabled: false}
skills: [../skills/notes]
metadata: {team: platform}
---
You do the work.
""",
    "agents/lead.yaml": """\
name: Lead
model: {id: claude-opus-5-5, effort: high}
system: You hand out the work.
multiagent:
  type: coordinator
  agents: [./worker.md]
""",
    "environments/box.yaml": """\
name: box
config:
  type: cloud
  networking: {type: limited, allowed_hosts: [pypi.org, api.github.com], allow_package_managers: true}
  packages: {pip: [ruff, pytest]}
""",
    "skills/notes/SKILL.md": """\
---
name: notes
description: How to take notes.
---
Write them down.
""",
}
NAMES = ["agents/lead", "agents/worker", "environments/box", "skills/notes"]


def write_stage(stack: Stack, files: dict[str, str] = FILES) -> None:
    """Put definition files into the stack's stage folder."""
    for path, text in files.items():
        stack.write(f"stacks/{stack.name}/{path}", text)
