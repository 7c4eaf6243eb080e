"""The three-way question of a promotion, asked file by file. Pure; contents are known by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Verdict = Literal["same", "write", "remove", "keep", "changed", "both", "unknown"]
"""What becomes of the target's file, and why.

``same``: it has the content already. ``write``, ``remove``: nobody else touched it. ``keep``: it is the target's own.
``changed``: the target changed it, the source did not. ``both``: each changed it. ``unknown``: the two differ, and
nothing tells which is newer.
"""

CONFLICTS: tuple[Verdict, ...] = ("changed", "both", "unknown")


def verdict(
    source: str | None, target: str | None, base: str | None, known_earlier: Callable[[], bool] = lambda: False
) -> Verdict:
    """Judge one file by the digests of both sides and of what was last promoted; None where there is no such file.

    `known_earlier` is asked only where there is no base: whether the target's content is an earlier one of the source's
    file.
    """
    if source == target:
        return "same"
    if target == base:
        return "remove" if source is None else "write"
    if base is None:
        return _without_base(source, known_earlier)
    return "changed" if source == base else "both"


def _without_base(source: str | None, known_earlier: Callable[[], bool]) -> Verdict:
    if source is None:
        return "keep"
    return "write" if known_earlier() else "unknown"
