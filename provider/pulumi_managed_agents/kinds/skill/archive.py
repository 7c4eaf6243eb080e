"""A skill's files out of the archive of a repository, which somebody else packed: nothing in it is trusted."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.names import SKILL_FILE, nfc, printable
from pulumi_managed_agents.kinds.skill.bundle import MAX_BYTES, MAX_FILES, must_be_distinct, safe
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.skill.bundle import Contents

MOST_UNPACKED = 2_000_000_000
"""How many bytes of a repository are unpacked on the way to a skill's files."""
MOST_ENTRIES = 500_000
LONGEST_HEADER = 1_000_000
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_BROKEN = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, OSError, ValueError)


class _Bounded(gzip.GzipFile):
    """Unpacks up to a limit."""

    unpacked = 0

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; raises `TooLarge` behind the limit."""
        data = super().read(size)
        self.unpacked += len(data)
        if self.unpacked > MOST_UNPACKED:
            raise TooLarge(f"more than {MOST_UNPACKED:,} bytes, unpacked")
        return data


class _Entry(tarfile.TarInfo):
    """An entry whose own description is read whole, so its claimed size is bounded."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > LONGEST_HEADER:
            raise TooLarge("an entry with a description of megabytes")
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]  # for subclasses to extend
        return member


class TooLarge(Exception):
    """The archive holds more than the limits allow."""


def files_in(archive: IO[bytes], directory: str, where: str) -> Contents:
    """The files of a directory, by their paths below it; the archive holds all of it in a folder of one name.

    Raises:
        InputError: names `where` if there is no such directory, it is no skill, or not safe or too large to write.
    """
    try:
        with _Bounded(fileobj=archive) as unpacked, tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Entry) as tar:
            files = _Directory(directory, where).of(tar)
    except TooLarge as error:
        raise InputError(f"{where}: the repository's archive holds {error}; copy the skill's directory") from None
    except _BROKEN as error:
        raise InputError(f"{where}: GitHub's archive cannot be read ({printable(str(error))})") from None
    must_be_distinct([name for name, _ in files], where)
    return sorted(files)


class _Directory:
    """One directory of an archive; what else is there is passed over."""

    def __init__(self, directory: str, where: str) -> None:
        self._parts = PurePosixPath(directory).parts
        self._where = where
        self._skills: set[str] = set()
        self._size = 0

    def of(self, tar: tarfile.TarFile) -> Contents:
        files: Contents = []
        seen = False
        for number, member in enumerate(tar):
            if number > MOST_ENTRIES:
                raise TooLarge(f"more than {MOST_ENTRIES:,} entries")
            # GitHub packs everything into one folder, named after repository and commit.
            parts = PurePosixPath(nfc(member.name)).parts[1:]
            if parts[-1:] == (SKILL_FILE,):
                self._skills.add("/".join(parts[:-1]))
            if parts[: len(self._parts)] != self._parts:
                self._must_lead_on(member, parts)
                continue
            seen = True
            if not member.isdir():
                files.append(self._file(tar, member, parts[len(self._parts) :]))
                if len(files) > MAX_FILES:
                    raise InputError(f"{self._where}: more than {MAX_FILES:,} files, the most a skill may have")
        if not seen:
            near = suggestion_or_some("/".join(self._parts), filter(None, self._skills))
            raise InputError(f"{self._where}: there is no such directory{near}")
        if not any(name == SKILL_FILE for name, _ in files):
            inside = [path for path in self._skills if PurePosixPath(path).parts[: len(self._parts)] == self._parts]
            elsewhere = f"; skills are in {', '.join(map(printable, sorted(inside)[:8]))}" if inside else ""
            raise InputError(f"{self._where}: a skill has a {SKILL_FILE} at its root; there is none{elsewhere}")
        return files

    def _file(self, tar: tarfile.TarFile, member: tarfile.TarInfo, parts: tuple[str, ...]) -> tuple[str, bytes]:
        name = safe("/".join(parts), self._where) if parts else ""
        if member.issym() or member.islnk():
            what = f"{name} is a link" if name else f"is a link to {printable(member.linkname)}"
            raise InputError(f"{self._where}: {what}; links are not followed")
        if not name or not member.isreg():
            raise InputError(
                f"{self._where}: {name or 'this'} is {'a file' if member.isreg() else 'no file'}, where a "
                f"{'file' if name else 'directory'} has to be"
            )
        self._size += member.size
        if self._size >= MAX_BYTES:
            raise InputError(f"{self._where}: its files are larger than {MAX_BYTES:,} bytes, the most a skill may have")
        content = tar.extractfile(member)
        return name, content.read() if content else b""

    def _must_lead_on(self, member: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        """Refuse a link in the place of a folder on the way."""
        if member.issym() and parts and self._parts[: len(parts)] == parts:
            link, rest = printable("/".join(parts)), "/".join(self._parts)
            raise InputError(f"{self._where}: {link}, on the way to {rest}, is a link; write the URL of where it leads")
