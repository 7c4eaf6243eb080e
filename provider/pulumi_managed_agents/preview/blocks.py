"""Markdown that fits into a comment: whole blocks, the least urgent left out first, and the rest counted.

GitHub refuses a comment of more than 65,536 characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIMIT = 60_000
POINTER = 400
"""Room for the line that says what was left out."""


@dataclass(frozen=True)
class Block:
    """A piece of Markdown that stands or falls as a whole; the lower its rank, the longer it stays.

    Tight blocks are items of one list.
    """

    rank: int
    text: str
    tight: bool = False


def fitted(blocks: Iterable[Block], limit: int, pointer: Callable[[int], str]) -> str:
    """The blocks that fit, in their order; `pointer` says how many did not. The first always stays."""
    head, *rest = blocks
    room = limit - len(head.text) - POINTER
    kept: set[int] = set()
    for index, block in sorted(enumerate(rest), key=lambda pair: (pair[1].rank, pair[0])):
        if len(block.text) + 2 <= room:
            kept.add(index)
            room -= len(block.text) + 2
    left_out = len(rest) - len(kept)
    chosen = [head, *(block for index, block in enumerate(rest) if index in kept)]
    return _joined([*chosen, *([Block(0, pointer(left_out))] if left_out else [])])


def _joined(blocks: list[Block]) -> str:
    """Items of one list stand close together, everything else apart."""
    text = blocks[0].text
    for before, block in pairwise(blocks):
        text += ("\n" if before.tight and block.tight else "\n\n") + block.text
    return text + "\n"


def left_out(count: int, command: str, artifact: str = "") -> str:
    """The pointer to what did not fit; `artifact` is where people find all of it, `command` prints it."""
    where = f" All of it: {artifact}." if 0 < len(artifact) < POINTER - 250 else ""
    parts = "1 part" if count == 1 else f"{count} parts"
    return f"> ⚠️ {parts} of this report did not fit into a comment.{where} `{command}` prints all of it."
