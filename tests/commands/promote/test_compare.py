from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.compare import compare
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from tests.commands.promote.promotion_project import Project


def test_a_stage_compared_with_itself_is_told_so(project: Project) -> None:
    """Nothing stands as a difference, for a person or a program."""
    (line,) = compare(project.root, "dev", "dev", emulator=False)
    found = valid("compare", "".join(compare(project.root, "dev", "dev", emulator=False, form="json")))
    assert line == "dev is compared with itself, so nothing differs; name another stage"
    assert (found["files"], found["fields"], found["same"]) == ({}, {}, 8)


def test_two_stages_side_by_side(project: Project) -> None:
    """Files that differ, values that an override set, and why versions are not known where no state can be asked."""
    project.promote()
    project.edit("staging/agents/alone.md", "You are", "You surely are")
    project.put("stacks/dev/smoke/more.yaml", project.text("dev/smoke/alone.yaml"))
    project.put("stacks/staging.values.yaml", "overrides: {agents/triage.md: {model: claude-opus-5-5}}\n")
    shown = "\n".join(compare(project.root, "dev", "staging", emulator=False))
    found = valid("compare", "".join(compare(project.root, "dev", "staging", emulator=False, form="json")))

    assert "~ agents/alone.md differs" in shown
    assert 'agents/triage:model.id: "claude-haiku-5-5" | "claude-opus-5-5"' in shown
    assert "the versions of dev are not known: no credential" in shown
    assert found["files"] == {"agents/alone.md": "differs", "smoke/more.yaml": "dev"}
    assert found["fields"]["agents/alone:system"] == ["You are alone.", "You surely are alone."]
    assert found["same"] == 7
