"""A stage with a definition of every kind in the styles that people write, and somebody who changes all of it live."""

from __future__ import annotations

from tests.command_project import Project

SECRET = "canary-7c1e"

FILES = {
    "agents/worker.md": """\
---
# The worker.
name: Worker
description: 'Does the work.'   # short
model: claude-haiku-5-5
tools:
  # the set
  - type: agent_toolset_20260401
    configs:
      - {name: bash, permission_policy: {type: always_ask}}   # ask
      - {name: web_search, enabled: false}
skills: [../skills/notes]
metadata: {team: platform}
---

You do the work.

Be quick.

Be kind.
""",
    "agents/lead.yaml": """\
name: Lead
model: {id: claude-opus-5-5, effort: high}  # thinks
system: |
  You hand out the work.

  Be fair.
multiagent:
  type: coordinator
  agents: [./worker.md]
""",
    "agents/greeter.yaml.j2": 'name: "Greeter {{ stage }}"\nmodel: claude-haiku-5-5\nsystem: Hello.\n',
    "environments/box.json": """\
{
  "name": "box",
  "description": "Box.",
  "config": {
    "type": "cloud",
    "networking": {"type": "limited", "allowed_hosts": ["pypi.org", "api.github.com"]}
  }
}
""",
    "skills/notes/SKILL.md": "---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n",
    "skills/notes/old.txt": "old\n",
    "memory_stores/facts.md": "---\nname: Facts\n---\nWhat we know.\n",
    "vaults/crm.yaml": """\
display_name: CRM   # theirs
credentials:
  - display_name: Key
    auth:
      type: environment_variable
      secret_name: KEY
      secret_value: {secret: CRM}
      networking: {type: limited, allowed_hosts: [a.com]}
""",
    "deployments/daily.yaml": """\
name: Daily
agent: ../agents/worker.md
environment_id: ../environments/box.json
initial_events:
  - type: user.message
    content: [{type: text, text: "Go."}]
schedule: {type: cron, expression: "0 9 * * *", timezone: UTC}
""",
}
VALUES = """\
overrides:
  agents/lead.yaml: {description: Overridden.}
"""

PULLED = {
    "agents/worker.md": """\
---
# The worker.
name: Worker
description: 'By hand: all.'   # short
model: {id: claude-opus-5-5, effort: low}
tools:
  # the set
  - type: agent_toolset_20260401
    configs:
      - {name: bash, permission_policy: {type: always_ask}}   # ask
      - {name: web_fetch, enabled: false}
  - type: custom
    name: lookup
    description: Looks up.
    input_schema: {type: object}
skills: [../skills/notes, {type: anthropic, skill_id: xlsx, version: "20251013"}]
metadata: {team: core}
---

You always do the work.

Be quick.

Be kind, says the file.
""",
    "agents/lead.yaml": FILES["agents/lead.yaml"].replace("effort: high", "effort: low"),
    "agents/greeter.yaml.j2": FILES["agents/greeter.yaml.j2"],
    "environments/box.json": """\
{
  "name": "box",
  "description": "Box, live.",
  "config": {
    "type": "cloud",
    "networking": {"type": "limited", "allowed_hosts": ["pypi.org", "b.com"], "allow_package_managers": true},
    "packages": {"pip": ["ruff"]}
  }
}
""",
    "skills/notes/SKILL.md": FILES["skills/notes/SKILL.md"].replace("down.", "down at once."),
    "memory_stores/facts.md": "---\nname: Facts\n---\nWhat we know,\nand more.\n",
    "vaults/crm.yaml": FILES["vaults/crm.yaml"].replace("CRM  ", "CRM live  ").replace("a.com", "b.com"),
    "deployments/daily.yaml": FILES["deployments/daily.yaml"].replace("0 9", "0 8").replace("Go.", "Go on."),
}
"""The files after everything that `change_everything` does, and one change of the file itself, was pulled."""


class PullProject(Project):
    """A project with that stage."""

    hidden = SECRET

    def make(self) -> None:
        """Make it."""
        self.init()
        self.environment["MANAGED_AGENTS_SECRET_CRM"] = SECRET
        self.environment["COLUMNS"] = "100"
        for path in (self.folder / "stacks/dev").rglob("*.*"):
            path.unlink()
        for name, text in FILES.items():
            path = self.folder / "stacks/dev" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (self.folder / "stacks/dev.values.yaml").write_text(VALUES, encoding="utf-8")

    def files(self) -> dict[str, str]:
        """The files of the stage that are text."""
        folder = self.folder / "stacks/dev"
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*") if path.suffix != ".bin"}
        return {name: path.read_text(encoding="utf-8") for name, path in found.items()}

    def change_everything(self) -> None:
        """Change something of every kind as somebody in the Console would."""
        with self.console_client() as client:
            beta = client.beta
            agents = {agent.name: agent for agent in beta.agents.list()}
            worker, lead, greeter = agents["Worker"], agents["Lead"], agents["Greeter dev"]
            (skill,) = worker.skills
            beta.agents.update(
                worker.id,
                version=worker.version,
                description="By hand: all.",
                system="You always do the work.\n\nBe quick.\n\nBe kind.",
                model={"id": "claude-opus-5-5", "effort": "low"},
                tools=[
                    {
                        "type": "agent_toolset_20260401",
                        "configs": [
                            {"name": "bash", "permission_policy": {"type": "always_ask"}},
                            {"name": "web_search", "enabled": True},
                            {"name": "web_fetch", "enabled": False},
                        ],
                    },
                    {
                        "type": "custom",
                        "name": "lookup",
                        "description": "Looks up.",
                        "input_schema": {"type": "object"},
                    },
                ],
                skills=[
                    {"type": "custom", "skill_id": skill.skill_id, "version": skill.version},
                    {"type": "anthropic", "skill_id": "xlsx"},
                ],
                metadata={"team": "core"},
            )
            beta.agents.update(
                lead.id,
                version=lead.version,
                description="Live.",
                model={"id": "claude-opus-5-5", "effort": "low"},
            )
            beta.agents.update(greeter.id, version=greeter.version, system="Live.")
            (box,) = beta.environments.list()
            beta.environments.update(
                box.id,
                description="Box, live.",
                config={
                    "type": "cloud",
                    "networking": {
                        "type": "limited",
                        "allowed_hosts": ["pypi.org", "b.com"],
                        "allow_package_managers": True,
                    },
                    "packages": {"pip": ["ruff"]},
                },
            )
            (store,) = beta.memory_stores.list()
            beta.memory_stores.update(store.id, description="What we know,\nand more.")
            (vault,) = beta.vaults.list()
            (credential,) = beta.vaults.credentials.list(vault.id)
            beta.vaults.credentials.update(
                credential.id,
                vault_id=vault.id,
                auth={
                    "type": "environment_variable",
                    "networking": {"type": "limited", "allowed_hosts": ["b.com"]},
                },
            )
            beta.vaults.update(vault.id, display_name="CRM live")
            (deployment,) = beta.deployments.list()
            beta.deployments.update(
                deployment.id,
                schedule={"type": "cron", "expression": "0 8 * * *", "timezone": "UTC"},
                initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Go on."}]}],
            )
            text = PULLED["skills/notes/SKILL.md"].encode()
            beta.skills.versions.create(skill.skill_id, files=[("notes/SKILL.md", text), ("notes/data.bin", b"\0\1\2")])
