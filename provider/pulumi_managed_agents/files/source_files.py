"""The files of a stage, each read once: text, digest and search for secrets are taken from the same bytes.

A file that is edited while a stage is being loaded, or after it, makes no difference to what was loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.document import MAX_DEFINITION_BYTES, decode, read_bytes
from pulumi_managed_agents.files.names import nfc

if TYPE_CHECKING:
    from pathlib import Path


def digest_of(content: bytes) -> str:
    """Return ``sha256:…`` over a file's bytes."""
    return f"sha256:{sha256(content)}"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read: `path` is below the stage folder, in NFC, and `shown` is what findings call it."""

    path: str
    shown: str
    data: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 in hex of the bytes as they are."""
        return sha256(self.data)

    @property
    def text(self) -> str:
        """The file as text with LF line ends; raises `InputError` with the line where it is not UTF-8."""
        return decode(self.data, self.shown)

    @property
    def text_sha256(self) -> str:
        """SHA-256 in hex of the text with LF line ends and in NFC, which is the same on every system."""
        return sha256(nfc(self.text).encode())


class SourceFiles:
    """Reads the files of one stage for as long as it is being loaded."""

    def __init__(self) -> None:
        self._documents: dict[str, SourceFile] = {}
        self._digests: dict[str, str] = {}

    def document(self, path: Path, relative: str, shown: str) -> SourceFile:
        """The file at `path`, `relative` to the stage folder, which is kept: several readers may ask for it.

        Raises:
            InputError: it cannot be read, or is larger than any definition; names it as `shown`.
        """
        key = nfc(relative)
        if key not in self._documents:
            self._documents[key] = SourceFile(key, shown, read_bytes(path, shown, MAX_DEFINITION_BYTES))
            self._digests[key] = self._documents[key].sha256
        return self._documents[key]

    def attachment(self, path: Path, relative: str, shown: str) -> SourceFile:
        """The same for a file of any size, of which only the digest is kept; raises `OSError`."""
        file = SourceFile(nfc(relative), shown, path.read_bytes())
        self._digests[file.path] = file.sha256
        return file

    def note(self, relative: str, digest: str) -> None:
        """Keep the digest of a file that was read elsewhere, such as one of a skill."""
        self._digests[nfc(relative)] = digest

    def digest(self, relative: str) -> str | None:
        """SHA-256 in hex of a file that was read already, else None."""
        return self._digests.get(nfc(relative))


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
