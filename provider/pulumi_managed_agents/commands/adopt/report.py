"""The result of an adoption, for people and for programs. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.commands.adopt.drafts import Draft
    from pulumi_managed_agents.commands.adopt.file_writer import ImportEntry, ImportFile
    from pulumi_managed_agents.commands.adopt.selection import Candidate


@dataclass(frozen=True)
class Adoptable:
    """A live object that could be adopted.

    Attributes:
        kind: Its kind.
        id: Its id.
        name: What it is called.
        mark: The mark of the stack that it belongs to, or empty.
    """

    kind: str
    id: str
    name: str
    mark: str


@dataclass(frozen=True)
class AdoptableReport:
    """What could be adopted.

    Attributes:
        stage: The stage.
        adoptable: The objects.
        notes: What could not be looked at or cannot be done here.
    """

    stage: str
    adoptable: tuple[Adoptable, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class AdoptedObject:
    """An object that was adopted.

    Attributes:
        kind: Its kind.
        id: Its id.
        name: The name of its resource.
        file: The file of its definition.
        new_file: Whether that file was written now.
        left_out: Fields that this version does not know, and which a new file therefore lacks.
        remarks: What else is to be said of a new file.
    """

    kind: str
    id: str
    name: str
    file: str
    new_file: bool
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class AdoptionReport:
    """What was adopted; nothing was written to the API.

    Attributes:
        stage: The stage.
        adopted: The objects.
        import_file: The file for `pulumi import`, which is to be run; empty if the state has the objects already.
        imported: Whether the state has the objects.
        missing_secrets: The names of secrets that want a value first.
        notes: What was left alone, and why.
        next: What to type next, a command each.
    """

    stage: str
    adopted: tuple[AdoptedObject, ...]
    import_file: str
    imported: bool
    missing_secrets: tuple[str, ...]
    notes: tuple[str, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """What could be adopted, each with the mark of the stack that it belongs to, or an empty string.

    `notes` say what could not be looked at or cannot be done here.
    """

    stage: str
    candidates: tuple[tuple[Candidate, str], ...]
    notes: tuple[str, ...] = ()

    def rendered(self, form: str) -> str:
        """The list in one of the forms ``text`` and ``json``."""
        if form == "text":
            return "".join(f"{line}\n" for line in self._lines())
        from pulumi_managed_agents.review.json import as_json

        objects = (Adoptable(one.facts.kind, one.id, one.label, mark) for one, mark in self.candidates)
        return as_json(AdoptableReport(self.stage, tuple(objects), self.notes))

    def _lines(self) -> Iterator[str]:
        for candidate, mark in self.candidates:
            yield f"{candidate}, belongs to {mark}" if mark else str(candidate)
        yield (
            "Choose with --id, with --kind and --name, or take --all."
            if self.candidates
            else "Everything live is managed."
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
        if form == "text":
            return "".join(f"{line}\n" for line in self._lines())
        from pulumi_managed_agents.review.json import as_json

        return as_json(self._record())

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
            yield "Set them and call this again before the import: without, a later change of one cannot be noticed."
        labels = ("Next",) if self.is_imported else ("Next", "Then")
        yield from (f"{label}: {command}" for label, command in zip(labels, self._commands(), strict=True))

    def _commands(self) -> tuple[str, ...]:
        """What to type next."""
        commands = self.imports.commands if self.imports else ()
        return commands[1:] if self.is_imported else commands

    def _record(self) -> AdoptionReport:
        new = {draft.adopted.id: draft for draft in self.drafts}
        entries = self.imports.entries if self.imports else ()
        return AdoptionReport(
            stage=self.stage,
            adopted=tuple(_adopted(entry, new.get(entry.id)) for entry in entries),
            import_file=self.imports.file if self.imports and not self.is_imported else "",
            imported=self.is_imported,
            missing_secrets=self.imports.missing_secrets if self.imports else (),
            notes=self.notes,
            next=self._commands(),
        )


def _adopted(entry: ImportEntry, draft: Draft | None) -> AdoptedObject:
    new = (draft.left_out, draft.remarks) if draft else ((), ())
    return AdoptedObject(entry.kind, entry.id, entry.name, entry.file, draft is not None, *map(tuple, new))
