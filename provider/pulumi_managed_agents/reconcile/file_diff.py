"""What moves in the files behind a digest, as a diff to review: texts by line, anything else by size and digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.wording import text_difference
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_LINES = 400
"""How many lines of the files of one resource are shown; who wants more has the files."""


def file_diff(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[str, ...]:
    """The removed and added lines of each file that changed, below its name."""
    lines: list[str] = []
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    for place, name in enumerate(names):
        if len(lines) > MOST_LINES:
            return (*lines, f"… and {len(names) - place} more files")
        lines += _file(name, before.get(name), after.get(name))
    return tuple(lines)


def _file(name: str, was: bytes | None, now: bytes | None) -> Iterator[str]:
    what = "added" if was is None else "removed" if now is None else "changed"
    yield f"@@ {visible(name)} {what} @@"
    old, new = (_text(content) for content in (was, now))
    if old is None or new is None:
        yield from (f"{sign} {_gist(content)}" for sign, content in (("-", was), ("+", now)) if content is not None)
        return
    yield from text_difference("", old, new).diff or ["  another end of its lines"]


def _text(content: bytes | None) -> str | None:
    """A text without secrets, or None for what is not text."""
    try:
        text = (content or b"").decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else str(KNOWN.scrubber().value(text))


def _gist(content: bytes) -> str:
    return f"{len(content):,} bytes, sha256:{hashlib.sha256(content).hexdigest()[:12]}"
