"""`claude-lock.json`, in which `ant apply` keeps the id of every file it has applied."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.document import read_json
from pulumi_managed_agents.files.names import SKILL_FILE
from pulumi_managed_agents.kinds.registry import ID_PREFIXES
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.words import with_article

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage

VERSION = 1


def read_lockfile(path: Path) -> dict[str, Any]:
    """The lockfile's content, checked for its shape.

    Raises:
        InputError: it cannot be read, or is of another version.
    """
    try:
        lock: dict[str, Any] = read_json(path, str(path))
    except InputError as error:
        raise InputError(f"{error} (as a lockfile of `ant apply`)") from None
    well_formed = isinstance(lock, dict) and isinstance(lock.get("resources"), dict)
    if not well_formed or not all(isinstance(entry, dict) and entry.get("id") for entry in lock["resources"].values()):
        raise InputError(f"{path}: is not a lockfile of `ant apply`: `resources` with an `id` each are missing")
    if lock.get("version") != VERSION:
        raise InputError(f"{path}: is of version {lock.get('version')}; this command reads version {VERSION}")
    return lock


def must_be_of(lock: dict[str, Any], path: Path, base_url: str, workspace: str | None) -> None:
    """Refuse a lockfile of another API or workspace than the credential's.

    Raises:
        Refused: names both.
    """
    origin = lock.get("origin") or {}
    theirs = (str(origin.get("base_url") or "").rstrip("/"), origin.get("workspace_id"))
    if theirs != (base_url.rstrip("/"), workspace):
        raise Refused(
            f"{path}: was written for workspace {theirs[1]} at {theirs[0]}, but the credential belongs to {workspace} "
            f"at {base_url}; nothing was written"
        )


def names_by_id(lock: dict[str, Any], path: Path, stage: Stage, root: Path) -> tuple[dict[str, str], list[str]]:
    """The resource name of each id, and a line for each of the lockfile's paths for which the stage has no file.

    The paths count from the lockfile's folder, or from one above it: a repository may keep its lockfiles in one of
    their own, one for each workspace.

    Raises:
        InputError: a file is of another kind than the lockfile says.
    """
    definitions = {_plain(definition.file): definition for definition in stage.definitions}
    above = [os.path.relpath(parent, root.resolve()).replace(os.sep, "/") for parent in path.resolve().parents]
    files = lock["resources"]
    fitting = (parent for parent in above if any(_plain(posixpath.join(parent, file)) in definitions for file in files))
    folder = next(fitting, above[0])
    fetched = {definition.file.lower(): definition for definition in stage.definitions if is_url(definition.file)}
    names, missing = {}, []
    for written, entry in files.items():
        definition = definitions.get(_plain(posixpath.join(folder, written)))
        definition = definition or fetched.get(written.lower().rstrip("/"))
        if definition is None:
            unread = (root / folder / written).is_file()
            cure = "; the file is there: write `type: {}` into it, in the stage's folder".format(entry.get("kind"))
            missing.append(f"not in the stage: {written} (in {path.name}){cure if unread else ''}")
        elif not str(entry["id"]).startswith(ID_PREFIXES[definition.kind]):
            raise InputError(
                f"{definition.file}: is {with_article(definition.kind)}, but {path} says that it is {entry['id']}"
            )
        else:
            names[str(entry["id"])] = definition.name
    return names, missing


def _plain(file: str) -> str:
    """A path in its shortest form; a skill is its directory."""
    return posixpath.normpath(file.removesuffix(SKILL_FILE))
