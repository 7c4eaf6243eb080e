"""The files of a skill: read from its directory for an upload, or unpacked from what the API hands out.

The digest is the same on every machine: it covers names (NFC, with `/`) and raw bytes in the order of the names,
each with its length, and neither times, modes nor the place of the directory.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import read_text
from pulumi_managed_agents.files.folder import Folder
from pulumi_managed_agents.files.names import SKILL_FILE, nfc, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Contents = list[tuple[str, bytes]]

MAX_BYTES = 30_000_000
"""The API takes skills of less than 30 MB, uncompressed."""
MAX_FILES = 10_000
"""The API names no limit; nobody means to upload more."""

IGNORE_FILE = ".skillignore"
OWNER_FILE = ".managed-agents.json"
"""Is uploaded with a skill and says whose it is; no part of the skill."""
_LITTER = {".DS_Store", "__pycache__", ".git", IGNORE_FILE, OWNER_FILE}
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Bundle:
    """The files of one skill: `files` are (name, size in bytes) by name, `directory` is relative to the project.

    `name` and `description` are those in ``SKILL.md``; `sha256` holds the digest of each file's bytes, in hex.
    """

    directory: str
    files: tuple[tuple[str, int], ...]
    digest: str
    name: str = ""
    description: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, contents: Contents, directory: str, name: str = "", description: str = "") -> Bundle:
        """Digest what `collect` has read."""
        files = tuple((file, len(data)) for file, data in contents)
        return cls(directory, files, digest_of(contents), name, description, digests(contents))


def collect(root: Path, directory: str, boundary: Path, known: Mapping[str, bytes] | None = None) -> Contents:
    """Read (name, bytes) of the skill in `root`, in the order of names, except for files that are `known` already.

    Symlinks may lead to anywhere inside `boundary`. Raises `InputError` for files that cannot be uploaded, or too many
    bytes or files.
    """
    ignored = _ignored(root, directory)
    # One more than allowed is enough to know; a folder with millions of files is not walked to its end.
    paths = list(islice(_walk(Folder.at(root, boundary), "", directory, ignored), MAX_FILES + 1))
    if len(paths) > MAX_FILES:
        message = f"more than {MAX_FILES:,} files, the most a skill may have (leave files out with {IGNORE_FILE})"
        raise InputError([Finding(directory, 0, "", message)])
    if not any(name == SKILL_FILE for name, _ in paths):
        raise InputError([Finding(directory, 0, "", f"{IGNORE_FILE} leaves out {SKILL_FILE} itself")])
    there = known or {}
    try:
        size = sum(path.stat().st_size for _, path in paths)
        if size >= MAX_BYTES:
            message = f"{size:,} bytes in {len(paths)} files; a skill has to stay below {MAX_BYTES:,}"
            raise InputError([Finding(directory, 0, "", f"{message} (leave files out with {IGNORE_FILE})")])
        return sorted((nfc(name), there[name] if name in there else path.read_bytes()) for name, path in paths)
    except OSError as error:
        place = error.filename or directory
        raise InputError([Finding(directory, 0, "", f"{Path(place).name} cannot be read: {error.strerror}")]) from None


def digests(contents: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """SHA-256 in hex of each file by its name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in contents}


def digest_of(contents: Iterable[tuple[str, bytes]]) -> str:
    """Return ``sha256:…`` over (name, bytes) pairs, independent of their order."""
    digest = hashlib.sha256()
    for name, data in sorted(contents):
        for part in (name.encode(), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def is_litter(name: str) -> bool:
    """Tell whether a file or folder name is never part of a skill."""
    return name in _LITTER or name.endswith(".pyc")


def _walk(folder: Folder, prefix: str, directory: str, ignored: Callable[[str], bool]) -> Iterator[tuple[str, Path]]:
    for entry in folder.entries(directory):
        name = prefix + entry.name
        if is_litter(entry.name) or ignored(f"{name}/" if entry.is_folder else name):
            continue
        if entry.fault:
            raise InputError([Finding(f"{directory}/{printable(name)}", 0, "", entry.fault)])
        if entry.is_folder:
            yield from _walk(folder.below(entry), f"{name}/", directory, ignored)
        else:
            yield name, entry.path


def _ignored(root: Path, directory: str) -> Callable[[str], bool]:
    file = f"{directory}/{IGNORE_FILE}"
    if not os.path.lexists(root / IGNORE_FILE):
        return lambda _: False
    return _matcher(read_text(root / IGNORE_FILE, file).splitlines(), file)


def _matcher(lines: list[str], file: str) -> Callable[[str], bool]:
    from pathspec import GitIgnoreSpec

    for number, line in enumerate(lines, 1):
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            raise InputError([Finding(file, number, "", f"not a gitignore pattern: {line!r}")]) from None
    return GitIgnoreSpec.from_lines(lines).match_file


def unpacked(data: bytes, what: str) -> Contents:
    """Return (path below the skill's directory, bytes) by path, without the litter that is never part of a skill.

    Raises `InputError` that names `what` (a skill's id) for an archive that is broken, too large or unsafe to write.
    """
    return without_litter(unpacked_whole(data, what))


def unpacked_whole(data: bytes, what: str) -> Contents:
    """As `unpacked`, with the litter, to which the file belongs that says whose the skill is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) >= MAX_BYTES:
                raise InputError(f"{what}: its files are larger than {MAX_BYTES:,} bytes, the most a skill may have")
            files = [(safe(entry.filename, what), archive.read(entry)) for entry in entries]
    except _BROKEN as error:
        raise InputError(f"{what}: its content is not a zip archive that can be read ({error})") from None
    rooted = _below_root(files, what)
    must_be_distinct([name for name, _ in rooted], what)
    return sorted(rooted)


def without_litter(files: Contents) -> Contents:
    """The files that are part of a skill."""
    return [(name, content) for name, content in files if not any(map(is_litter, PurePosixPath(name).parts))]


def safe(name: str, what: str) -> str:
    """A file name of an archive in NFC; raises `InputError` for one that is not safe to write."""
    path = PurePosixPath(name)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in name or _DRIVE.match(name)
    if leaves or printable(name) != name or not path.parts:
        raise InputError(f"{what}: the file name {printable(name)!r} in its archive is not safe to write; nothing was")
    return nfc(str(path))


def _below_root(files: Contents, what: str) -> Contents:
    """Drop the top-level directory that all files share; ``SKILL.md`` then is at the root."""
    tops = {name.partition("/")[0] for name, _ in files}
    if len(tops) == 1 and not any(name == SKILL_FILE for name, _ in files):
        files = [(name.partition("/")[2], content) for name, content in files]
    if not any(name == SKILL_FILE for name, _ in files):
        raise InputError(f"{what}: its archive has no {SKILL_FILE} at its root")
    return files


def must_be_distinct(names: list[str], what: str) -> None:
    """Refuse names that are one file where case does not count, and files that are folders as well."""
    seen = {name.casefold() for name in names}
    folders = {str(parent) for name in seen for parent in PurePosixPath(name).parents}
    if len(seen) < len(names) or seen & folders:
        raise InputError(f"{what}: its archive holds files that would overwrite each other")
