"""What `validate` says of a file that has another name than in the last commit."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.errors import Finding, InputError

if TYPE_CHECKING:
    from pathlib import Path

TRIAGE = "---\nname: Triage\nmodel: claude-haiku-5-5\n---\nYou sort the issues that come in over night, by urgency.\n"
SKILL = "---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n"
GIT = [shutil.which("git") or "git", "-c", "user.name=x", "-c", "user.email=x@example.com"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose stage is committed."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n", "utf-8")
    for file, text in (("agents/triage.md", TRIAGE), ("skills/notes/SKILL.md", SKILL)):
        path = tmp_path / "stacks/dev" / file
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run([*GIT, *command], cwd=tmp_path, check=True)
    return tmp_path


def moved(project: Path, old: str, new: str) -> Path:
    target = project / "stacks/dev" / new
    shutil.move(project / "stacks/dev" / old, target)
    return target


def findings_of(project: Path, *, strict: bool = False) -> list[str]:
    return [str(one) for one in validate_stages(project, ["dev"], strict=strict) if isinstance(one, Finding)]


def test_moved_files_are_reported_with_the_line_that_says_so(project: Path) -> None:
    """A file and a skill's directory, and nothing once the line is there."""
    assert findings_of(project) == []
    triage = moved(project, "agents/triage.md", "agents/sorter.md")
    triage.write_text(TRIAGE.replace("over night", "during the day"), "utf-8")
    moved(project, "skills/notes", "skills/writing")
    assert findings_of(project) == [
        "stacks/dev/agents/sorter.md: warning: looks like agents/triage of the last commit under another name (the "
        "same name 'Triage'), which an up would remove for ever; if it moved, write into stacks/dev.values.yaml: "
        "`overrides: {agents/sorter.md: {was: agents/triage}}`",
        "stacks/dev/skills/writing/SKILL.md: warning: looks like skills/notes of the last commit under another name "
        "(the same content), which an up would remove for ever; if it moved, write into stacks/dev.values.yaml: "
        "`overrides: {skills/writing: {was: skills/notes}}`",
    ]
    with pytest.raises(InputError, match="agents/triage"):
        findings_of(project, strict=True)
    lines = "  agents/sorter.md: {was: agents/triage}\n  skills/writing: {was: skills/notes}\n"
    (project / "stacks/dev.values.yaml").write_text(f"overrides:\n{lines}", "utf-8")
    assert findings_of(project, strict=True) == []


def test_nothing_is_said_where_nothing_is_known_or_wanted(project: Path) -> None:
    """Without git there is no earlier side; a removal may be confirmed, or what is removed retained."""
    moved(project, "agents/triage.md", "agents/sorter.md")
    settings = project / "stacks/Pulumi.dev.yaml"
    for name, value in (("confirmRemoval", "[agents/triage]"), ("confirmRemoval", "all"), ("onRemoval", "retain")):
        settings.write_text(f"config: {{'managed-agents:{name}': {value}}}\n", "utf-8")
        assert findings_of(project) == []
    settings.unlink()
    assert len(findings_of(project)) == 1
    shutil.rmtree(project / ".git")
    assert findings_of(project) == []


def test_an_edit_a_swap_and_a_removal_are_no_moves(project: Path) -> None:
    """Only what vanished while its like appeared is reported."""
    stage = project / "stacks/dev/agents"
    (stage / "biller.md").write_text(TRIAGE.replace("Triage", "Biller").replace("sort the issues", "x"), "utf-8")
    for command in (["add", "."], ["commit", "-qm", "More"]):
        subprocess.run([*GIT, *command], cwd=project, check=True)
    shutil.move(stage / "biller.md", project / "kept")
    shutil.move(stage / "triage.md", stage / "biller.md")
    shutil.move(project / "kept", stage / "triage.md")
    assert findings_of(project) == []
    (stage / "biller.md").unlink()
    assert findings_of(project) == []
