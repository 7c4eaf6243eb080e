from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import Conflict, ManagedAgentsError
from pulumi_managed_agents.files.written_files import FileChange, changes_to, write_all

if TYPE_CHECKING:
    from pathlib import Path


def change(path: Path, before: bytes | None, after: bytes | None) -> FileChange:
    return FileChange(path, path.name, before, after)


def test_files_are_written_whole_and_keep_rights_and_links(tmp_path: Path) -> None:
    """New folders are made, a file that goes is removed, a link goes on leading to the file, nothing else is left."""
    script, link, gone = tmp_path / "run.sh", tmp_path / "link", tmp_path / "gone"
    script.write_bytes(b"old")
    script.chmod(0o755)
    link.symlink_to(script)
    gone.write_bytes(b"g")
    write_all([change(link, b"old", b"new"), change(gone, b"g", None), change(tmp_path / "a/b", None, b"x")])
    assert link.is_symlink()
    assert (script.read_bytes(), script.stat().st_mode & 0o777) == (b"new", 0o755)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "link", "run.sh"]


@pytest.mark.parametrize("now", [b"edited", None])
def test_nothing_is_written_once_a_file_has_changed(tmp_path: Path, now: bytes | None) -> None:
    """An editor that saved in the meantime keeps what it saved, and no other file is written either."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    if now:
        other.write_bytes(now)
    with pytest.raises(Conflict, match=r"other was changed while this ran; nothing was written"):
        write_all([change(one, b"1", b"2"), change(other, b"old", b"new")])
    assert one.read_bytes() == b"1"
    assert {path.name for path in tmp_path.iterdir()} <= {"one", "other"}


def test_a_folder_that_cannot_be_written_stops_before_anything_is(tmp_path: Path) -> None:
    """The error names the file, and the others are as they were."""
    one = tmp_path / "one"
    one.write_bytes(b"1")
    with pytest.raises(ManagedAgentsError, match=r"one.*; nothing was written"):
        write_all([change(one, b"1", b"2"), change(one / "below", None, b"x")])
    assert one.read_bytes() == b"1"


def test_a_change_that_fails_midway_undoes_those_before_it(tmp_path: Path) -> None:
    """A changed file, a removed one and a new one are as before, with their rights and their links."""
    script, link, kept = (tmp_path / name for name in ("run.sh", "link", "kept"))
    script.write_bytes(b"old")
    script.chmod(0o755)
    kept.write_bytes(b"k")
    link.symlink_to(kept)
    removed = change(link, b"k", None)
    changes = [change(script, b"old", b"new"), change(tmp_path / "a/b", None, b"x"), removed, removed]
    with pytest.raises(ManagedAgentsError, match=r"link: No such file or directory; nothing was written$"):
        write_all(changes)  # nothing can be removed twice, which shows only when all else is done
    assert (script.read_bytes(), script.stat().st_mode & 0o777) == (b"old", 0o755)
    assert link.is_symlink()
    assert link.read_bytes() == b"k"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept", "link", "run.sh"]


def test_folders_that_a_removal_leaves_empty_go_with_it(tmp_path: Path) -> None:
    """As in git, which keeps no empty folder; one that still holds a file stays."""
    (tmp_path / "kept").write_bytes(b"k")
    only = tmp_path / "a/b/only"
    only.parent.mkdir(parents=True)
    only.write_bytes(b"o")
    write_all(changes_to({only: None}))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_difference_is_shown_as_a_unified_diff() -> None:
    """Of a new, a changed and a removed file; a binary one only says that it moves."""
    from pathlib import Path

    assert change(Path("a"), b"1\n2\n", b"1\n3\n").diff() == ["--- a", "+++ a", "@@ -1,2 +1,2 @@", " 1", "-2", "+3"]
    assert change(Path("a"), None, b"1\n").diff()[:2] == ["--- /dev/null", "+++ a"]
    assert change(Path("a"), b"1\n", None).diff()[:2] == ["--- a", "+++ /dev/null"]
    assert change(Path("a"), None, b"\0").diff() == ["Binary file a new"]
