"""Finding what a stage folder holds: definition files, skill directories, smoke tests.

Kinds come from a top-level ``type`` field, else the directory, else the start of the file's name. A file that
matches none is somebody else's and is left alone.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import has_front_matter
from pulumi_managed_agents.files.folder import Entry, Folder
from pulumi_managed_agents.files.names import (
    SKILL_FILE,
    nfc,
    suffix_of,
    untemplated,
)
from pulumi_managed_agents.kinds import names as kinds
from pulumi_managed_agents.kinds.skill.bundle import is_litter
from pulumi_managed_agents.stage.unread import belongs_elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.errors import Severity
    from pulumi_managed_agents.files.source_files import SourceFiles
    from pulumi_managed_agents.kinds.names import Kind

SKILLS_FOLDER = "skills"
FOLDERS: dict[str, Kind] = {folder: kind for folder, kind in kinds.FOLDERS.items() if folder != SKILLS_FOLDER}
"""The folders whose files are definitions; a skill is a folder itself."""

FILE_KINDS: tuple[Kind, ...] = tuple(FOLDERS.values())
SMOKE_SUFFIXES = (".yaml", ".yml", ".json")
SMOKE_FOLDER = "smoke"

_KINDS = "|".join(FILE_KINDS)
_TYPED = re.compile(rf"""^type\s*:\s*["']?({_KINDS})\b|"type"\s*:\s*"({_KINDS})\"""", re.MULTILINE)
_MISSPELT = (".markdown", ".mdx", ".ymal", ".yalm", ".jsonc", ".json5", ".toml", ".MD", ".YAML", ".YML", ".JSON")


def resource_name(relative: str) -> str:
    """Return the resource name of a definition file: its path below the stage folder without suffixes, in NFC."""
    path = untemplated(relative)
    return nfc(path.removesuffix(suffix_of(path)))


def kind_of_place(relative: str) -> Kind | None:
    """Return the kind that a file's directory, else the start of its name, stands for."""
    path = PurePosixPath(relative)
    by_folder = FOLDERS.get(path.parent.name)
    return by_folder or kind_of_file_name(path.name)


def kind_of_file_name(name: str) -> Kind | None:
    """Return the kind a file name starts with, as a whole word: ``environment_staging.md``, ``agent.yaml``."""
    stem = PurePosixPath(untemplated(name)).stem.replace("-", "_") + "_"
    return next((kind for kind in FILE_KINDS if stem.startswith(f"{kind}_")), None)


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
            self._say(relative, _about_folder(entry.name))
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
            self._say(relative, _about_suffix(relative))
        elif kind and not self._is_readme(relative, entry):
            self.found.files.append(Source(relative, entry.path, kind))
        elif kind is None and _TYPED.search(self._text(relative, entry)):
            self.found.files.append(Source(relative, entry.path, None))
        elif kind is None:
            self._say(relative, _about_place(relative) or self._about_content(relative, entry))

    def _about_content(self, relative: str, entry: Entry) -> str:
        if any(map(_about_folder, PurePosixPath(relative).parts[:-1])):  # which has been said of the folder
            return ""
        return belongs_elsewhere(relative, self._text(relative, entry))

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


def _about_folder(name: str) -> str:
    """Return what to say about a folder whose name is nearly one of ours, or nothing."""
    ours = [*FOLDERS, SKILLS_FOLDER, SMOKE_FOLDER]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), ours, n=1, cutoff=0.85)
    if not near or name in ours:
        return ""
    return f"files in it are not read because of their folder; did you mean {near[0]}/?"


def _about_suffix(relative: str) -> str:
    """Return what to say about a file among definitions whose suffix is nearly one of ours, or nothing."""
    path = PurePosixPath(untemplated(relative))
    if path.parent.name not in FOLDERS or path.suffix not in _MISSPELT:
        return ""
    return f"not read: definitions end in .md, .yaml, .yml or .json, not {path.suffix}"


def _about_place(relative: str) -> str:
    """Return what to say about a file of ours by its suffix, but of no kind by its place, or nothing."""
    path = PurePosixPath(untemplated(relative))
    if path.stem.lower() == "readme":
        return ""
    if path.parent.name == SKILLS_FOLDER:
        return f"not read: a skill is a folder with a {SKILL_FILE}"
    folder = next((part for part in path.parts[:-1] if part in FOLDERS), None)
    return f"not read: definitions stand directly in {folder}/" if folder else ""
