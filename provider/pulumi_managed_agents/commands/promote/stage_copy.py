"""A copy of a stage to try changes on, so that nothing is written that could not be used."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.location import Location
from pulumi_managed_agents.files.written_files import changes_to, content_of, write_all
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.smoke.side_effects import side_effects_must_be_accepted
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.skill_lock import lock_path, pin_from, read_pins, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage


@contextmanager
def copied_stage(
    stage: StageFolder, files: Mapping[str, bytes] | None = None, values: bytes | None = None
) -> Iterator[StageCopy]:
    """A copy of a stage, whose folder need not exist, for as long as the context lasts.

    With `files`, by path below the folder, it has these and `values` as its values file instead of what it has now.
    """
    relative = Path(os.path.relpath(stage.folder, stage.root))
    above = sum(part == ".." for part in relative.parts)  # the folder may lie beside the project
    own, lock = stage.root / "stacks" / f"{stage.name}.values.yaml", lock_path(stage.location)
    with tempfile.TemporaryDirectory(prefix="managed-agents-scratch-") as temporary:
        copy = Path(temporary, *("up",) * above, "project")
        stage_copy = StageCopy(stage, copy, Path(os.path.normpath(copy / relative)))
        if files is not None:
            stage_copy.write(files)
        else:
            values = content_of(own)
            if stage.folder.is_dir():
                shutil.copytree(stage.folder, stage_copy.folder, symlinks=True)
            if lock.exists():
                pinned = lock_path(stage_copy.location)
                pinned.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(lock, pinned)
        stage_copy.folder.mkdir(parents=True, exist_ok=True)
        (copy / "stacks").mkdir(parents=True, exist_ok=True)
        if values is not None:
            (copy / "stacks" / own.name).write_bytes(values)
        yield stage_copy


@dataclass(frozen=True)
class StageCopy:
    """A copy of one stage's folder and values file, at the same places relative to a temporary project."""

    stage: StageFolder
    project: Path
    folder: Path

    @property
    def location(self) -> Location:
        """Where the copied files are."""
        return Location(self.stage.name, self.folder, self.project)

    def with_changes(self, changes: Mapping[str, bytes | None], what: str) -> tuple[Stage, dict[str, Root]]:
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
        if is_url(path):
            pin = read_pins(lock_path(self.location), path).get(path)
            return pin.as_bytes if pin else None
        return content_of(self.folder / path)

    def write(self, contents: Mapping[str, bytes | None]) -> None:
        """Write files, and remove those without content."""
        write_all(changes_to(placed(self.location, contents)))
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> tuple[Stage, dict[str, Root]]:
        """Read the stage; raises `InputError` with every finding, named as in the real project."""
        definitions = os.path.relpath(self.folder, self.project)
        project = self.stage.project.name
        config = self.stage.config
        stage = load(self.stage.name, project_dir=self.project, project=project, definitions=definitions, config=config)
        side_effects_must_be_accepted(stage, self.stage.config)
        return stage, dict(roots(stage))


def placed(location: Location, contents: Mapping[str, bytes | None]) -> dict[Path, bytes | None]:
    """Where contents go, by their paths below a stage's folder; the pins of skills by URL go into the lockfile."""
    files = {location.folder / path: content for path, content in contents.items() if not is_url(path)}
    urls = {path: content for path, content in contents.items() if is_url(path)}
    if not urls:
        return files
    lock = lock_path(location)
    pins = {url: pin for url, pin in read_pins(lock, lock.name).items() if url not in urls}
    pins |= {url: pin_from(content) for url, content in urls.items() if content is not None}
    return {**files, lock: text_of(pins) if pins else None}
