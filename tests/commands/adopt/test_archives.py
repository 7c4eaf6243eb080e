"""Skills as archives from a server: taken apart without trusting it."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.skill.bundle import MAX_BYTES, unpacked

SKILL = ("notes/SKILL.md", b"---\nname: notes\n---\n")


def archive(*files: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        warnings.simplefilter("ignore")  # about names that are there twice
        for name, content in files:
            made.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([SKILL, ("notes/a/b.txt", b"b")], id="below a directory"),
        pytest.param([("SKILL.md", SKILL[1]), ("a/b.txt", b"b")], id="at the root"),
        pytest.param([SKILL, ("./notes//a/./b.txt", b"b"), ("notes/a/.DS_Store", b""), ("notes/a/", b"")], id="untidy"),
    ],
)
def test_files_come_by_their_path_below_the_skill(files: list[tuple[str, bytes]]) -> None:
    """Whatever the archive's layout, the skill's own files come out, without litter."""
    assert unpacked(archive(*files), "skill_1") == [("SKILL.md", SKILL[1]), ("a/b.txt", b"b")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(archive(SKILL, ("/etc/passwd", b"")), "not safe to write", id="an absolute path"),
        pytest.param(archive(SKILL, ("notes/../../x", b"")), "not safe to write", id="a path that leaves"),
        pytest.param(archive(SKILL, ("notes\\..\\x", b"")), "not safe to write", id="a backslash"),
        pytest.param(archive(SKILL, ("C:/x", b"")), "not safe to write", id="a drive"),
        pytest.param(archive(SKILL, ("notes/a\nb", b"")), "not safe to write", id="a control character"),
        pytest.param(archive(SKILL, ("notes/A", b""), ("notes/a", b"")), "overwrite each other", id="case"),
        pytest.param(
            archive(SKILL, ("notes/a", b""), ("notes/a/b", b"")), "overwrite each other", id="file and folder"
        ),
        pytest.param(archive(("notes/README.md", b"")), "no SKILL.md", id="no skill"),
        pytest.param(archive(), "no SKILL.md", id="empty"),
        pytest.param(b"PK", "not a zip archive", id="no archive"),
        pytest.param(archive(SKILL)[:-30], "not a zip archive", id="cut off"),
        pytest.param(archive(SKILL, ("notes/big", b"\0" * MAX_BYTES)), "larger than", id="a bomb"),
    ],
)
def test_what_is_not_safe_to_write_is_refused_by_name(data: bytes, message: str) -> None:
    """Nothing is written outside the skill's directory, and no file over another."""
    with pytest.raises(InputError, match=message) as refusal:
        unpacked(data, "skill_1")
    assert str(refusal.value).startswith("skill_1: ")
