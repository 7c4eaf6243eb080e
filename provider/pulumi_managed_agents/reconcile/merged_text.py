"""Merging a text three ways: what was recorded, what the file made of it, and what is live. Pure functions.

Two changes meet where they touch the same lines or lines next to each other, of which neither side can be sure that it
still means what it did. Such lines come out twice, between markers. A paragraph that is in one line is a line.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE_MARKER, MIDDLE_MARKER, LIVE_MARKER = "<<<<<<< file", "=======", ">>>>>>> live"


@dataclass(frozen=True)
class MergedText:
    """A merged text, and how many clashes in it are between markers."""

    text: str
    clashes: int = 0


@dataclass(frozen=True)
class _Region:
    """Lines that both sides kept (`agreed`), or what each side, and the base, have between two such regions."""

    base: Sequence[str]
    file: Sequence[str]
    live: Sequence[str]
    agreed: bool = False


def merged_text(base: str, file: str, live: str) -> MergedText:
    """The changes of both sides in one text."""
    lines: list[str] = []
    clashes = 0
    for region in _regions(base.split("\n"), file.split("\n"), live.split("\n")):
        if region.agreed or region.live in (region.file, region.base):
            lines += region.file
        elif region.file == region.base:
            lines += region.live
        else:
            clashes += 1
            lines += _marked(region.file, region.live)
    return MergedText("\n".join(lines), clashes)


def holds(base: Any, file: Any, live: Any) -> bool:
    """Whether a file's text contains every change that was made to the live one, so that it overwrites none."""
    if not (isinstance(base, str) and isinstance(file, str) and isinstance(live, str)):
        return False
    merged = merged_text(base, file, live)
    return not merged.clashes and merged.text == file


def _marked(file: Sequence[str], live: Sequence[str]) -> Iterator[str]:
    """Both sides between markers; lines that both begin or end with stay outside."""
    start = _alike(file, live)
    end = _alike(file[start:][::-1], live[start:][::-1])
    yield from file[:start]
    yield FILE_MARKER
    yield from file[start : len(file) - end]
    yield MIDDLE_MARKER
    yield from live[start : len(live) - end]
    yield LIVE_MARKER
    yield from file[len(file) - end :]


def _alike(ours: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(ours, other, strict=False)) if a != b), min(len(ours), len(other)))


def _regions(base: Sequence[str], file: Sequence[str], live: Sequence[str]) -> Iterator[_Region]:
    """The three texts cut at the lines that all of them have in common."""
    in_file, in_live = _kept(base, file), _kept(base, live)
    at_base = at_file = at_live = 0
    for line in range(len(base) + 1):
        ends = line == len(base)
        to_file, to_live = (len(file), len(live)) if ends else (in_file.get(line), in_live.get(line))
        if to_file is None or to_live is None:
            continue
        if (at_base, at_file, at_live) != (line, to_file, to_live):
            yield _Region(base[at_base:line], file[at_file:to_file], live[at_live:to_live])
        if not ends:
            yield _Region(base[line : line + 1], file[to_file : to_file + 1], live[to_live : to_live + 1], agreed=True)
        at_base, at_file, at_live = line + 1, to_file + 1, to_live + 1


def _kept(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """The lines of the base that another text kept, each with its place there."""
    blocks = difflib.SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {one + offset: two + offset for one, two, size in blocks for offset in range(size)}
