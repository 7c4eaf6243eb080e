from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from pathlib import Path

CLASH = "{0}<<<<<<< file\n{0}Be kind.\n{0}=======\n{0}Be brief.\n{0}>>>>>>> live\n"


def test_a_stage_with_clash_markers_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """In Markdown, inside YAML and in a skill's files; a text that only quotes a marker is none."""
    files = {
        "agents/a.md": "---\nname: A\nmodel: claude-haiku-5-5\n---\n" + CLASH.format(""),
        "agents/b.yaml": "name: B\nmodel: claude-haiku-5-5\nsystem: |\n" + CLASH.format("  "),
        "agents/c.md": "---\nname: C\nmodel: claude-haiku-5-5\n---\nWrite `<<<<<<< file`, then =======.\n",
        "skills/s/SKILL.md": "---\nname: s\ndescription: S.\n---\nSee more.txt.\n",
        "skills/s/more.txt": "First.\n" + CLASH.format(""),
    }
    for name, text in files.items():
        path = tmp_path / "stacks/dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load("dev", project_dir=tmp_path, project="shop")
    assert [(finding.file, finding.line) for finding in refused.value.findings] == [
        ("stacks/dev/agents/a.md", 5),
        ("stacks/dev/agents/b.yaml", 4),
        ("stacks/dev/skills/s/more.txt", 2),
    ]
