"""A stage as promotion needs it: its project and folder, and what its state says is serving and proved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import read_project, stages, unknown_stage
from pulumi_managed_agents.engine.stage_results import released_in
from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.files.location import Location, shown
from pulumi_managed_agents.release.gate import Gate, gate
from pulumi_managed_agents.release.ledger import RECEIPTS, RECEIPTS_VARIABLE, available_receipts
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.skill_lock import lock_path, read_pins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.rollback import Released
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage


@dataclass(frozen=True)
class StageFolder:
    """A stage on disk: `folder` holds its definitions and need not exist yet."""

    project: Project
    folder: Path

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.project.stage

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root

    @property
    def config(self) -> Mapping[str, str]:
        """The stage's configuration in our namespace."""
        return self.project.own_config

    @property
    def gate(self) -> Gate:
        """What the stage asks of its definitions."""
        return gate(self.config, self.project.name)

    @property
    def location(self) -> Location:
        """Where its files are."""
        return Location(self.name, self.folder, self.root)

    def path(self, path: str) -> Path:
        """The file behind a path below the folder; behind the URL of a skill the lockfile, which holds its pin."""
        return lock_path(self.location) if is_url(path) else self.folder / path

    def shown(self, path: str = "") -> str:
        """A path below the folder as it is written relative to the project."""
        if is_url(path):
            return f"{shown(self.path(path), self.root)}: {path}"
        return os.path.relpath(self.folder / path, self.root).replace(os.sep, "/")

    def read(self, path: str) -> bytes | None:
        """A file's content; None if there is no such file. Of a skill by URL it is the pin."""
        if is_url(path):
            pin = read_pins(self.path(path), self.shown()).get(path)
            return pin.as_bytes if pin else None
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def load(self) -> tuple[Stage, dict[str, Root]]:
        """The stage and its roots; raises `InputError` with every finding."""
        stage = self.project.load()
        return stage, roots(stage)

    def shares_folder_with(self, other: StageFolder) -> bool:
        """Whether both stages are made of the same definitions: trunk mode."""
        return self.folder.resolve() == other.folder.resolve()


def stage_folder(root: Path, stage: str) -> StageFolder:
    """Find a stage; raises `InputError` that names the stages there are."""
    root = root.resolve()
    known = stages(root)
    if stage not in known:
        raise InputError(f"{unknown_stage(stage, known)} (a new stage begins with stacks/Pulumi.{stage}.yaml)")
    project = read_project(root, stage)
    project.must_have_known_settings()
    return StageFolder(project, root / (project.own_config.get("definitions") or f"stacks/{stage}"))


def released(opened: OpenStage) -> Released:
    """Read what the engine keeps of a stage."""
    return released_in(opened.engine.resources(), opened.project.stage)


def receipts_from(source: StageFolder, target: StageFolder, *, emulator: bool) -> list[Receipt]:
    """The receipts that `source` has for `target`: of its release, and of the directory that a pipeline handed over.

    Raises `ManagedAgentsError` if neither can be asked.
    """
    receipts = available_receipts(target.root, target.name, target.config, os.environ)
    handed_over = target.config.get(RECEIPTS) or os.environ.get(RECEIPTS_VARIABLE)
    try:
        receipts += released(open_stage(source.root, source.name, emulator=emulator)).receipts
    except ManagedAgentsError:
        if not handed_over:
            raise
    return [receipt for receipt in receipts if receipt.stage == source.name]
