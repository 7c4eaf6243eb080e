"""Finding what a stage folder holds: definition files, skill directories, smoke tests.

Kinds come from a top-level ``type`` field, else the directory, else the start of the file's name. A file that
matches none of these belongs to another tool and is left alone.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import has_front_matter
from pulumi_managed_agents.files.folder import Folder, FolderEntry
from pulumi_managed_agents.files.names import (
    SKILL_FILE,
    nfc,
    suffix_of,
    untemplated,
)
from pulumi_managed_agents.kinds import names as kinds
from pulumi_managed_agents.kinds.skill.bundle import is_litter
from pulumi_managed_agents.stage.lockfile import agents_in_lockfile
from pulumi_managed_agents.stage.unread import belongs_elsewhere, is_anothers, is_like, names_kind

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

_MISSPELT = {
    **dict.fromkeys((".markdown", ".mdx", ".MD"), ".md"),
    **dict.fromkeys((".ymal", ".yalm", ".toml", ".YAML", ".YML"), ".yaml"),
    **dict.fromkeys((".jsonc", ".json5", ".JSON"), ".json"),
}
"""Suffixes that are nearly one of ours, and that one."""


def resource_name(relative: str) -> str:
    """Return the resource name of a definition file: its path below the stage folder without suffixes, in NFC."""
    path = untemplated(relative)
    return nfc(path.removesuffix(suffix_of(path)))


def default_name(relative: str) -> str:
    """Return the name of what a file defines and does not name: its directory's, or its own where that is a kind's."""
    path = PurePosixPath(resource_name(relative))
    return path.name if path.parent.name in ("", *FOLDERS) else path.parent.name


def kind_of_place(relative: str) -> Kind | None:
    """Return the kind that a file's directory, else the start of its name, stands for."""
    path = PurePosixPath(relative)
    by_folder = FOLDERS.get(path.parent.name)
    return by_folder or kind_of_file_name(path.name)


def kind_of_file_name(name: str) -> Kind | None:
    """Return the kind a file name starts with, as a whole word: ``environment_staging.md``, ``agent.prod.yaml``."""
    stem = re.sub("[-.]", "_", PurePosixPath(untemplated(name)).stem) + "_"
    return next((kind for kind in FILE_KINDS if stem.startswith(f"{kind}_")), None)


