"""A skill as the zip archive that the API hands out, taken apart without trusting it.

Names come from a server and end up as files on somebody's disk: what would leave the skill's own directory, or write
one file over another, is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage.bundle import MAX_BYTES, is_litter
from pulumi_managed_agents.stage.layout import SKILL_FILE, nfc, printable

_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def unpacked(data: bytes, what: str) -> list[tuple[str, bytes]]:
    """Return (path below the skill's directory, bytes) by path, without the litter that is never part of a skill.

    Raises `InputError` that names `what` (a skill's id) for an archive that is broken, too large or unsafe to write.
    """
    return without_litter(opened(data, what))


def opened(data: bytes, what: str) -> list[tuple[str, bytes]]:
    """As `unpacked`, with the litter."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) >= MAX_BYTES:
                raise InputError(f"{what}: its files are larger than {MAX_BYTES:,} bytes, the most a skill may have")
            files = [(_safe(entry.filename, what), archive.read(entry)) for entry in entries]
    except _BROKEN as error:
        raise InputError(f"{what}: its content is no zip archive that can be read ({error})") from None
    rooted = _below_root(files, what)
    _must_be_distinct([name for name, _ in rooted], what)
    return sorted(rooted)


def without_litter(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files that are part of a skill."""
    return [(name, content) for name, content in files if not any(map(is_litter, PurePosixPath(name).parts))]


def _safe(name: str, what: str) -> str:
    path = PurePosixPath(name)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in name or _DRIVE.match(name)
    if leaves or printable(name) != name or not path.parts:
        raise InputError(f"{what}: the file name {printable(name)!r} in its archive is not safe to write; nothing was")
    return nfc(str(path))


def _below_root(files: list[tuple[str, bytes]], what: str) -> list[tuple[str, bytes]]:
    """Drop the top-level directory that all files share; ``SKILL.md`` then stands at the root."""
    tops = {name.partition("/")[0] for name, _ in files}
    if len(tops) == 1 and not any(name == SKILL_FILE for name, _ in files):
        files = [(name.partition("/")[2], content) for name, content in files]
    if not any(name == SKILL_FILE for name, _ in files):
        raise InputError(f"{what}: its archive has no {SKILL_FILE} at its root")
    return files


def _must_be_distinct(names: list[str], what: str) -> None:
    """Refuse names that are one file where case does not count, and files that are folders as well."""
    seen = {name.casefold() for name in names}
    folders = {str(parent) for name in seen for parent in PurePosixPath(name).parents}
    if len(seen) < len(names) or seen & folders:
        raise InputError(f"{what}: its archive holds files that would overwrite each other")
