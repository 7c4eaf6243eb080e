"""A preview whose plans are collected: by the commands that show more of a stage than the engine does."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.events import HIDDEN
from pulumi_managed_agents.engine.open_stage import open_and_announce
from pulumi_managed_agents.engine.prerequisites import must_be_ready
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.review.plan_files import GO_ON_PAST_STOPS, VARIABLE
from pulumi_managed_agents.stage.secrets import named_secrets, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.engine.recorded import RecordedState
    from pulumi_managed_agents.stage import Stage


@contextmanager
def plan_folder() -> Iterator[Path]:
    """A folder for plans, which nobody else can read, and which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="managed-agents-plan-") as folder:
        yield Path(folder)


def plans_into(folder: Path) -> dict[str, str]:
    """The variables by which a provider writes its plans into a folder and goes on where an up would stop."""
    return {VARIABLE: str(folder), GO_ON_PAST_STOPS: "1"}


def open_for_plans(
    project: Path,
    stage: str,
    announce: Callable[[str], None],
    folder: Path,
    *,
    emulator: bool,
    variables: Mapping[str, str] | None = None,
    recorded: RecordedState | None = None,
) -> tuple[OpenStage, Stage | None]:
    """A stage whose provider writes its plans into a folder and goes on where an up would stop, and its files."""
    must_be_ready(project, stage, emulator=emulator or recorded is not None)
    collecting = {**plans_into(folder), **(variables or {}), **(_placeholders(project, stage) if recorded else {})}
    opened = open_and_announce(project, stage, announce, emulator=emulator, variables=collecting, recorded=recorded)
    return opened, opened.must_be_well_formed()


def count_of(files: Stage | None) -> int:
    """How many resources a stage's files declare, 0 if that is not known."""
    return len(files.definitions) if files else 0


def _placeholders(root: Path, stage: str) -> dict[str, str]:
    """For each secret that a stage's files name the variable that it comes from, with a word for its value."""
    with suppress(InputError):  # what is wrong with the files is reported when the stage is checked
        loaded = read_project(root.resolve(), stage).load()
        return {variable_of(name): HIDDEN for definition in loaded.definitions for _, name in named_secrets(definition)}
    return {}
