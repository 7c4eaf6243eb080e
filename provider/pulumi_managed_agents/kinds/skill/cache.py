"""Skills that were fetched, kept on this machine by the digest of their files, so that each is fetched once."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.files.own_cache import VARIABLE, own_cache
from pulumi_managed_agents.kinds.skill.bundle import collect, digest_of

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.skill.bundle import Contents


def cache_folder() -> Path:
    """Where fetched skills lie, a folder for each."""
    return own_cache() / "skills"


def stored(digest: str) -> Contents | None:
    """The files with a digest, or None; what lies there and has another one is as good as not there."""
    folder = _place(digest)
    with suppress(InputError, OSError):
        files = collect(folder, str(folder), folder)
        return files if digest_of(files) == digest else None
    return None


def store(contents: Contents, where: str) -> Contents:
    """Keep what was fetched from `where`; its files without litter and without what its ignore file names.

    Raises:
        InputError: it cannot be uploaded as a skill.
        ManagedAgentsError: the folder cannot be written.
    """
    root = cache_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        # Inside the cache, so that moving it to its place is a rename, which happens whole or not at all.
        with tempfile.TemporaryDirectory(dir=root, prefix=".fetched-") as temporary:
            whole, finished = Path(temporary, "whole"), Path(temporary, "kept")
            _write(whole, contents)
            # Read back from disk: litter and ignore files are judged by the same code as for a skill in a stage's
            # folder.
            files = collect(whole, where, whole)
            _write(finished, files)
            _put(finished, _place(digest_of(files)))
    except OSError as error:
        raise ManagedAgentsError(
            f"{error.filename or root}: {error.strerror}, so what was fetched cannot be kept; set {VARIABLE} to a "
            "folder that can be written"
        ) from None
    return files


def _place(digest: str) -> Path:
    return cache_folder() / digest.removeprefix("sha256:")


def _write(folder: Path, contents: Contents) -> None:
    for name, content in contents:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _put(folder: Path, place: Path) -> None:
    """Move a folder to its place; another process may have been quicker, and what lies there be spoilt."""
    if place.exists() and stored(f"sha256:{place.name}") is None:
        shutil.rmtree(place)
    with suppress(OSError):
        folder.replace(place)
    if not place.exists():
        raise OSError(0, "could not be put into its place", str(place))
