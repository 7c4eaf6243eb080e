"""The version of the Pulumi CLI, remembered from the last time that it was asked: that takes a fifth of a second.

An answer holds for the very file that gave it, and for the version of Pulumi's SDK that took it as new enough.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.own_cache import own_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = frozenset({"pulumi", "pulumi.exe"})
SMALLEST = 16 * 1024 * 1024
"""The CLI has several times as many bytes. A smaller file starts another, of which nobody sees when it changes."""

Fingerprint = dict[str, str | int]


def fingerprint(sdk: str) -> Fingerprint | None:
    """What tells the CLI on PATH from any other, and its judge from others; None if a launcher hides it."""
    found = shutil.which("pulumi")
    if not found:
        return None
    with suppress(OSError):
        binary = Path(found).resolve(strict=True)
        file = binary.stat()
        if binary.name in NAMES and file.st_size >= SMALLEST:
            of_file = {"inode": file.st_ino, "size": file.st_size, "changed": file.st_mtime_ns}
            return {"binary": str(binary), **of_file, "sdk": sdk}
    return None


def remembered(asked: Fingerprint) -> str | None:
    """The version that this very CLI said it is, or None."""
    with suppress(OSError, ValueError):
        record = json.loads(_place().read_text("utf-8"))
        if isinstance(record, dict) and record.get("asked") == asked:
            return str(record.get("version"))
    return None


def remember(asked: Fingerprint, version: str) -> None:
    """Keep an answer for the next command, in place of that of another CLI; unwritable, it is lost."""
    place = _place()
    record: Mapping[str, object] = {"asked": asked, "version": version}
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=place.parent, prefix=".pulumi-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file)
        Path(unfinished).replace(place)  # so that no reader sees half an answer


def _place() -> Path:
    return own_cache() / "pulumi.json"
