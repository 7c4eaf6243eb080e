"""Two stages with the same files, of which staging has proved what it holds; tests then change one of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.release.judgement import judge
from pulumi_managed_agents.release.receipt import Receipt
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.release.judgement import Judgement
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
PROVEN_AT = "2026-05-01T12:00:00+00:00"

FILES = {
    "agents/triage.md": """\
---
name: Triage
model: claude-haiku-5-5
skills: [../skills/notes]
mcp_servers: [{type: url, name: crm, url: https://crm.example.com/mcp}]
tools: [{type: agent_toolset_20260401}, {type: mcp_toolset, mcp_server_name: crm}]
metadata: {team: support}
---
You sort what comes in: café first.
Then the rest.
""",
    "agents/lead.yaml": """\
name: Lead
model: claude-opus-5-5
multiagent: {type: coordinator, agents: [./triage.md]}
""",
    "agents/writer.yaml.j2": """\
name: Writer
model: claude-haiku-5-5
system: "{% include 'texts/tone.txt' %}"
""",
    "texts/tone.txt": "Be brief.",
    "environments/box.yaml": """\
name: box
config: {type: cloud, networking: {type: limited, allowed_hosts: [crm.example.com]}}
""",
    "vaults/crm.yaml": """\
display_name: CRM
credentials:
  - display_name: token
    auth: {type: static_bearer, mcp_server_url: "https://crm.example.com/mcp", token: {secret: CRM_TOKEN}}
""",
    "deployments/nightly.yaml": """\
name: nightly
agent: ../agents/triage.md
environment_id: ../environments/box.yaml
vault_ids: [../vaults/crm.yaml]
schedule: {type: cron, expression: "0 3 * * *", timezone: UTC}
resources: [{path: ../data/orders.csv}]
initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]
""",
    "data/orders.csv": "id,total\r\n42,9.50\r\n",
    "skills/notes/SKILL.md": "---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n",
    "skills/notes/scripts/sum.py": "print(1)\n",
    "smoke/triage-answers.yaml": """\
agent: ../agents/triage.md
environment: ../environments/box.yaml
budget_usd: 0.10
send: Hello
expect: {reply: {contains: [hello]}}
""",
    "smoke/lead-hands-out.yaml": """\
agent: ../agents/lead.yaml
environment: ../environments/box.yaml
budget_usd: 0.10
send: Hello
expect: {reply: {contains: [hello]}}
""",
    "smoke/writer-writes.yaml": """\
agent: ../agents/writer.yaml.j2
environment: ../environments/box.yaml
budget_usd: 0.10
send: Hello
expect: {reply: {contains: [hello]}}
""",
}
REACHED_BY = {
    "agents/triage.md": {"agents/triage", "agents/lead", "deployments/nightly"},
    "agents/lead.yaml": {"agents/lead"},
    "agents/writer.yaml.j2": {"agents/writer"},
    "texts/tone.txt": {"agents/writer"},
    "environments/box.yaml": {"deployments/nightly"},
    "vaults/crm.yaml": {"deployments/nightly"},
    "deployments/nightly.yaml": {"deployments/nightly"},
    "data/orders.csv": {"deployments/nightly"},
    "skills/notes/SKILL.md": {"agents/triage", "agents/lead", "deployments/nightly"},
    "skills/notes/scripts/sum.py": {"agents/triage", "agents/lead", "deployments/nightly"},
    "smoke/triage-answers.yaml": set(),
    "smoke/lead-hands-out.yaml": set(),
    "smoke/writer-writes.yaml": set(),
}
"""The roots that a file belongs to."""


class Project:
    """A project with the stages staging and prod, whose definitions are the same at first."""

    def __init__(self, path: Path, files: Mapping[str, str | bytes] = FILES) -> None:
        self.path = path
        for stage in ("staging", "prod"):
            for name, content in files.items():
                self.write(f"stacks/{stage}/{name}", content)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file, byte for byte."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def change(self, path: str, before: bytes, after: bytes) -> None:
        """Replace bytes in a file of prod, in which they must stand."""
        file = self.path / "stacks/prod" / path
        content = file.read_bytes()
        assert before in content
        file.write_bytes(content.replace(before, after))

    def remove(self, path: str) -> None:
        """Remove a file or folder of prod."""
        found = self.path / "stacks/prod" / path
        shutil.rmtree(found) if found.is_dir() else found.unlink()

    def stage(self, name: str = "prod") -> Stage:
        """A loaded stage."""
        return load(name, project_dir=self.path, project="shop")

    def roots(self, name: str = "prod") -> dict[str, Root]:
        """The roots of a stage."""
        return roots(self.stage(name))

    def digests(self, name: str = "prod") -> dict[str, str]:
        """The definitions digest of each root."""
        return {root.name: root.digest for root in self.roots(name).values()}

    def receipts(self) -> list[Receipt]:
        """What staging has proved: everything that it holds."""
        return [receipt(root) for root in self.roots("staging").values()]

    def refused(self, receipts: Iterable[Receipt], **config: str) -> list[str]:
        """What the gate of prod refuses of its files as they are now."""
        return [str(one) for one in self.judged(receipts, **config).refusals]

    def judged(self, receipts: Iterable[Receipt], **config: str) -> Judgement:
        """What the gate of prod says to its files as they are now."""
        asked = gate({key: value for key, value in {"verifiedIn": "staging", **config}.items() if value}, "shop")
        stage = self.stage()
        return judge(stage, roots(stage), receipts, asked, NOW, typed)


def typed(command: str) -> str:
    """A command as it is typed against the emulator."""
    return f"managed-agents {command} --emulator"


def receipt(root: Root) -> Receipt:
    """The receipt of a root that passed in staging."""
    return Receipt(
        root=root.name,
        digest=root.digest,
        project="shop",
        stage="staging",
        tests=root.tests_on("staging"),
        ran_in=root.run_in("staging"),
        effective=root.effective,
        effective_digest=root.effective_digest,
        values=root.values,
        versions={"agents/triage": {"id": "agent_1", "version": 3}},
        cost_usd=0.02,
        finished_at=PROVEN_AT,
        since=PROVEN_AT,
        commit="c0ffee",
    )


def changed(receipts: Iterable[Receipt], root: str, **fields: object) -> list[Receipt]:
    """Receipts of which that of one root says something else."""
    return [replace(one, **fields) if one.root == root else one for one in receipts]  # type: ignore[arg-type]
