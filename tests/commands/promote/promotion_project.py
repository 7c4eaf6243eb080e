"""A project on disk with stages to promote, receipts in a directory instead of a deployed stage, and git."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.promote import promote
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.release.ledger import read_receipts, write_receipts
from pulumi_managed_agents.release.receipt import Receipt

if TYPE_CHECKING:
    from pathlib import Path

GIT = shutil.which("git") or "git"
SKILL = "---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n"
AGENT = "---\nname: {name}\nmodel: claude-haiku-5-5\n{more}---\nYou are {name}.\n"
TEST = """\
agent: ../agents/{name}.md
environment: ../environments/box.yaml
budget_usd: 0.1
send: Hi
expect: {{no_errors: true}}
"""
FILES = {
    "agents/triage.md": AGENT.format(name="triage", more="skills: [../skills/notes]\n"),
    "agents/billing.md": AGENT.format(name="billing", more="skills: [../skills/notes]\n"),
    "agents/alone.md": AGENT.format(name="alone", more=""),
    "environments/box.yaml": "name: box\nconfig: {type: cloud}\n",
    "skills/notes/SKILL.md": SKILL,
    "smoke/triage.yaml": TEST.format(name="triage"),
    "smoke/billing.yaml": TEST.format(name="billing"),
    "smoke/alone.yaml": TEST.format(name="alone"),
}


@dataclass
class Project:
    """A project whose receipts lie in a directory beside it."""

    root: Path
    receipts: Path
    made: dict[tuple[str, str], Receipt] = field(default_factory=dict)

    def write(self, stage: str, files: dict[str, str]) -> None:
        """Write files of a stage."""
        for path, text in files.items():
            self.put(f"stacks/{stage}/{path}", text)

    def put(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text that stands in a file below ``stacks``."""
        file = self.root / "stacks" / path
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")

    def text(self, path: str) -> str:
        """A file below ``stacks``; empty where there is none."""
        file = self.root / "stacks" / path
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def prove(self, stage: str, *names: str, reason: str = "") -> None:
        """Let a stage have proved these roots as they are, all unless some are named; or failed, for a reason."""
        _, roots = stage_folder(self.root, stage).load()
        for name in names or roots:
            root = roots[name]
            self.made[name, root.digest] = Receipt(
                root=name,
                digest=root.digest,
                project="desk",
                stage=stage,
                tests=root.tests_on(stage),
                ran_in=root.run_in(stage),
                reason=reason,
                effective=root.effective,
                effective_digest=root.effective_digest,
                values=root.values,
                versions={name: {"id": f"agent_{name}", "version": 1}},
                cost_usd=0.01,
                finished_at=f"2026-01-01T00:00:{len(self.made):02}+00:00",
                since="2026-01-01T00:00:00+00:00",
            )
        write_receipts(self.receipts / f"{stage}.receipts.json", self.made.values())

    def promote(self, *only: str, source: str = "dev", target: str = "staging", dry_run: bool = False) -> str:
        """Promote; all that was said."""
        return "\n".join(promote(self.root, source, target, only, emulator=False, dry_run=dry_run).lines)

    def handed(self, stage: str) -> set[str]:
        """The roots of which a stage has receipts."""
        return {one.root for one in read_receipts(self.root / "stacks" / f"{stage}.receipts.json")}

    def files(self) -> dict[str, bytes]:
        """All files below ``stacks``."""
        found = (self.root / "stacks").rglob("*")
        return {str(path): path.read_bytes() for path in found if path.is_file()}

    def git(self, *arguments: str) -> None:
        """Call git."""
        who = ("-c", "user.name=team", "-c", "user.email=team@example.com")
        subprocess.run([GIT, *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", "change")
