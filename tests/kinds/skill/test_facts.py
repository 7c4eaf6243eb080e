from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Conflict, InputError, Refused, Unreachable
from pulumi_managed_agents.kinds.skill.bundle import collect, digest_of, unpacked, unpacked_whole
from pulumi_managed_agents.reconcile import apply
from pulumi_managed_agents.reconcile.plan_text import sentence
from tests.kinds.emulated_stack import subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body

SKILL = "---\nname: pdf\ndescription: Fills forms.\n---\n"
SKILL_MD = {"SKILL.md": SKILL}


@pytest.fixture
def skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Body]:
    """Writes the skill's files, with that text in one of them, and gives its definition."""
    monkeypatch.chdir(tmp_path)
    directory = Path("skills/pdf")
    directory.mkdir(parents=True)

    def write(text: str) -> Body:
        (directory / "SKILL.md").write_text(SKILL, "utf-8")
        (directory / "notes.md").write_text(text, "utf-8")
        digest = digest_of(collect(directory, str(directory), boundary=tmp_path))
        return {"directory": str(directory), "digest": digest, "name": "pdf"}

    return write


def versions(stack: EmulatedStack, id: str) -> int:
    return len(list(stack.hand.skills.versions(id)))


def by_hand(stack: EmulatedStack, id: str, files: dict[str, str]) -> None:
    """Somebody uploads a version that is SKILL.md as ever and these files."""
    stack.hand.skills.upload_version(id, [(f"pdf/{name}", text.encode()) for name, text in (SKILL_MD | files).items()])


def files_of(body: Body) -> list[tuple[str, bytes]]:
    return [(f"pdf/{path.name}", path.read_bytes()) for path in Path(body["directory"]).iterdir()]


def downloads(stack: EmulatedStack, id: str) -> str:
    version = stack.hand.skills.get(id)["latest_version_id"]
    return f"GET /v1/skills/{id}/versions/{version}/content"


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
    context = stack.process()
    one = stack.create("skill", skill("first"), context=context)
    two = stack.update(one, skill("second"), context)
    stack.update(two, skill("third"), context)
    assert versions(stack, one.id) == 3


