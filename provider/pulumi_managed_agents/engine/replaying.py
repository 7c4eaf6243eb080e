"""Replaying a transcript in a project, whose stages have the values that a test's template is rendered with."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.stack_secrets import readable_secrets
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.scrubbing import Scrubber


def replay_in_project(project: Path, transcript: Path, test: Path | None) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of its test, or of that in the file `test`, does not hold for it.

    Raises:
        InputError: a file cannot be used.
    """
    root = project.resolve()
    return replay(transcript, test, partial(_rendered, root), partial(_scrubber, root))


def _scrubber(project: Path, stage: str) -> Scrubber:
    """What takes a stage's secrets out, as far as they can be read: replaying needs neither a stage nor the CLI."""
    with suppress(InputError):
        KNOWN.add(readable_secrets(read_project(project, stage), os.environ) if stage else ())
    return KNOWN.scrubber()


def _rendered(project: Path, file: Path, stage: str) -> tuple[str, Callable[[int], int]]:
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import locate
    from pulumi_managed_agents.stage.source_files import SourceFiles
    from pulumi_managed_agents.stage.templates import Templates
    from pulumi_managed_agents.stage.values import read_values

    found = read_project(project, stage)
    location, path, findings = locate(stage, project, found.own_config.get("definitions")), file.resolve(), Findings()
    if not path.is_relative_to(location.folder.resolve()):
        known = f"only a template in {location.shown('')} is given that stage's values"
        raise InputError(f"{file}: the session is one of stage {stage}, and {known}")
    variables = {"values": read_values(location, findings).variables(), "stage": stage, "project": found.name}
    findings.settle(strict=False)
    relative = path.relative_to(location.folder.resolve()).as_posix()
    files = SourceFiles()
    text = files.document(path, relative, str(file)).text
    return Templates(location.folder, location.shown, variables, files).render(relative, text)
