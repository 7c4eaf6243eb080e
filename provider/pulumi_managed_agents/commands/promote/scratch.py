"""A stage as it would be after a change, read from a copy, so that nothing wrong is ever written."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.smoke.side_effects import side_effects_must_be_accepted
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.commands.promote.stages import Side
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage

Changes = dict["Path", bytes | None]
"""New contents by path; None removes the file."""


def write_all(changes: Mapping[Path, bytes | None]) -> None:
    """Make every change; where one fails, undo those before it and raise `ManagedAgentsError`."""
    before = {path: path.read_bytes() if path.exists() else None for path in changes}
    done: list[Path] = []
    try:
        for path, content in changes.items():
            done.append(path)
            _put(path, content)
    except OSError as error:
        for path in done:
            _put(path, before[path])
        raise ManagedAgentsError(f"{error.filename}: {error.strerror}; nothing was changed") from None


def _put(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    elif path.exists():
        path.unlink()
        _remove_empty(path.parent)


def _remove_empty(folder: Path) -> None:
    """Remove folders that hold nothing any more, as git does."""
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


@dataclass(frozen=True)
class Scratch:
    """A copy of one stage's folder and values file, at the same places relative to a project of its own."""

    stage: Side
    project: Path
    folder: Path

    def tried(self, changes: Mapping[str, bytes | None], what: str) -> tuple[Stage, dict[str, Root]]:
        """The stage as it would be with other contents of files, by their paths below the folder.

        Raises:
            InputError: it could not be read; says with `what`, and holds every finding.
        """
        before = {path: self._read(path) for path in changes}
        self.write(changes)
        try:
            return self.load()
        except InputError as error:
            raise InputError(f"with {what}, {self.stage.name} could not be used:\n{error}") from None
        finally:
            self.write(before)

    def _read(self, path: str) -> bytes | None:
        file = self.folder / path
        return file.read_bytes() if file.exists() else None

    def write(self, contents: Mapping[str, bytes | None]) -> None:
        """Write files, and remove those without content."""
        write_all({self.folder / path: content for path, content in contents.items()})
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> tuple[Stage, dict[str, Root]]:
        """Read the stage; raises `InputError` with every finding, named as in the real project."""
        definitions = os.path.relpath(self.folder, self.project)
        project = self.stage.project.name
        stage = load(self.stage.name, project_dir=self.project, project=project, definitions=definitions)
        side_effects_must_be_accepted(stage, self.stage.config)
        return stage, dict(roots(stage))


@contextmanager
def scratch(stage: Side, files: Mapping[str, bytes] | None = None, values: bytes | None = None) -> Iterator[Scratch]:
    """Copy a stage, whose folder need not be there; or one of the given `files` and content of `values`."""
    relative = Path(os.path.relpath(stage.folder, stage.root))
    above = sum(part == ".." for part in relative.parts)
    own = stage.root / "stacks" / f"{stage.name}.values.yaml"
    with tempfile.TemporaryDirectory(prefix="managed-agents-scratch-") as temporary:
        copy = Path(temporary, *("up",) * above, "project")
        made = Scratch(stage, copy, Path(os.path.normpath(copy / relative)))
        if files is not None:
            made.write(files)
        else:
            values = own.read_bytes() if own.exists() else None
            if stage.folder.is_dir():
                shutil.copytree(stage.folder, made.folder, symlinks=True)
        made.folder.mkdir(parents=True, exist_ok=True)
        (copy / "stacks").mkdir(parents=True, exist_ok=True)
        if values is not None:
            (copy / "stacks" / own.name).write_bytes(values)
        yield made
