from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import Conflict, InputError, Refused
from pulumi_managed_agents.kinds.policy import Policy
from pulumi_managed_agents.stage.bundle import collect

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulated_stack import EmulatedStack
    from server_habits import Body

SKILL = "---\nname: pdf\ndescription: Fills forms.\n---\n"


@pytest.fixture
def skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Body]:
    """Writes the skill's files, with that text in one of them, and gives its definition."""
    monkeypatch.chdir(tmp_path)
    directory = Path("skills/pdf")
    directory.mkdir(parents=True)

    def write(text: str) -> Body:
        (directory / "SKILL.md").write_text(SKILL, "utf-8")
        (directory / "notes.md").write_text(text, "utf-8")
        digest = collect(directory, str(directory), boundary=tmp_path).digest
        return {"directory": str(directory), "digest": digest, "name": "pdf"}

    return write


def versions(stack: EmulatedStack, id: str) -> int:
    return len(list(stack.hand.skills.versions(id)))


def test_a_skill_is_uploaded_only_when_its_bytes_change(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Each upload makes a version, equal content too; so nothing is sent unless the digest is another."""
    one = stack.create("skill", skill("first"))
    assert stack.look(one).is_empty
    stack.update(one, skill("first"))
    assert versions(stack, one.id) == 1
    second = stack.update(one, skill("second"))
    assert versions(stack, one.id) == 2
    assert stack.look(second).is_empty


def test_a_skill_can_change_twice_in_one_process(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Our own upload is not taken for somebody else's by the next one."""
    world = stack.process()
    one = stack.create("skill", skill("first"), world=world)
    two = stack.update(one, skill("second"), world)
    stack.update(two, skill("third"), world)
    assert versions(stack, one.id) == 3


def test_somebody_elses_upload_is_drift(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """The API tells no content, but the latest version's id; the file's content is uploaded again on top."""
    one = stack.create("skill", skill("first"))
    stack.hand.skills.upload_version(one.id, [("pdf/SKILL.md", SKILL.encode())])
    with pytest.raises(Refused, match="latest_version_id"):
        stack.look(one, rules=Policy("fail"))
    plan = stack.look(one)
    assert [(change.path, change.cause) for change in plan.changes] == [(("latest_version_id",), "drift")]
    healed = stack.update(one, skill("first"))
    assert versions(stack, one.id) == 3
    assert stack.look(healed).is_empty


def test_an_upload_in_between_is_a_conflict(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """What somebody uploaded between the look and the write is not buried under ours."""
    one = stack.create("skill", skill("first"))
    world = stack.process()
    stack.look(one, world=world)
    stack.hand.skills.upload_version(one.id, [("pdf/SKILL.md", SKILL.encode())])
    with pytest.raises(Conflict, match="latest_version_id"):
        stack.update(one, skill("second"), world)
    assert versions(stack, one.id) == 2


def test_files_that_moved_since_the_preview_are_not_uploaded(
    stack: EmulatedStack, skill: Callable[[str], Body]
) -> None:
    """What is uploaded is what was previewed, byte for byte."""
    previewed = skill("first")
    skill("second")
    with pytest.raises(InputError, match="changed since the program read them"):
        stack.create("skill", previewed)
    assert stack.writes() == []


@pytest.mark.parametrize("change", [{"name": "docx"}, {"display_name": "PDF forms"}], ids=["name", "label"])
def test_a_name_of_a_skill_is_for_ever(stack: EmulatedStack, skill: Callable[[str], Body], change: Body) -> None:
    """The API fixes both names with the first upload, so another one is another skill."""
    one = stack.create("skill", skill("first"))
    assert stack.look(one, {**one.record.desired, **change}).replaces == tuple(change)


def test_a_removed_skill_is_gone(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """A skill is deleted with all its versions, and again without a complaint."""
    one = stack.create("skill", skill("first"))
    stack.remove(one)
    stack.remove(one)
    assert list(stack.hand.skills.list(source="custom")) == []
