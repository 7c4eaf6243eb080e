"""Finding what a stage folder holds: definition files, skill directories, smoke tests.

Kinds come from a top-level ``type`` field, else the directory, else the start of the file's name. A file that
matches none is somebody else's and is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.stage import near_misses
from pulumi_managed_agents.stage.bundle import is_litter
from pulumi_managed_agents.stage.document import has_front_matter
from pulumi_managed_agents.stage.folder import Entry, Folder
from pulumi_managed_agents.stage.layout import (
    FILE_KINDS,
    SKILL_FILE,
    SKILLS_FOLDER,
    SMOKE_FOLDER,
    SMOKE_SUFFIXES,
    kind_of_place,
    resource_name,
    suffix_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.definitions.kind import Kind
    from pulumi_managed_agents.errors import Severity
    from pulumi_managed_agents.stage.source_files import SourceFiles

_KINDS = "|".join(FILE_KINDS)
_TYPED = re.compile(rf"""^type\s*:\s*["']?({_KINDS})\b|"type"\s*:\s*"({_KINDS})\"""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: `relative` is its path below the stage folder, `kind` what its place says, if anything."""

    relative: str
    path: Path
    kind: Kind | None


@dataclass
class Found:
    """Everything of interest below a stage folder, and what to say about the rest."""

    files: list[Source] = field(default_factory=list)
    skills: list[Source] = field(default_factory=list)
    smoke: list[Source] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def discover(folder: Path, shown: Callable[[str], str], files: SourceFiles) -> Found:
    """Walk a stage folder; `shown` turns a path below it into the one that findings name."""
    search = _Search(shown, files)
    search.folder(Folder.at(folder), "")
    return search.found


class _Search:
    def __init__(self, shown: Callable[[str], str], files: SourceFiles) -> None:
        self.found = Found()
        self._shown = shown
        self._files = files

    def folder(self, folder: Folder, prefix: str) -> None:
        try:
            entries = folder.entries(self._shown(prefix.rstrip("/")))
        except InputError as error:
            self.found.findings.extend(error.findings)
            return
        if prefix and any(entry.name == SKILL_FILE and not entry.is_folder for entry in entries):
            self.found.skills.append(Source(prefix.rstrip("/"), folder.path, "skill"))
            return
        if PurePosixPath(prefix).parent.name == SKILLS_FOLDER:
            self._expect_skill(prefix, folder, entries)
        for entry in entries:
            if not entry.name.startswith(".") and entry.name not in ("node_modules", "__pycache__"):
                self._entry(folder, prefix + entry.name, entry)

    def _entry(self, folder: Folder, relative: str, entry: Entry) -> None:
        if entry.fault:
            if entry.is_folder or suffix_of(entry.name) or kind_of_place(relative):
                self._say(relative, entry.fault, severe=True)
        elif entry.is_folder:
            self._say(relative, near_misses.about_folder(entry.name))
            self.folder(folder.below(entry), f"{relative}/")
        elif PurePosixPath(relative).parts[0] == SMOKE_FOLDER:
            self._smoke(relative, entry)
        else:
            self._file(relative, entry)

    def _smoke(self, relative: str, entry: Entry) -> None:
        if suffix_of(entry.name) not in SMOKE_SUFFIXES:
            return
        if PurePosixPath(relative).parent.name != SMOKE_FOLDER or relative.count("/") > 1:
            self._say(relative, f"not read: smoke tests stand directly in {SMOKE_FOLDER}/")
        else:
            self.found.smoke.append(Source(relative, entry.path, None))

    def _file(self, relative: str, entry: Entry) -> None:
        kind = kind_of_place(relative)
        if not suffix_of(entry.name):
            self._say(relative, near_misses.about_suffix(relative))
        elif kind and not self._is_readme(relative, entry):
            self.found.files.append(Source(relative, entry.path, kind))
        elif kind is None and _TYPED.search(self._text(relative, entry)):
            self.found.files.append(Source(relative, entry.path, None))
        elif kind is None:
            self._say(relative, near_misses.about_place(relative))

    def _expect_skill(self, prefix: str, folder: Folder, entries: list[Entry]) -> None:
        wrong_case = next((entry.name for entry in entries if entry.name.lower() == SKILL_FILE.lower()), None)
        if wrong_case:
            self._say(prefix + wrong_case, f"has to be named {SKILL_FILE}", severe=True)
        elif any(not is_litter(entry.name) for entry in entries) and not any(folder.path.glob(f"**/{SKILL_FILE}")):
            self._say(prefix.rstrip("/"), f"a skill has a {SKILL_FILE} at its root; there is none", severe=True)

    def _say(self, relative: str, message: str, *, severe: bool = False) -> None:
        if message:
            severity: Severity = "error" if severe else "warning"
            self.found.findings.append(Finding(self._shown(relative), 0, "", message, severity))

    def _is_readme(self, relative: str, entry: Entry) -> bool:
        named = PurePosixPath(resource_name(entry.name)).name.lower() == "readme"
        return named and not has_front_matter(self._text(relative, entry))

    def _text(self, relative: str, entry: Entry) -> str:
        try:
            return self._files.document(entry.path, relative, self._shown(relative)).text
        except InputError:  # whoever reads it says so
            return ""
