"""The result of an adoption, for people and for programs. Pure functions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.output import as_json
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.commands.adopt.drafts import Draft
    from pulumi_managed_agents.commands.adopt.file_writer import ImportEntry, ImportFile
    from pulumi_managed_agents.commands.adopt.selection import Candidate


@dataclass(frozen=True)
class Listing:
    """What could be adopted, each with the mark of the stack that it belongs to, or an empty text.

    `notes` say what could not be looked at or cannot be done here.
    """

    stage: str
    found: tuple[tuple[Candidate, str], ...]
    notes: tuple[str, ...] = ()

    def rendered(self, form: str) -> str:
        """The list in one of the forms ``text`` and ``json``."""
        if form == "text":
            return "".join(f"{line}\n" for line in self._lines())
        found = [
            {"kind": candidate.facts.kind, "id": candidate.id, "name": candidate.label, "mark": mark}
            for candidate, mark in self.found
        ]
        return as_json({"stage": self.stage, "adoptable": found, "notes": list(self.notes)})

    def _lines(self) -> Iterator[str]:
        for one, mark in self.found:
            yield f"{one}, belongs to {mark}" if mark else str(one)
        yield (
            "Choose with --id, with --kind and --name, or take --all." if self.found else "Everything live is managed."
        )
        yield from self.notes


@dataclass(frozen=True)
class Adoption:
    """What was written: `drafts` are the new definitions, `notes` say what was left alone and why.

    `wants_import` says whether the import was to be run as well, which waits for secrets without a value.
    """

    stage: str
    notes: tuple[str, ...]
    drafts: tuple[Draft, ...] = ()
    imports: ImportFile | None = None
    wants_import: bool = False

    @property
    def is_imported(self) -> bool:
        """Whether the state has the objects, if nothing was raised."""
        return self.wants_import and self.imports is not None and not self.imports.missing_secrets

    @property
    def is_put_off(self) -> bool:
        """Whether an import was asked for and has to wait."""
        return self.wants_import and self.imports is not None and not self.is_imported

    def rendered(self, form: str) -> str:
        """The result in one of the forms ``text`` and ``json``."""
        return "".join(f"{line}\n" for line in self._lines()) if form == "text" else as_json(self._record())

    def _lines(self) -> Iterator[str]:
        yield from self.notes
        if self.imports is None:
            yield "nothing to adopt"
            return
        files = {entry.id: entry.file for entry in self.imports.entries}
        for draft in self.drafts:
            yield f"wrote {files[draft.adopted.id]} for {draft.adopted.id}"
            yield from (f"  left out: {field}, which this version does not know" for field in draft.left_out)
            yield from (f"  {remark}" for remark in draft.remarks)
        objects = counted(len(self.imports.entries), "object")
        if self.is_imported:
            yield f"took {objects} over into the state of {self.stage}; nothing was written to the API"
        else:
            yield f"wrote {self.imports.file} for {objects}; nothing was written to the API"
        if missing := ", ".join(self.imports.missing_secrets):
            yield f"These secrets need a value, each in managed-agents:secrets or the environment: {missing}"
            yield "Set them and call this again before the import: without, a later change of one cannot be told."
        labels = ("Next",) if self.is_imported else ("Next", "Then")
        yield from (f"{label}: {command}" for label, command in zip(labels, self._commands(), strict=True))

    def _commands(self) -> tuple[str, ...]:
        """What to type next."""
        commands = self.imports.commands if self.imports else ()
        return commands[1:] if self.is_imported else commands

    def _record(self) -> dict[str, Any]:
        new = {draft.adopted.id: draft for draft in self.drafts}
        entries = self.imports.entries if self.imports else ()
        return {
            "stage": self.stage,
            "adopted": [_entry(entry, new.get(entry.id)) for entry in entries],
            "import_file": self.imports.file if self.imports and not self.is_imported else "",
            "imported": self.is_imported,
            "missing_secrets": list(self.imports.missing_secrets) if self.imports else [],
            "notes": list(self.notes),
            "next": list(self._commands()),
        }


def _entry(entry: ImportEntry, draft: Draft | None) -> dict[str, Any]:
    """An adopted object; `new_file` says that its definition was written now."""
    new = {"left_out": list(draft.left_out), "remarks": list(draft.remarks)} if draft else {}
    return {**asdict(entry), "new_file": draft is not None, **new}
