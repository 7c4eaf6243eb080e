"""`managed-agents compare A B`: two stages side by side: files, fields with values applied, versions that serve."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  # the schema is made from the annotations
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.promote.closure_files import content_digest, parts_of
from pulumi_managed_agents.commands.promote.stage_folder import released, stage_folder
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.release.effective import differing, fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.release.rollback import Released
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage

LONGEST = 48
"""The most characters of a value that are shown in a line."""


@dataclass(frozen=True)
class Comparison:
    """What two stages have in common and where they differ.

    Attributes:
        stages: Their names.
        same: How many files are equal.
        files: The others by path: ``differs``, or the name of the only stage that has it.
        fields: Fields of roots, all they consist of and all their tests run in, whose effective values differ, by
            ``agents/triage:model``; a stage that lacks one has None.
        versions: By agent and stage: `id`, the version that is `serving`, and the one last `applied`.
        unknown: Why the versions of a stage are not known, by stage.
    """

    stages: tuple[str, str]
    same: int
    files: Mapping[str, str]
    fields: Mapping[str, tuple[Any, Any]]
    versions: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


def compare(root: Path, first: str, second: str, *, emulator: bool, form: str = "text") -> Iterator[str]:
    """Compare two stages; the lines of a text, or one JSON object. Raises `InputError` if one cannot be read."""
    result = comparison(stage_folder(root, first), stage_folder(root, second), emulator=emulator)
    if form == "json":
        yield json.dumps(vars(result), indent=2, ensure_ascii=False)
    else:
        yield from _text(result)


def comparison(first: StageFolder, second: StageFolder, *, emulator: bool) -> Comparison:
    """Read both stages, and what their states record where they can be asked."""
    (stage, roots), (other, other_roots) = first.load(), second.load()
    files = {
        path: _difference(first, second, path)
        for path in sorted(_files(first, stage, roots) | _files(second, other, other_roots))
    }
    keys = {
        key for name in roots.keys() | other_roots.keys() for key in _differing(roots.get(name), other_roots.get(name))
    }
    values, others = _values(stage), _values(other)
    versions, unknown = _versions((first, second), emulator=emulator)
    return Comparison(
        stages=(first.name, second.name),
        same=sum(not where for where in files.values()),
        files={path: where for path, where in files.items() if where},
        fields={key: (values.get(key), others.get(key)) for key in sorted(keys)},
        versions=versions,
        unknown=unknown,
    )


def _files(folder: StageFolder, stage: Stage, roots: Mapping[str, Root]) -> set[str]:
    return {path for part in parts_of(stage, folder.root, roots).values() for path in part.all_files}


def _difference(first: StageFolder, second: StageFolder, path: str) -> str:
    """Empty for a file that is the same in both; else as in `Comparison.files`."""
    content, other = first.read(path), second.read(path)
    if content is None or other is None:
        return second.name if content is None else first.name
    return "" if content_digest(content) == content_digest(other) else "differs"


def _differing(root: Root | None, other: Root | None) -> list[str]:
    """The fields that differ of a root that both have, and of what its tests run in; else the files show it."""
    if not (root and other):
        return []
    run_in = root.contents.keys() & other.contents.keys()
    tested = (differing(root.contents[name].effective, other.contents[name].effective) for name in run_in)
    return [*differing(root.effective, other.effective), *(key for keys in tested for key in keys)]


def _values(stage: Stage) -> dict[str, Any]:
    """The value of each field with overrides and defaults applied; secrets stand as their names."""
    return {key: field.value for of_one in fields(stage.definitions).values() for key, field in of_one.items()}


def _versions(
    folders: tuple[StageFolder, StageFolder], *, emulator: bool
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, str]]:
    known: dict[str, Released] = {}
    unknown: dict[str, str] = {}
    for folder in folders:
        try:
            known[folder.name] = released(open_stage(folder.root, folder.name, emulator=emulator))
        except ManagedAgentsError as error:
            unknown[folder.name] = str(error)
    names = sorted({name for release in known.values() for name in (*release.pins, *release.applied)})
    versions = {name: {stage: _version(release, name) for stage, release in known.items()} for name in names}
    return versions, unknown


def _version(release: Released, name: str) -> dict[str, Any]:
    pin = release.pins.get(name) or {}
    return {"id": pin.get("id"), "serving": pin.get("version"), "applied": release.applied.get(name)}


def _text(comparison: Comparison) -> Iterator[str]:
    first, second = comparison.stages
    if first == second:
        yield f"{first} is compared with itself, so nothing differs; name another stage"
        return
    yield f"Files: {comparison.same} the same in {first} and {second}"
    for path, where in comparison.files.items():
        yield f"  ~ {path} differs" if where == "differs" else f"  {path} only in {where}"
    yield "Fields, with values and overrides applied:" if comparison.fields else "Fields: all the same"
    yield from (f"  {key}: {_short(value)} | {_short(other)}" for key, (value, other) in comparison.fields.items())
    if comparison.versions:
        yield f"Versions that serve: {first} | {second}"
    for name, versions in comparison.versions.items():
        yield f"  {name}: {' | '.join(_served(versions.get(stage) or {}) for stage in comparison.stages)}"
    yield from (f"  the versions of {stage} are not known: {why}" for stage, why in comparison.unknown.items())


def _short(value: Any) -> str:
    text = "not there" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _served(version: Mapping[str, Any]) -> str:
    serving, applied = version.get("serving"), version.get("applied")
    if applied is None:
        return "not deployed"
    if serving is None:
        return f"none ({applied} is not proven)"
    return str(serving) if serving == applied else f"{serving} ({applied} is there, not serving)"