MOST_ENTRIES = 20_000
"""The most names that are looked at below a stage's folder, those inside its skills aside."""


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
        self._agents: set[str] = set()
        self._looked_at = 0

    def folder(self, folder: Folder, prefix: str) -> None:
        try:
            entries = folder.entries(self._shown(prefix.rstrip("/")))
        except InputError as error:
            self.found.findings.extend(error.findings)
            return
        self._looked_at += len(entries)
        if self._looked_at > MOST_ENTRIES:
            message = (
                f"holds more than {MOST_ENTRIES:,} files and folders; a stage's folder holds its definitions alone"
            )
            raise InputError([Finding(self._shown(""), 0, "", message)])
        if prefix and any(entry.name == SKILL_FILE and not entry.is_folder for entry in entries):
            self.found.skills.append(Source(prefix.rstrip("/"), folder.path, "skill"))
            return
        if PurePosixPath(prefix).parent.name == SKILLS_FOLDER:
            self._expect_skill(prefix, folder, entries)
        self._agents |= self._named_in_lockfiles(prefix, entries)
        for entry in entries:
            if not entry.name.startswith(".") and entry.name not in ("node_modules", "__pycache__"):
                self._entry(folder, prefix + entry.name, entry)

    def _entry(self, folder: Folder, relative: str, entry: FolderEntry) -> None:
        if entry.fault:
            if entry.is_folder or suffix_of(entry.name) or kind_of_place(relative):
                self._say(relative, entry.fault, severe=True)
        elif entry.is_folder:
            below = folder.below(entry)
            self._say(relative, self._about_folder(relative, below))
            self.folder(below, f"{relative}/")
        elif PurePosixPath(relative).parts[0] == SMOKE_FOLDER:
            self._smoke(relative, entry)
        else:
            self._file(relative, entry)

    def _smoke(self, relative: str, entry: FolderEntry) -> None:
        if suffix_of(entry.name) not in SMOKE_SUFFIXES:
            return
        if PurePosixPath(relative).parent.name != SMOKE_FOLDER or relative.count("/") > 1:
            self._say(relative, f"not read: smoke tests belong directly in {SMOKE_FOLDER}/")
        else:
            self.found.smoke.append(Source(relative, entry.path, None))

    def _file(self, relative: str, entry: FolderEntry) -> None:
        folder = FOLDERS.get(PurePosixPath(relative).parent.name)
        if not suffix_of(entry.name):
            self._say(relative, self._about_suffix(relative, entry) if folder else "")
            return
        text = self._text(relative, entry)
        named = None if folder else kind_of_file_name(entry.name)
        if folder and not _is_readme(relative, text):
            self.found.files.append(Source(relative, entry.path, folder))
        elif folder or (named and is_anothers(named, relative, text)):
            return
        elif kind := named or ("agent" if nfc(relative) in self._agents else None):
            self.found.files.append(Source(relative, entry.path, kind))
        elif names_kind(relative, text):
            self.found.files.append(Source(relative, entry.path, None))
        else:
            self._say(relative, _about_place(relative, text) or self._about_content(relative, text))

    def _named_in_lockfiles(self, prefix: str, entries: list[FolderEntry]) -> set[str]:
        """The Markdown files that `ant apply` was given by name, and has taken for agents."""
        texts = (
            self._text(prefix + entry.name, entry)
            for entry in entries
            if entry.name.endswith(".json") and not entry.fault
        )
        return {nfc(posixpath.normpath(prefix + file)) for text in texts for file in agents_in_lockfile(text)}

    def _about_folder(self, relative: str, folder: Folder) -> str:
        """Return what to say about a folder whose name is nearly one of ours, and that holds what is ours."""
        near = _nearest_folder(PurePosixPath(relative).name)
        if not near:
            return ""
        try:
            entries = [
                entry for entry in folder.entries("") if suffix_of(entry.name) and not (entry.fault or entry.is_folder)
            ]
        except InputError:  # is said when the folder itself is read
            return ""
        texts = ((f"{relative}/{entry.name}", self._text(f"{relative}/{entry.name}", entry)) for entry in entries)
        kind = FOLDERS.get(near)
        if not any(is_like(kind, *file) if kind else belongs_elsewhere(*file) for file in texts):
            return ""
        return f"files in it are not read because of their folder; did you mean {near}/?"

    def _about_content(self, relative: str, text: str) -> str:
        if any(map(_nearest_folder, PurePosixPath(relative).parts[:-1])):  # which has been said of the folder
            return ""
        return belongs_elsewhere(relative, text)

    def _about_suffix(self, relative: str, entry: FolderEntry) -> str:
        """Return what to say about a definition whose suffix is nearly one of ours, or nothing."""
        path = PurePosixPath(untemplated(relative))
        meant = _MISSPELT.get(path.suffix)
        kind = FOLDERS[path.parent.name]
        if not meant or not is_like(kind, f"x{meant}", self._text(relative, entry)):
            return ""
        return f"not read: definitions end in .md, .yaml, .yml or .json, not {path.suffix}"

    def _expect_skill(self, prefix: str, folder: Folder, entries: list[FolderEntry]) -> None:
        wrong_case = next((entry.name for entry in entries if entry.name.lower() == SKILL_FILE.lower()), None)
        if wrong_case:
            self._say(prefix + wrong_case, f"has to be named {SKILL_FILE}", severe=True)
        elif any(not is_litter(entry.name) for entry in entries) and not any(folder.path.glob(f"**/{SKILL_FILE}")):
            self._say(prefix.rstrip("/"), f"a skill has a {SKILL_FILE} at its root; there is none", severe=True)

    def _say(self, relative: str, message: str, *, severe: bool = False) -> None:
        if message:
            severity: Severity = "error" if severe else "warning"
            self.found.findings.append(Finding(self._shown(relative), 0, "", message, severity))

    def _text(self, relative: str, entry: FolderEntry) -> str:
        try:
            return self._files.document(entry.path, relative, self._shown(relative)).text
        except InputError:  # reported where it is read
            return ""


def _is_readme(relative: str, text: str) -> bool:
    return PurePosixPath(resource_name(relative)).name.lower() == "readme" and not has_front_matter(text)


def _nearest_folder(name: str) -> str:
    """Return the folder of ours whose name is nearly this one, or nothing; a skill is read wherever it stands."""
    ours = [*FOLDERS, SMOKE_FOLDER]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), [*ours, SKILLS_FOLDER], n=1, cutoff=0.85)
    return near[0] if near and near[0] in ours and name not in ours else ""


def _about_place(relative: str, text: str) -> str:
    """Return what to say about a file of ours by its content, but of no kind by its place, or nothing."""
    path = PurePosixPath(untemplated(relative))
    if path.parent.name == SKILLS_FOLDER:
        return f"not read: a skill is a folder with a {SKILL_FILE}" if is_like("skill", relative, text) else ""
    folder = next((part for part in path.parts[:-1] if part in FOLDERS), None)
    misplaced = folder and is_like(FOLDERS[folder], relative, text)
    return f"not read: definitions belong directly in {folder}/" if misplaced else ""