def test_somebody_elses_upload_is_drift(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Other files than ours are reported by name, and ours are uploaded again on top."""
    one = stack.create("skill", skill("first"))
    by_hand(stack, one.id, {"notes.md": "by hand", "scripts/x.py": "print()"})
    with pytest.raises(
        Refused, match=r"\(version skver_\w+ → skver_\w+, last .*\): files notes.md changed, scripts/x.py added; "
    ):
        stack.look(one, rules=Policy("fail"))
    plan = stack.look(one)
    assert [(change.path, change.cause) for change in plan.changes] == [(("digest",), "drift")]
    healed = stack.update(one, skill("first"))
    assert versions(stack, one.id) == 3
    assert stack.look(healed).is_empty


def test_files_that_cannot_be_unpacked_are_healed_as_well(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """What somebody uploaded need not be readable here to be put right."""
    one = stack.create("skill", skill("first"))
    by_hand(stack, one.id, {"a": "", "A": ""})
    assert "files other ones than ours" in sentence(stack.look(one))
    assert stack.look(stack.update(one, skill("first"))).is_empty


def test_drift_of_a_skills_files_can_be_ignored(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Who ignores its files is told nothing of another upload, and is not refused for it."""
    one = stack.create("skill", skill("first"))
    by_hand(stack, one.id, {"notes.md": "by hand"})
    quiet = replace(one, subject=replace(one.subject, ignore=(("files",),)))
    assert sentence(stack.look(quiet, rules=Policy("fail"))) == ""
    assert stack.look(quiet, rules=Policy("fail")).is_empty


def test_the_same_files_uploaded_again_are_no_drift(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Another version of the same content changes nothing; one process downloads it only once."""
    one = stack.create("skill", skill("first"))
    by_hand(stack, one.id, {"notes.md": "first"})
    stack.asked()
    context = stack.process()
    assert all(stack.look(one, context=context).is_empty for _ in range(2))
    assert [path for path in stack.asked() if path.endswith("/content")] == [downloads(stack, one.id)]
    assert stack.look(stack.update(one, skill("second"), context)).is_empty


def test_files_edited_here_and_there_are_a_conflict(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Nobody's files are buried under the other's unless one is chosen; equal ones need no choice."""
    one = stack.create("skill", skill("first"))
    by_hand(stack, one.id, {"notes.md": "by hand"})
    message = r"both in its file and outside Pulumi .*: files notes\.md changed\. `managed-agents pull"
    with pytest.raises(Conflict, match=message):
        stack.look(one, skill("second"))
    accepted = f"skills/triage@{stack.hand.skills.get(one.id)['latest_version_id']}"
    assert not stack.look(one, skill("second"), rules=Policy(accepted=frozenset({accepted}))).is_empty
    stack.asked()
    after = stack.update(one, skill("by hand"))
    assert stack.writes() == []
    assert stack.look(after).is_empty


@pytest.mark.parametrize("label", [{}, {"display_name": "PDF forms"}], ids=["name", "label"])
def test_a_create_finds_its_own_upload(
    stack: EmulatedStack, skill: Callable[[str], Body], label: Body, caplog: pytest.LogCaptureFixture
) -> None:
    """After a crash before the state was written the skill is found by the mark among its files."""
    first = stack.create("skill", skill("first") | label)
    stack.asked()
    again = stack.create("skill", skill("first") | label)
    assert (again.id, stack.writes()) == (first.id, [])
    assert "made by an earlier run of this stack" in caplog.text
    edited = stack.create("skill", skill("second") | label)
    assert (edited.id, versions(stack, first.id)) == (first.id, 2)
    assert stack.look(edited).is_empty


def test_a_create_finds_its_own_upload_behind_newer_ones(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """However many skills of the same label were uploaded since, no second one of ours is made."""
    first = stack.create("skill", skill("first"))
    for _ in range(5):
        stack.hand.skills.upload(files_of(skill("first")))
    stack.asked()
    assert (stack.create("skill", skill("first")).id, stack.writes()) == (first.id, [])


def test_a_create_takes_no_skill_that_is_not_its_own(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """Skills of the same name and content that carry no mark or another stack's, or cannot be read, are left alone."""
    body = skill("first")
    unmarked = stack.hand.skills.upload(files_of(body))["id"]
    about = subject("skill")
    foreign = apply.create(stack.process(), replace(about, mark="shop/prod/skills/triage"), body)["id"]
    other = stack.create("skill", body, "other").id
    strange = stack.hand.skills.upload([*files_of(body), ("pdf/.managed-agents.json", b"[]")])["id"]
    stack.asked()
    assert stack.create("skill", body).id not in {unmarked, foreign, other, strange}
    assert stack.writes() == ["POST /v1/skills"]
    assert versions(stack, foreign) == 1


def test_a_lost_answer_to_an_upload_is_found(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """A connection that drops after the upload leads to that skill and that version, and to no second one."""
    stack.fault(method="POST", path="/v1/skills", drop="after_commit")
    one = stack.create("skill", skill("first"))
    stack.fault(method="POST", path="/v1/skills/.*/versions", drop="after_commit")
    two = stack.update(one, skill("second"))
    assert [found["id"] for found in stack.hand.skills.list(source="custom")] == [one.id]
    assert versions(stack, one.id) == 2
    assert stack.look(two).is_empty
    stack.fault(method="POST", path="/v1/skills/.*/versions", drop="before")
    with pytest.raises(Unreachable):
        stack.update(two, skill("third"))


def test_an_upload_that_no_state_knows_of_is_not_repeated(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """After a crash between the upload of a version and the state the next run sends nothing."""
    one = stack.create("skill", skill("first"))
    stack.update(one, skill("second"))
    stack.asked()
    assert stack.look(stack.update(one, skill("second"))).is_empty
    assert stack.writes() == []


def test_a_skill_of_another_stack_is_not_adopted(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """The mark among the files says whose it is."""
    one, body = stack.create("skill", skill("first")), skill("first")
    about = replace(subject("skill"), mark="shop/prod/skills/triage")
    with pytest.raises(Refused, match="belongs to shop/dev/skills/triage"):
        apply.adopt(stack.process(), about, body, one.id)
    assert apply.adopt(stack.process(), one.subject, body, one.id)["id"] == one.id


def test_our_own_file_is_no_part_of_a_skill(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """A file of that name in the folder is left out, and ours is not in the skill that somebody downloads."""
    before = skill("first")
    Path("skills/pdf/.managed-agents.json").write_text("{}", "utf-8")
    assert skill("first") == before
    one = stack.create("skill", before)
    version = stack.hand.skills.get(one.id)["latest_version_id"]
    content = stack.hand.skills.content(one.id, version)
    assert b"shop/dev/skills/triage" in dict(unpacked_whole(content, one.id))[".managed-agents.json"]
    assert [name for name, _ in unpacked(content, one.id)] == ["SKILL.md", "notes.md"]


def test_an_upload_in_between_is_a_conflict(stack: EmulatedStack, skill: Callable[[str], Body]) -> None:
    """What somebody uploaded between the look and the write is not buried under ours."""
    one = stack.create("skill", skill("first"))
    context = stack.process()
    stack.look(one, context=context)
    stack.hand.skills.upload_version(one.id, [("pdf/SKILL.md", SKILL.encode())])
    with pytest.raises(
        Conflict, match=r"\(version skver_\w+ → skver_\w+, last .*\): files notes.md removed; nothing was overwritten"
    ):
        stack.update(one, skill("second"), context)
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
