"""Listing directories the way a stage reads them: sorted, and with symlinks only to places inside the stage.

A link out of the stage folder would make a definition depend on files no review of the stage shows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.names import printable


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One name in a folder; `fault` says why it cannot be used, or is empty."""

    name: str
    path: Path
    is_folder: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory being read: `boundary` is the real path that links may not leave, `trail` where we came from."""

    path: Path
    boundary: str
    trail: tuple[str, ...]

    @classmethod
    def at(cls, path: Path, boundary: Path | None = None) -> Folder:
        """Start reading at `path`; links may not leave `boundary`, by default the folder itself."""
        real = os.path.realpath(path)
        return cls(path, os.path.realpath(boundary) if boundary else real, (real,))

    def below(self, entry: FolderEntry) -> Folder:
        """Return the folder of one of its entries."""
        return Folder(entry.path, self.boundary, (*self.trail, os.path.realpath(entry.path)))

    def entries(self, file: str) -> list[FolderEntry]:
        """List the folder by name; raises `InputError` that names `file` if it cannot be read."""
        try:
            with os.scandir(self.path) as scanned:
                return sorted((self._entry(entry) for entry in scanned), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError([Finding(file, 0, "", f"cannot be read: {error.strerror}")]) from None

    def _entry(self, dir_entry: os.DirEntry[str]) -> FolderEntry:
        path = Path(dir_entry.path)
        return FolderEntry(dir_entry.name, path, _is_folder(dir_entry), self._fault(dir_entry))

    def _fault(self, dir_entry: os.DirEntry[str]) -> str:
        if printable(dir_entry.name) != dir_entry.name:
            return "its name holds control characters or is not UTF-8"
        if dir_entry.is_symlink():
            real = os.path.realpath(dir_entry.path)
            if real != self.boundary and not real.startswith(self.boundary + os.sep):
                return "a symlink that leaves the stage folder; copy what it points to"
            if real in self.trail:
                return "a symlink to a folder that contains it"
            if not Path(real).exists():
                return "a symlink to nothing"
        if not _is_folder(dir_entry) and not _is_file(dir_entry):
            return "neither a file nor a folder"
        return ""


def _is_folder(dir_entry: os.DirEntry[str]) -> bool:
    try:
        return dir_entry.is_dir()
    except OSError:
        return False


def _is_file(dir_entry: os.DirEntry[str]) -> bool:
    try:
        return dir_entry.is_file()
    except OSError:
        return False
