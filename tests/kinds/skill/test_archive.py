from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.skill import archive as archives
from pulumi_managed_agents.kinds.skill.archive import files_in
from pulumi_managed_agents.kinds.skill.bundle import MAX_BYTES
from tests.github_server import SKILL, archive

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.skill.bundle import Contents

WHERE = "https://github.com/acme/skills/tree/abc/pdf"


def entry(name: str, type: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """An entry of an archive without content."""
    found = tarfile.TarInfo(f"acme-skills-abc/{name}")
    found.type, found.linkname, found.size = type, link, size
    return found


def unpacked(content: bytes, directory: str = "pdf") -> Contents:
    """The files of a directory in an archive."""
    return files_in(io.BytesIO(content), directory, WHERE)


def refusal(content: bytes, directory: str = "pdf") -> str:
    """Why an archive is refused, in one line."""
    with pytest.raises(InputError) as raised:
        unpacked(content, directory)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_the_files_of_the_directory_come_out_and_no_others() -> None:
    """Neither siblings nor a directory whose name begins alike; at any depth, and for the whole repository, too."""
    files = {"pdf/SKILL.md": SKILL, "pdf/scripts/x.py": "1", "pdf2/SKILL.md": SKILL, "README.md": "r"}
    assert unpacked(archive(files)) == [("SKILL.md", SKILL.encode()), ("scripts/x.py", b"1")]
    deep = archive({f"a/b/{name}": text for name, text in files.items()})
    assert [name for name, _ in unpacked(deep, "a/b/pdf")] == ["SKILL.md", "scripts/x.py"]
    whole = archive({"SKILL.md": SKILL, "x.py": "1"})
    assert [name for name, _ in unpacked(whole, "")] == ["SKILL.md", "x.py"]


@pytest.mark.parametrize(
    ("member", "why"),
    [
        pytest.param(entry("pdf/passwd", tarfile.SYMTYPE, "/etc/passwd"), "passwd is a link", id="symlink"),
        pytest.param(entry("pdf/x", tarfile.LNKTYPE, "../../x"), "x is a link", id="hard link"),
        pytest.param(entry("pdf/pipe", tarfile.FIFOTYPE), "pipe is no file", id="named pipe"),
        pytest.param(entry("pdf/disk", tarfile.BLKTYPE), "disk is no file", id="device"),
        pytest.param(entry("pdf/../../x"), "is not safe to write", id="path that leaves"),
        pytest.param(entry("pdf/a\\..\\x"), "is not safe to write", id="backslashes"),
        pytest.param(entry("pdf/a\x1b[2J"), "is not safe to write", id="control characters"),
        pytest.param(entry("pdf/skill.MD"), "would overwrite each other", id="one name in two cases"),
    ],
)
def test_what_could_write_or_read_elsewhere_is_refused(member: tarfile.TarInfo, why: str) -> None:
    """Links, devices and names that lead out of the directory, whatever they are called."""
    assert why in refusal(archive({"pdf/SKILL.md": SKILL}, member))


@pytest.mark.parametrize(
    ("files", "members", "directory", "why"),
    [
        ({"pdf/SKILL.md": SKILL}, [], "pfd", "there is no such directory; did you mean pdf?"),
        ({"pdf/README.md": "x"}, [], "pdf", "a skill has a SKILL.md at its root; there is none"),
        ({"all/pdf/SKILL.md": SKILL}, [], "all", "there is none; skills are in all/pdf"),
        ({"pdf": "x"}, [], "pdf", "this is a file, where a directory has to be"),
        ({"x": "x"}, [entry("pdf", tarfile.SYMTYPE, "docs/pdf")], "pdf", "is a link to docs/pdf"),
        ({"x": "x"}, [entry("all", tarfile.SYMTYPE, "docs")], "all/pdf", "all, on the way to all/pdf, is a link"),
    ],
)
def test_what_is_no_skill_is_said_with_what_there_is(
    files: dict[str, str], members: list[tarfile.TarInfo], directory: str, why: str
) -> None:
    """A directory that is misspelt, holds skills, or is a link."""
    assert why in refusal(archive(files, *members), directory)


def test_a_skill_may_not_be_larger_than_the_api_takes() -> None:
    """The sizes that the entries claim count, before anything of them is read."""
    huge = entry("pdf/x", size=MAX_BYTES)
    assert "its files are larger than 30,000,000 bytes" in refusal(archive({"pdf/SKILL.md": SKILL}, huge))


def test_a_skill_may_not_have_files_without_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is that of a skill's own directory."""
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    assert "more than 3 files" in refusal(archive({"pdf/SKILL.md": SKILL, **{f"pdf/{n}": "" for n in range(3)}}))


def test_a_repository_is_not_unpacked_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb beside the skill is as good as one in it: what is unpacked on the way is bounded, and so are entries."""
    bomb = archive({"pdf/SKILL.md": SKILL, "zeros": b"\0" * 100_000})
    monkeypatch.setattr(archives, "MOST_UNPACKED", 50_000)
    assert "more than 50,000 bytes, unpacked" in refusal(bomb)
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MOST_ENTRIES", 3)
    assert "more than 3 entries" in refusal(archive({"pdf/SKILL.md": SKILL, **{f"x/{n}": "" for n in range(9)}}))


def test_the_description_of_an_entry_is_bounded() -> None:
    """A header is read whole into memory, so that one of megabytes is refused."""
    header = entry("x", tarfile.XHDTYPE, size=2_000_000)
    packed = archive({"pdf/SKILL.md": SKILL}, header)
    padded = gzip.compress(gzip.decompress(packed) + b"\0" * 2_100_000, 1)
    assert "an entry with a description of megabytes" in refusal(padded)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", gzip.compress(b"no archive" * 100)[:-9], gzip.compress(b"x" * 9999)],
    ids=["nothing", "a page", "cut off", "no archive within"],
)
def test_what_is_no_archive_is_said_in_one_line(content: bytes) -> None:
    """A proxy's page, or an archive that broke off."""
    assert refusal(content).startswith(WHERE)
