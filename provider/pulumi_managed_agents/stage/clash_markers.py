"""The marks that `pull` leaves where a file and what is live changed the same lines: nothing is deployed with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.reconcile.merged_text import FILE_MARKER, LIVE_MARKER, MIDDLE_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = f"a clash that `pull` has marked: keep one side, or write what holds, and delete the lines {FILE_MARKER!r}, "
MESSAGE += f"{MIDDLE_MARKER!r} and {LIVE_MARKER!r}"


def clash_markers(text: str, shown: str) -> Iterator[Finding]:
    """A finding for each clash in the text of a file, at the line where it begins."""
    begins = 0
    for number, line in enumerate(text.split("\n"), 1):
        marker = line.strip()
        if marker == FILE_MARKER:
            begins = number
        elif marker == LIVE_MARKER and begins:
            yield Finding(shown, begins, "", MESSAGE)
            begins = 0
