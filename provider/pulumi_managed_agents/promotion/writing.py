"""Writing many files as one step: all of them, or as it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Changes = dict["Path", bytes | None]
"""New contents by path; None removes the file."""


def write_all(changes: Mapping[Path, bytes | None]) -> None:
    """Make every change; where one fails, undo those before it and raise `ManagedAgentsError`."""
    before = {path: path.read_bytes() if path.exists() else None for path in changes}
    done: list[Path] = []
    try:
        for path, content in changes.items():
            done.append(path)
            _put(path, content)
    except OSError as error:
        for path in done:
            _put(path, before[path])
        raise ManagedAgentsError(f"{error.filename}: {error.strerror}; nothing was changed") from None


def _put(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    elif path.exists():
        path.unlink()
        _remove_empty(path.parent)


def _remove_empty(folder: Path) -> None:
    """Remove folders that hold nothing any more, as git does."""
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
