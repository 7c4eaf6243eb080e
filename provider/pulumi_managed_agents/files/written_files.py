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
    from collections.abc import Iterable

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


def write_all(changes: Iterable[FileChange]) -> None:
    """Write every file, whole or not at all.

    Raises:
        Conflict: a file is no longer what it was when its new content was made; nothing was written.
        ManagedAgentsError: a file cannot be written; says which were.
    """
    todo = list(changes)
    prepared: list[tuple[FileChange, Path, Path | None]] = []
    done: list[str] = []
    try:
        for change in todo:
            target = Path(os.path.realpath(change.path))  # a link stays a link
            prepared.append((change, target, _prepared(target, change.after)))
        # As late as can be, when all new content lies ready beside its place: little time is left for an edit to slip
        # in.
        for change, target, _ in prepared:
            if _content(target) != change.before:
                raise Conflict(CHANGED.format(change.shown))
        for change, target, temporary in prepared:
            if temporary is None:
                target.unlink()
            else:
                temporary.replace(target)
            done.append(change.shown)
    except OSError as error:
        written = f"of all files these were written: {', '.join(done)}" if done else "nothing was written"
        raise ManagedAgentsError(f"{error.filename}: {error.strerror}; {written}") from None
    finally:
        for _, _, temporary in prepared:
            if temporary is not None:
                with suppress(OSError):
                    temporary.unlink()


def _prepared(target: Path, content: bytes | None) -> Path | None:
    """The new content in a file beside the one it will replace, with its rights."""
    if content is None:
        return None
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


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
