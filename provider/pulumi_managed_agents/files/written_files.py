"""New contents of files: as a unified diff, and written, all of them or none."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.errors import Conflict, ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FileKind = Literal["new", "changed", "removed"]
CHANGED = "{} was changed while this ran; nothing was written, run it again"


@dataclass(frozen=True)
class FileChange:
    """A file with other content; None is no file. `shown` is what messages call it."""

    path: Path
    shown: str
    before: bytes | None
    after: bytes | None

    @property
    def kind(self) -> FileKind:
        """What happens to it."""
        return "new" if self.before is None else "removed" if self.after is None else "changed"

    def diff(self) -> list[str]:
        """The lines of a unified diff; of a binary file a line that says so."""
        texts = [_lines(content) for content in (self.before, self.after)]
        if None in texts:
            return [f"Binary file {self.shown} {self.kind}"]
        names = ("/dev/null" if self.before is None else self.shown, "/dev/null" if self.after is None else self.shown)
        was, now = (text or [] for text in texts)
        return list(difflib.unified_diff(was, now, *names, n=3, lineterm=""))


def _lines(content: bytes | None) -> list[str] | None:
    if content is None:
        return []
    if b"\0" in content:
        return None
    try:
        return content.decode().splitlines()
    except UnicodeDecodeError:
        return None


def content_of(path: Path) -> bytes | None:
    """What a file holds; None if there is none."""
    return path.read_bytes() if path.exists() else None


def changes_to(contents: Mapping[Path, bytes | None]) -> list[FileChange]:
    """The changes that give files these contents, from what they hold now; None removes a file."""
    return [FileChange(path, str(path), content_of(path), content) for path, content in contents.items()]


def write_all(changes: Iterable[FileChange]) -> None:
    """Make every change or none, and remove the folders that are left empty.

    Raises:
        Conflict: a file is no longer what it was when its new content was made; nothing was written.
        ManagedAgentsError: a file cannot be written. The others are put back; says which could not be.
    """
    prepared: list[_PreparedChange] = []
    made: list[_PreparedChange] = []
    left: list[_PreparedChange] = []
    try:
        for change in changes:
            prepared.append(_PreparedChange.of(change))  # noqa: PERF401 - where one fails, those before it are cleaned up
        # As late as can be, when all new content lies ready beside its place: little time is left for an edit to slip
        # in.
        for each in prepared:
            if content_of(each.target) != each.change.before:
                raise Conflict(CHANGED.format(each.change.shown))
        for each in prepared:
            each.make()
            made.append(each)
    except OSError as error:
        left = [each for each in reversed(made) if not each.undone()]
        listed = ", ".join(sorted(each.change.shown for each in left))
        state = f"these were changed and cannot be put back: {listed}" if left else "nothing was written"
        raise ManagedAgentsError(f"{error.filename}: {error.strerror}; {state}") from None
    finally:
        for each in prepared:
            if each not in left:  # beside it may lie all that is left of a removed file
                each.clean_up()


@dataclass(frozen=True)
class _PreparedChange:
    """A change with a file beside its `target`, which holds the new content, or takes the place of a removed file."""

    change: FileChange
    target: Path
    beside: Path

    @classmethod
    def of(cls, change: FileChange) -> _PreparedChange:
        # A link to a file that gets other content stays a link; one to a file that goes is what goes.
        target = change.path if change.after is None else Path(os.path.realpath(change.path))
        return cls(change, target, _written_beside(target, change.after or b""))

    def make(self) -> None:
        if self.change.after is not None:
            self.beside.replace(self.target)
        elif self.change.before is not None:
            self.target.replace(self.beside)  # removed only when all else is done, so that it can come back

    def undone(self) -> bool:
        """Undo the change; returns whether that worked."""
        before = self.change.before
        with suppress(OSError):
            if before is None:
                self.target.unlink(missing_ok=True)
            elif self.change.after is None:
                self.beside.replace(self.target)
            else:
                _written_beside(self.target, before).replace(self.target)
            return True
        return False

    def clean_up(self) -> None:
        """Remove what lies beside the target, and folders without a file, which git would not keep either."""
        folder = self.target.parent
        with suppress(OSError):
            self.beside.unlink(missing_ok=True)
            while not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent


def _written_beside(target: Path, content: bytes) -> Path:
    """A new file beside `target` with this content, and with the rights that `target` has or would get."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    if target.exists():
        shutil.copymode(target, name)
    else:
        # `mkstemp` lets nobody else read its file; a new definition gets the rights of any new file. To read the mask
        # is to set it.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
    return Path(name)
