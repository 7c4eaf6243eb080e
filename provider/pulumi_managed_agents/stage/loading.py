"""Loading a stage: find, read, override, check, resolve, order; each step for all files before the next.

Going on after a fault saves the reader one round per mistake.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files.location import locate
from pulumi_managed_agents.files.names import SKILL_FILE, nfc
from pulumi_managed_agents.files.source_files import SourceFiles
from pulumi_managed_agents.files.templates import Templates
from pulumi_managed_agents.kinds.registry import ENTRIES
from pulumi_managed_agents.stage.builder import Builder, with_credentials
from pulumi_managed_agents.stage.cross_file_rules import disagreements
from pulumi_managed_agents.stage.definition import Definition, Stage, references_in
from pulumi_managed_agents.stage.discovery import discover
from pulumi_managed_agents.stage.fetched_skills import FetchedSkills
from pulumi_managed_agents.stage.findings import Findings
from pulumi_managed_agents.stage.graph import order
from pulumi_managed_agents.stage.overrides import merge
from pulumi_managed_agents.stage.reader import DefinitionFile, Reader
from pulumi_managed_agents.stage.references import Index, Target
from pulumi_managed_agents.stage.secret_scan import Scan, unmet
from pulumi_managed_agents.stage.uploads import uploads, with_contents
from pulumi_managed_agents.stage.values import Keys, read_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.files.node import Node
    from pulumi_managed_agents.stage.values import ValuesFile


def load_stage(  # noqa: PLR0913 - as `load`
    name: str,
    *,
    project_dir: Path,
    project: str,
    definitions: str | None,
    strict: bool,
    sessions: bool,
    config: Mapping[str, str],
    fetch: bool,
) -> Stage:
    """Load a stage as `pulumi_managed_agents.stage.load` says."""
    location = locate(name, project_dir, definitions)
    findings = Findings()
    values = read_values(location, findings)
    scan = Scan(values.allowed_secrets())
    findings.note(*scan.document(values.text, location.values_path.name, values.root))
    variables = {"values": values.variables(), "stage": name, "project": project}
    sources = SourceFiles()
    with Templates(location.folder, location.shown, variables, sources) as templates:
        files, tests = _read(location, sources, Reader(location, sources, templates, scan, findings), findings)
    # Before any reference is resolved, so that a URL leads to its skill as a path does.
    fetched = FetchedSkills(location, config, scan, findings, fetch)
    fetched.add(_agents(files, values, _keys([*files, *tests])))
    files += fetched.files
    overrides = values.overrides(_keys([*files, *tests]))
    builder = Builder(location, _index(files, location, fetched), overrides, findings)
    made = _definitions(files, builder, findings) | {unread.name: unread for unread in fetched.unread}
    smoke = [builder.smoke(test, test.body) for test in tests if test.body]
    # After definitions and tests, which name by their paths the files to upload.
    uploaded = uploads([*made.values(), *smoke], location, sources, scan, findings)
    made |= uploaded
    smoke = [with_contents(test, uploaded) for test in smoke]
    settings = values.settings(_keys(files), {name: definition.kind for name, definition in made.items()})
    findings.note(*unmet(scan, values))
    ordered = _in_order(made, findings)
    by_name = {definition.name: definition for definition in ordered}
    findings.note(*disagreements(by_name, smoke, "error" if sessions else "warning"))
    warnings = findings.settle(strict=strict)
    notes = tuple(fetched.notes)
    return Stage(name, location.shown(""), tuple(ordered), tuple(smoke), settings, warnings, notes)


def _agents(files: Iterable[DefinitionFile], values: ValuesFile, keys: Keys) -> Iterator[Node]:
    """The bodies of agents with what the values file changes in them; what is wrong with that is said later."""
    overrides = replace(values, findings=Findings()).overrides(keys)
    for file in files:
        if file.kind == "agent" and file.body:
            with Findings():
                change = overrides.get(file.name)
                yield merge(file.body, change.fields, ENTRIES["agent"]) if change else file.body


def _read(
    location: Location, sources: SourceFiles, reader: Reader, findings: Findings
) -> tuple[list[DefinitionFile], list[DefinitionFile]]:
    """Read all definitions and skills, and all smoke tests."""
    discovered = discover(location.folder, location.shown, sources)
    findings.note(*discovered.findings)
    definitions = [file for source in discovered.files if (file := reader.definition(source))]
    files = _unique([*definitions, *map(reader.skill, discovered.skills)], findings)
    tests = _unique(map(reader.smoke, discovered.smoke), findings)
    if not files:
        message = "no definitions here: every resource of the stage would be removed"
        findings.note(Finding(location.shown(""), 0, "", message, "warning"))
    return files, tests


def _unique(files: Iterable[DefinitionFile], findings: Findings) -> list[DefinitionFile]:
    """Return one file per resource name; the others become findings."""
    first: dict[str, DefinitionFile] = {}
    for file in sorted(files, key=lambda file: (file.name, file.shown)):
        other = first.setdefault(file.name, file)
        if other is not file:
            message = f"gives the name {file.name}, and so does {other.shown}; rename one"
            findings.note(Finding(file.shown, 0, "", message))
    return list(first.values())


def _definitions(files: Iterable[DefinitionFile], builder: Builder, findings: Findings) -> dict[str, Definition]:
    """Return the definitions by name; a vault's file makes one more for each of its credentials."""
    definitions: dict[str, Definition] = {}
    for file in files:
        if not (file.kind and file.body):
            continue
        whole = builder.definition(file, file.kind, file.body)
        for definition in with_credentials(whole) if file.kind == "vault" else (whole,):
            name = definition.name
            if name in definitions:
                findings.at(definition.source)((), f"gives the name {name}, and so does {definitions[name].file}")
            definitions[name] = definition
    return definitions


def _keys(files: Iterable[DefinitionFile]) -> Keys:
    return Keys({file.source.relative: file.name for file in files})


def _index(files: Iterable[DefinitionFile], location: Location, fetched: FetchedSkills) -> Index:
    targets = {nfc(file.source.relative): Target(file.name, file.kind) for file in files}
    skills = {path: target for path, target in targets.items() if target.kind == "skill"}
    inner = {f"{path}/{SKILL_FILE}": target for path, target in skills.items()}

    def exists(relative: str) -> bool:
        return os.path.exists(location.folder / relative)  # noqa: PTH110 - unlike Path.exists it never raises

    def is_file(relative: str) -> bool:
        return os.path.isfile(location.folder / relative)  # noqa: PTH113 - as above

    return Index(targets, inner, exists, is_file, fetched.skill_at)


def _in_order(definitions: dict[str, Definition], findings: Findings) -> list[Definition]:
    """Return definitions in the order they can be created; loops become findings at their first reference."""
    graph = {
        name: [reference.target for reference in definition.references if reference.target in definitions]
        for name, definition in definitions.items()
    }
    names, loops = order(graph)
    for loop in loops:
        definition = definitions[loop[0]]
        path = next(path for path, reference in references_in(definition.body) if reference.target == loop[1])
        itself = "is the agent itself; write {type: self}"
        message = itself if len(loop) == 2 else f"refers to itself in a loop: {' → '.join(loop)}"
        findings.at(definition.source)(path, message)
    return [definitions[name] for name in names]
