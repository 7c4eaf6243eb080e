"""What stops a promotion: files that somebody changed in the target. They are shown, and never overwritten."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.engine.invocation import typed
from pulumi_managed_agents.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.promotion.sides import Side
    from pulumi_managed_agents.promotion.three_way import Verdict

LONGEST = 60
"""Lines of a difference that are shown."""


def must_be_free(source: Side, target: Side, conflicts: Mapping[str, Verdict], *, emulator: bool) -> None:
    """Raise `Conflict` with every difference and what to do about it, if there is a conflict."""
    if conflicts:
        shown = [line for path, one in conflicts.items() for line in _shown(source, target, path, one)]
        raise Conflict("\n".join([_headline(target, conflicts), *shown, *_ways(source, target, conflicts, emulator)]))


def difference(source: Side, target: Side, path: str) -> list[str]:
    """The unified difference from the source's file to the target's, shortened."""
    before, after = (_lines(one.read(path)) for one in (source, target))
    lines = list(difflib.unified_diff(before, after, source.shown(path), target.shown(path), n=2, lineterm=""))
    more = [f"… {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else []
    return lines[:LONGEST] + more


def _headline(target: Side, conflicts: Mapping[str, Verdict]) -> str:
    files = counted(len(conflicts), "file")
    return f"{target.name} was changed since the last promotion, in {files}; nothing was overwritten, nothing written"


def _shown(source: Side, target: Side, path: str, verdict: Verdict) -> Iterator[str]:
    what = {
        "changed": f"changed in {target.name} only",
        "both": f"changed in {source.name} and in {target.name}",
        "unknown": f"differs from {source.shown(path)}, and nothing tells which of them is newer",
    }
    removed = " (removed there)" if target.read(path) is None else ""
    yield f"  {target.shown(path)}: {what[verdict]}{removed}"
    yield from (f"      {line}" for line in difference(source, target, path))


def _ways(source: Side, target: Side, conflicts: Mapping[str, Verdict], emulator: bool) -> Iterator[str]:
    found = set(conflicts.values())
    if found != {"both"}:
        backport = typed(f"promote {source.name} {target.name} --backport", emulator=emulator)
        yield f"Next: `{backport}` takes {target.name}'s change into {source.shown()}, to be proved like any other."
    if "both" in found:
        yield "Changed on both sides: write what shall hold into both files, then promote again."
    if "unknown" in found:
        yield f"If {source.name}'s file is the right one, copy it over {target.name}'s, then promote again."
    yield f"Or give up {target.name}'s change: `git checkout` the file as it was promoted."


def _lines(content: bytes | None) -> list[str]:
    if content is None:
        return []
    try:
        return content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return [f"({len(content):,} bytes that are no text)"]
