"""The files that an adoption writes: definitions, display names in the values file, the import file."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE
from pulumi_managed_agents.commands.adopt.import_file import managed_entry, workspace_entry
from pulumi_managed_agents.commands.adopt.inline_resources import inline_resources
from pulumi_managed_agents.engine import local_state
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.engine.stack_secrets import secrets_by_name
from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.location import shown
from pulumi_managed_agents.files.yaml_entry import with_override
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.secrets import SETTING, named_secrets, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pulumi_managed_agents.commands.adopt.context import AdoptionContext
    from pulumi_managed_agents.commands.adopt.drafts import Draft
    from pulumi_managed_agents.commands.adopt.import_file import Adopted
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.files.location import Location


@dataclass(frozen=True)
class ImportEntry:
    """An object in an import file, and the file of its definition."""

    kind: str
    id: str
    name: str
    file: str


@dataclass(frozen=True)
class ImportFile:
    """An import file that was written.

    Attributes:
        file: Where it is, from the project's folder.
        entries: What it holds.
        missing_secrets: The names of secrets that have no value yet, and had better have one before the import.
        commands: What to type next.
    """

    file: str
    entries: tuple[ImportEntry, ...]
    missing_secrets: tuple[str, ...]
    commands: tuple[str, ...]


def write_definitions(context: AdoptionContext, drafts: Sequence[Draft]) -> list[str]:
    """Write the files of new definitions, overwriting none; returns a line about the values file, if it was needed.

    Raises:
        InputError: the stage cannot be read with them, and all of them are gone again; or its values file is written
            so that nothing can be added to it; or one would hold a secret.
    """
    _must_hold_no_secret(context.location, drafts)
    values = _values_text(context.location, drafts)
    written: list[Path] = []
    try:
        for path, content in (file for draft in drafts for file in draft.files):
            file = context.location.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            # Opened so that a file which somebody made meanwhile is not overwritten.
            with file.open("xb") as new:
                # Noted before its content is complete: half of a file must go again as well.
                written.append(file)
                new.write(content)
        context.load()
    except (InputError, OSError):
        for file in written:
            file.unlink()
        raise
    if values is not None:
        context.location.values_path.write_text(values, encoding="utf-8")
        return [
            f"wrote display names of skills into {shown(context.location.values_path, context.location.project_dir)}"
        ]
    return []


def _must_hold_no_secret(location: Location, drafts: Sequence[Draft]) -> None:
    """Refuse drafts with a secret that somebody pasted into a prompt; raises InputError that names every file."""
    scrubber = KNOWN.scrubber()
    advice = "holds a secret of this stage in plain text; remove it there first"
    exposed = [
        Finding(location.shown(path), 0, "", f"{draft.adopted.id} {advice}")
        for draft in drafts
        for path, content in draft.files
        if scrubber.finds(content.decode("utf-8", "replace"))
    ]
    if exposed:
        raise InputError(exposed)


def write_import(context: AdoptionContext, adopted: Sequence[Adopted]) -> ImportFile:
    """Write the import file for objects that all have a definition now."""
    stage = context.load()
    definitions = {definition.name: definition for definition in stage.definitions}
    inline = (part for candidate in adopted for part in inline_resources(context.client, candidate, definitions))
    whole = [*adopted, *(part for part in inline if part.id not in context.recorded.ids)]
    applied = {**context.recorded.applied, **{candidate.name: candidate.applied for candidate in whole}}
    names = sorted({name for candidate in whole for _, name in named_secrets(definitions[candidate.name])})
    secrets = _secret_values(context.opened, names)
    resources = [
        managed_entry(candidate, definitions[candidate.name], stage, context.identity, applied, secrets)
        for candidate in whole
    ]
    if context.recorded.workspace is None:
        resources.insert(0, workspace_entry(context.identity.workspace))
    context.import_file.write_text(json.dumps({"resources": resources}, indent=2) + "\n", encoding="utf-8")
    return ImportFile(
        shown(context.import_file, context.location.project_dir),
        tuple(
            ImportEntry(candidate.facts.kind, candidate.id, candidate.name, definitions[candidate.name].file)
            for candidate in whole
        ),
        tuple(name for name in names if name not in secrets),
        (
            import_command(context.opened, context.import_file),
            command_line(f"preview {context.identity.stack}", emulator=bool(context.opened.emulator)),
        ),
    )


def _secret_values(opened: OpenStage, names: Iterable[str]) -> dict[str, str]:
    """The values of those secrets that have one: in the stack's configuration, else in the environment."""
    configured: dict[str, str] = dict.fromkeys(json.loads(opened.project.own_config.get(SETTING, "{}")), "")
    with suppress(InputError):  # where the CLI cannot decrypt them, they count as missing
        configured |= secrets_by_name(opened.project, opened.environment)
    values = {name: configured.get(name, opened.environment.get(variable_of(name), "")) for name in names}
    return {name: value for name, value in values.items() if value}


def _values_text(location: Location, drafts: Sequence[Draft]) -> str | None:
    """The values file with what only it can say about the new definitions, or None if there is nothing to say."""
    path = location.values_path
    text = before = path.read_text(encoding="utf-8") if path.exists() else ""
    for draft in drafts:
        changed = with_override(text, draft.path, draft.overrides) if draft.overrides else text
        if changed is None:
            needed = json.dumps({draft.path: draft.overrides}, ensure_ascii=False)
            where = shown(path, location.project_dir)
            raise InputError(
                f"{where}: `overrides` has to be a block, one line each, to take {needed}; nothing was written"
            )
        text = changed
    return None if text == before else text


def import_command(opened: OpenStage, file: Path) -> str:
    """What to type to import the file; a stage on the emulator has a separate state."""
    options = ["--stack", opened.project.stage, "--yes", "--generate-code=false", "--protect=false"]
    if not opened.emulator:
        return shlex.join(["pulumi", "import", "--file", shown(file, opened.project.root), *options])
    folder, settings = local_state.prepare(opened.project)
    variables = {**settings, EMULATOR_VARIABLE: opened.emulator}
    assignments = " ".join(f"{key}={shlex.quote(value)}" for key, value in variables.items())
    return (
        f"{assignments} {shlex.join(['pulumi', '-C', str(folder), 'import', '--file', str(file.resolve()), *options])}"
    )
