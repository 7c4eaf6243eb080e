"""Checking stages without an engine, a key or a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def validate_stages(root: Path, names: Sequence[str], *, strict: bool) -> Iterator[str]:
    """Check the named stages, or all; one line per warning and one per stage.

    Raises:
        InputError: holds every error of every stage, and the warnings beside them.
    """
    from pulumi_managed_agents.engine.opening import own_config, stages
    from pulumi_managed_agents.engine.project import read_project

    found: list[Finding] = []
    for name in names or stages(root):
        project = read_project(root, name)
        try:
            stage = load(
                name,
                project_dir=root,
                project=project.name,
                definitions=own_config(project).get("definitions"),
                strict=strict,
            )
        except InputError as error:
            if not error.findings:
                raise
            found += error.findings
            continue
        yield from map(str, stage.warnings)
        yield f"{stage.folder}: {len(stage.definitions)} resources and {len(stage.smoke)} smoke tests are well formed"
    if found:
        raise InputError(found)
