from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.files.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


def test_links_that_lead_nowhere_are_named_and_do_no_harm(tmp_path: Path) -> None:
    """A folder with a link to itself, to nothing or out of the stage is listed all the same, and says so of each."""
    (tmp_path / "stage").mkdir()
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    stage = tmp_path / "stage"
    (stage / "file.md").write_text("x", encoding="utf-8")
    (stage / "circle").symlink_to("circle")
    (stage / "away").symlink_to(tmp_path / "secret")
    (stage / "gone").symlink_to("nothing")
    (stage / "up").symlink_to(".")
    faults = {entry.name: entry.fault for entry in Folder.at(stage, stage).entries("stage")}
    assert faults == {
        "away": "a symlink that leaves the stage folder; copy what it points to",
        "circle": "a symlink to nothing",
        "file.md": "",
        "gone": "a symlink to nothing",
        "up": "a symlink to a folder that contains it",
    }
