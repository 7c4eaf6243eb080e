"""What `managed-agents validate` was asked to check: stages by their names, or folders wherever they stand."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.engine.project import NAME, project_above, read_project, stages
from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.names import SKILL_FILE
from pulumi_managed_agents.kinds.names import FOLDERS
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PARTS = frozenset({*FOLDERS, "smoke"})
"""Folders that hold a part of a stage, whose files refer to the other parts."""


def validate_paths(arguments: Sequence[str], *, strict: bool) -> Iterator[Finding | str]:
    """Check stages of the project that is here, or above, and folders or files anywhere; all stages, unless named.

    A name that is both is the stage's. A folder that belongs to a stage stands for it, one with a Pulumi.yaml for all
    of its stages; any other is checked by itself. Findings name files as seen from here.

    Raises:
        InputError: as `validate_stages` does, once everything has been checked; or there is no such stage or folder.
        Refused: as `validate_stages` does.
    """
    here = project_above(Path.cwd())
    known = stages(here) if here else []
    named = [name for name in arguments if name in known or not _is_path(name)]
    paths = [Path(path) for path in arguments if path not in named]
    errors: list[Finding] = []
    for root, results in _checks(here or Path(), named, paths, strict=strict):
        try:
            for result in results:
                yield _seen_from_here(result, root) if isinstance(result, Finding) else result
        except InputError as error:
            if not error.findings:
                raise
            errors += [_seen_from_here(finding, root) for finding in error.findings]
    if errors:
        raise InputError(errors)


def _is_path(text: str) -> bool:
    if Path(text).exists():
        return True
    if os.sep in text or text in (".", ".."):
        raise InputError(f"{text}: there is no such folder or file")
    return False


def _checks(
    here: Path, named: list[str], paths: list[Path], *, strict: bool
) -> Iterator[tuple[Path, Iterable[Finding | str]]]:
    """Each check with the folder that its findings count paths from."""
    of_projects: dict[Path, list[str]] = {here: named} if named or not paths else {}
    alone: list[Path] = []
    for path in paths:
        folder = path if path.is_dir() else path.parent
        root = project_above(folder)
        names = _stages_of(root, folder) if root else []
        if root and names:
            of_projects[root] = list(dict.fromkeys([*of_projects.get(root, []), *names]))
        elif (top := _whole(folder)) not in alone:
            alone.append(top)
    for root, names in of_projects.items():
        yield root, validate_stages(root, names, strict=strict)
    for folder in alone:
        yield _root_of(folder), _validate_folder(folder, strict=strict)


def _stages_of(root: Path, folder: Path) -> list[str]:
    """The stages of a project that a folder is part of; all of them for the project's own and for ``stacks/``."""
    known = stages(root)
    if folder.resolve() in (root.resolve(), (root / "stacks").resolve()):
        return known
    places = {name: read_project(root, name).own_config.get("definitions") or f"stacks/{name}" for name in known}
    return [name for name, place in places.items() if folder.resolve().is_relative_to((root / place).resolve())]


def _whole(folder: Path) -> Path:
    """The folder that a part of a stage belongs to: what is in ``agents/`` refers to what is in ``skills/``."""
    real, here = folder.resolve(), Path.cwd().resolve()
    inside = real.relative_to(here).parts if real.is_relative_to(here) else ()
    part = next((place for place, name in enumerate(inside) if name in PARTS), None)
    if part is not None:
        real = here.joinpath(*inside[:part])
    while real.name in PARTS or (real / SKILL_FILE).is_file():
        real = real.parent
    return Path(os.path.relpath(real))


def _root_of(folder: Path) -> Path:
    """Where the values file of a folder is looked for: a stage's beside it, as in a project."""
    real = folder.resolve()
    return Path(os.path.relpath(real.parents[1])) if real.parent.name == "stacks" else Path()


def _validate_folder(folder: Path, *, strict: bool) -> Iterator[Finding | str]:
    root, real = _root_of(folder), folder.resolve()
    name = real.name if NAME.fullmatch(real.name) else re.sub(r"[^A-Za-z0-9_.-]", "-", real.name)[:100] or "folder"
    place = None if real.parent.name == "stacks" and name == real.name else os.path.relpath(real, root)
    stage = load(name, project_dir=root, project=real.name, definitions=place, strict=strict, sessions=True)
    yield from stage.warnings
    parts = counted(len(stage.definitions), "resource"), counted(len(stage.smoke), "smoke test")
    yield f"{folder}: {' and '.join(parts)}, well formed"
    yield from stage.notes


def _seen_from_here(finding: Finding, root: Path) -> Finding:
    return replace(finding, file=os.path.relpath(root / finding.file).replace(os.sep, "/")) if finding.file else finding
