"""Where a stage's files are, and how findings name them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.names import printable
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")
_LONGEST = 200
"""The most characters of a path without a target that are shown."""


@dataclass(frozen=True)
class Location:
    """The folder of a stage's definitions and its values file, which stays in ``stacks/`` wherever the folder is."""

    stage: str
    folder: Path
    project_dir: Path

    @property
    def values_path(self) -> Path:
        """The values file, there or not."""
        return self.project_dir / "stacks" / f"{self.stage}.values.yaml"

    def shown(self, relative: str) -> str:
        """Return the path below the stage folder as findings name it: relative to the project, with `/`."""
        return shown(self.folder / relative if relative else self.folder, self.project_dir)


def shown(path: Path, project_dir: Path) -> str:
    """Return a path relative to the project, with `/` on every system and on one line."""
    return printable(os.path.relpath(path, project_dir).replace(os.sep, "/"))


def locate(stage: str, project_dir: Path, definitions: str | None) -> Location:
    """Find the folder of a stage; raises `InputError` that names the stages there are."""
    if not _NAME.match(stage) or stage.strip(".") == "":
        raise InputError(f"{stage!r} cannot be the name of a stage: letters, digits, `-`, `_` and `.` can")
    folder = project_dir / (definitions or f"stacks/{stage}")
    if definitions and (fault := _fault(folder)):
        shown_path = printable(definitions if len(definitions) < _LONGEST else f"{definitions[:_LONGEST]}…")
        raise InputError(f"the definitions of stage {stage}: {shown_path} {fault} (config managed-agents:definitions)")
    if folder.is_dir():
        return Location(stage, folder, project_dir)
    stacks = project_dir / "stacks"
    stages = [path.name for path in stacks.iterdir() if path.is_dir()] if stacks.is_dir() else []
    raise InputError(f"no folder stacks/{stage} for stage {stage}{suggestion_or_some(stage, stages)}")


def _fault(folder: Path) -> str:
    """Why a folder cannot hold the definitions of a stage, or an empty string."""
    try:
        if not folder.is_dir():
            return "is not a folder" if folder.exists() else "does not exist"
        real = os.path.realpath(folder)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "is the root of the file system" if real == os.path.dirname(real) else ""  # noqa: PTH120 - of a text
