"""What is about to be uploaded, noted in the project's folder: a file can carry no mark, and the API returns no digest.

A run that dies between an upload and its record leaves a note, by which the next one on this machine finds the file
again. Where that is not certain (another machine, two uploads of one name and size) it is uploaded once more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.reconcile.leaves import Body

FOLDER = Path(".managed-agents/uploads")
LONGEST = timedelta(minutes=10)
"""How long after its note a file may have come into being; what is younger is somebody else's."""
FORGOTTEN = timedelta(hours=1)
"""How long after its note a file that nobody recorded is taken for a leftover; later it may be kept on purpose."""


@dataclass(frozen=True)
class UploadNote:
    """One upload: `there` are the files of its name that existed before, `id` is the new one's, once it is known.

    It is `recorded` once a state holds the file.
    """

    mark: str
    digest: str
    filename: str
    size: int
    there: tuple[str, ...]
    began: str
    id: str = ""
    recorded: bool = False

    def with_id(self, id: str) -> UploadNote:
        """The note once the API has returned the new file's id."""
        return replace(self, id=id)

    def find_in(self, files: Iterable[Body]) -> Body | None:
        """The one of the API's files that can only be this upload, or None."""
        candidates = [file for file in files if (file["id"] == self.id if self.id else self._may_be(file))]
        return candidates[0] if len(candidates) == 1 else None

    @property
    def is_left_over(self) -> bool:
        """Whether a file that it leads to is what an interrupted run has left, and nobody's."""
        return not self.recorded and datetime.now(UTC) - datetime.fromisoformat(self.began) < FORGOTTEN

    def _may_be(self, file: Body) -> bool:
        alike = (file.get("filename"), file.get("size_bytes")) == (self.filename, self.size)
        if not alike or file["id"] in {*self.there, *(note.id for note in _all())}:
            return False
        return datetime.fromisoformat(file["created_at"]) - datetime.fromisoformat(self.began) < LONGEST


def about(mark: str, digest: str, filename: str, size: int, there: Iterable[str]) -> UploadNote:
    """The note of an upload that is about to begin."""
    return UploadNote(mark, digest, filename, size, tuple(there), datetime.now(UTC).isoformat())


def write(note: UploadNote) -> None:
    """Keep a note, in place of an earlier one about the same resource; whole or not at all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = _path(note.mark)
    # A reader, or a crash halfway, meets the old note or the new one and never half of one.
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
    draft.replace(path)


def read(mark: str) -> UploadNote | None:
    """The note about the last upload for a resource, if there is one."""
    note = _read(_path(mark))
    return note if note and note.mark == mark else None


def _all() -> Iterator[UploadNote]:
    return (note for path in FOLDER.glob("*.json") if (note := _read(path)))


def _read(path: Path) -> UploadNote | None:
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return UploadNote(**{**fields, "there": tuple(fields["there"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(mark: str) -> Path:
    return FOLDER / f"{sha256(mark.encode()).hexdigest()[:32]}.json"
