from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx

    from tests.emulator.emulator_control import Control

Files = list[tuple[str, bytes]]


def skill_md(name: str = "pr-summary", description: str = "Sums up.") -> bytes:
    return f"---\nname: {name}\ndescription: {description}\n---\nDo it.\n".encode()


FILES: Files = [("pr-summary/SKILL.md", skill_md()), ("pr-summary/scripts/run.py", b"print()")]


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files:
            archive.writestr(path, content)
    return buffer.getvalue()


UPLOADS = [
    pytest.param(FILES, id="files in a directory"),
    pytest.param([("SKILL.md", skill_md()), ("scripts/run.py", b"print()")], id="files at the root"),
    pytest.param([("skill.zip", zipped(FILES))], id="a zip"),
]


@pytest.mark.parametrize("files", UPLOADS)
def test_upload_and_download(sdk: anthropic.Anthropic, http: httpx.Client, files: Files) -> None:
    """However a skill is uploaded, it is downloaded as a zip with its name as the directory."""
    skill = sdk.skills.create(files=files)
    assert (skill.display_name, skill.source.type) == ("pr-summary", "custom")
    version = sdk.skills.versions.retrieve(skill.latest_version_id, skill_id=skill.id)
    assert (version.name, version.description, version.id[:6]) == ("pr-summary", "Sums up.", "skver_")
    content = http.get(f"/v1/skills/{skill.id}/versions/{version.id}/content").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == dict(FILES)


REFUSED = [
    pytest.param([("a/notes.md", b"x")], "files[]: SKILL.md is missing", id="no SKILL.md"),
    pytest.param([("a/SKILL.md", skill_md()), ("b/x", b"")], "files[]: all files", id="two directories"),
    pytest.param([("a/../SKILL.md", skill_md())], "files[]: 'a/../SKILL.md'", id="a way out"),
    pytest.param([("a/SKILL.md", b"no front matter")], "SKILL.md: must start", id="no front matter"),
    pytest.param([("a/SKILL.md", b"---\nname: [\n---\n")], "SKILL.md: the YAML", id="broken front matter"),
    pytest.param([("a/SKILL.md", b"---\nname: %s\n---\n" % (b"[" * 900))], "SKILL.md: the YAML", id="deep"),
    pytest.param([("a/SKILL.md", skill_md("Has Capitals"))], "SKILL.md: name", id="characters of the name"),
    pytest.param([("a/SKILL.md", skill_md("my-claude"))], "SKILL.md: name", id="reserved word"),
    pytest.param([("a/SKILL.md", skill_md("n" * 65))], "SKILL.md: name", id="long name"),
    pytest.param([("a/SKILL.md", skill_md(description="d" * 1025))], "SKILL.md: description", id="long description"),
    pytest.param([("a/SKILL.md", skill_md(description="<b>d</b>"))], "SKILL.md: description", id="tags"),
    pytest.param([("skill.zip", b"not a zip")], "files[]: the archive", id="broken zip"),
]


@pytest.mark.parametrize(("files", "message"), REFUSED)
def test_create_refuses_what_breaks_a_rule(sdk: anthropic.Anthropic, files: Files, message: str) -> None:
    """A wrong upload is refused with 400 and what is wrong with it."""
    with pytest.raises(anthropic.BadRequestError) as refusal:
        sdk.skills.create(files=files)
    assert refusal.value.body["error"]["message"].startswith(message)  # type: ignore[index]


def test_upload_beyond_the_limit_is_too_large(sdk: anthropic.Anthropic) -> None:
    """A zip that unpacks to more than 30 MB is a 413."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/SKILL.md", skill_md())
        archive.writestr("a/zeros", bytes(31 * 1024 * 1024))
    with pytest.raises(anthropic.RequestTooLargeError):
        sdk.skills.create(files=[("skill.zip", buffer.getvalue())])


def test_display_name_is_given_at_creation(sdk: anthropic.Anthropic) -> None:
    """A label may be given with the first upload, in one line."""
    assert sdk.skills.create(files=FILES, display_name="PR summary").display_name == "PR summary"
    with pytest.raises(anthropic.BadRequestError, match="display_name"):
        sdk.skills.create(files=FILES, display_name="two\nlines")


def test_every_upload_is_a_version(sdk: anthropic.Anthropic) -> None:
    """Equal content makes a new version too, and the newest is the latest; the name cannot change."""
    skill = sdk.skills.create(files=FILES)
    second = sdk.skills.versions.create(skill.id, files=FILES)
    assert sdk.skills.retrieve(skill.id).latest_version_id == second.id
    versions = [version.id for version in sdk.skills.versions.list(skill.id)]
    assert versions == [second.id, skill.latest_version_id]
    with pytest.raises(anthropic.BadRequestError, match="differs from 'pr-summary'"):
        sdk.skills.versions.create(skill.id, files=[("a/SKILL.md", skill_md("other"))])


def test_deleting_the_latest_version_brings_back_the_one_before(sdk: anthropic.Anthropic, control: Control) -> None:
    """The newest remaining version becomes the latest; the last one goes only with the skill."""
    skill = sdk.skills.create(files=FILES)
    second = sdk.skills.versions.create(skill.id, files=FILES)
    assert sdk.skills.versions.delete(second.id, skill_id=skill.id).id == second.id
    assert sdk.skills.retrieve(skill.id).latest_version_id == skill.latest_version_id
    with pytest.raises(anthropic.BadRequestError):
        sdk.skills.versions.delete(skill.latest_version_id, skill_id=skill.id)
    control.put("switches", {"only_skill_version_delete": "accept"})
    sdk.skills.versions.delete(skill.latest_version_id, skill_id=skill.id)
    with pytest.raises(anthropic.NotFoundError):
        sdk.skills.retrieve(skill.id)


def test_deleting_a_skill_deletes_its_versions(sdk: anthropic.Anthropic) -> None:
    """A skill goes with its versions, also while an agent uses it."""
    skill = sdk.skills.create(files=FILES)
    agent = sdk.beta.agents.create(name="a", model="claude-opus-5-5", skills=[{"type": "custom", "skill_id": skill.id}])
    assert agent.skills[0].version == skill.latest_version_id
    assert sdk.skills.delete(skill.id).type == "skill_deleted"
    with pytest.raises(anthropic.NotFoundError):
        sdk.skills.versions.retrieve(skill.latest_version_id, skill_id=skill.id)
    with pytest.raises(anthropic.BadRequestError, match="skills: custom skill"):
        sdk.beta.agents.create(name="a", model="m", skills=[{"type": "custom", "skill_id": skill.id}])


def test_built_in_skills_are_listed_and_read_only(sdk: anthropic.Anthropic) -> None:
    """Every workspace has the built-in skills; they can be distinguished and not be changed."""
    own = sdk.skills.create(files=FILES)
    assert {skill.id for skill in sdk.skills.list(source="anthropic")} == {"xlsx", "pptx", "docx", "pdf"}
    assert [skill.id for skill in sdk.skills.list(source="custom")] == [own.id]
    assert sdk.skills.versions.retrieve("20251013", skill_id="pdf").name == "pdf"
    with pytest.raises(anthropic.PermissionDeniedError):
        sdk.skills.delete("pdf")


def test_an_upload_is_multipart(http: httpx.Client) -> None:
    """A JSON body and an unknown part are refused by name."""
    assert "multipart" in http.post("/v1/skills", json={}).json()["error"]["message"]
    answer = http.post("/v1/skills", files={"file": ("a/SKILL.md", skill_md())})
    assert answer.json()["error"]["message"] == "file: Extra inputs are not permitted"
