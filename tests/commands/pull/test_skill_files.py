from __future__ import annotations

from pulumi_managed_agents.commands.pull.skill_files import merged_files

BASE = {"SKILL.md": b"One.\n\nTwo.\n", "a.py": b"a", "gone.txt": b"g", "data.bin": b"\0\1"}


def test_a_live_version_of_untouched_files_is_taken_as_it_is() -> None:
    """Changed and new files come, binary ones as bytes, removed ones go; the others are not written."""
    live = {"SKILL.md": b"One!\n\nTwo.\n", "a.py": b"a", "data.bin": b"\0\2", "new.bin": b"\xff\0"}
    found = merged_files(BASE, dict(BASE), live)
    assert found.writes == {
        "SKILL.md": b"One!\n\nTwo.\n",
        "gone.txt": None,
        "data.bin": b"\0\2",
        "new.bin": b"\xff\0",
    }
    assert (found.clashes, found.kept, found.merged) == ([], {}, [])


def test_what_was_changed_here_stays_and_is_merged_with_what_was_changed_live() -> None:
    """A file that only this side changed or added is left alone."""
    file = {**BASE, "SKILL.md": b"One.\n\nTwo, here.\n", "a.py": b"a2", "mine.txt": b"m"}
    found = merged_files(BASE, file, {**BASE, "SKILL.md": b"One, live.\n\nTwo.\n"})
    assert found.writes == {"SKILL.md": b"One, live.\n\nTwo, here.\n"}
    assert found.merged == ["SKILL.md"]


def test_what_cannot_be_merged_is_kept_and_named() -> None:
    """Clashing text is marked; binary files and files that one side removed stay as they are here."""
    file = {"SKILL.md": b"One, here.\n\nTwo.\n", "a.py": b"a2", "data.bin": b"\0\3"}
    live = {"SKILL.md": b"One, live.\n\nTwo.\n", "gone.txt": b"g2", "data.bin": b"\0\4"}
    found = merged_files(BASE, file, live)
    assert found.clashes == ["SKILL.md"]
    assert b"<<<<<<< file\nOne, here.\n=======\nOne, live.\n>>>>>>> live\n" in (found.writes["SKILL.md"] or b"")
    assert found.writes.keys() == {"SKILL.md"}
    assert found.kept == {
        "a.py": "changed here and removed live",
        "data.bin": "changed here and live, and no text that could be merged",
        "gone.txt": "removed here and changed live",
    }


def test_the_same_change_on_both_sides_is_none() -> None:
    """Nothing is written where both say the same."""
    both = {**BASE, "a.py": b"same"}
    assert merged_files(BASE, both, dict(both)).writes == {}
