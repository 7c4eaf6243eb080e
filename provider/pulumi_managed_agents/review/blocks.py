"""What Markdown is made of: text in which nothing is markup, code, tables, and blocks of which as many stay as fit.

Values come from files and from people who edit agents elsewhere: nothing in them becomes markup. GitHub refuses a
comment of more than 65,536 characters, so whole blocks are left out where all do not fit, the least urgent first.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

POINTER = 400
"""Room for the line that says what was left out."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~@&$!]|(?<=:)/(?=/)|(?<=www)\.")
_COPIED = re.compile(r"(`[^`]+`|managed-agents:\w+: \[[^\]`]*\])")
_ENTITIES = frozenset("<>@&#/.")


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
    # By urgency, not by place: what is gone for ever must not be cut for a list that happened to come first.
    for index, block in sorted(enumerate(rest), key=lambda pair: (pair[1].rank, pair[0])):
        if len(block.text) + 2 <= room:
            kept.add(index)
            room -= len(block.text) + 2
    chosen = [head, *(block for index, block in enumerate(rest) if index in kept)]
    if missing := len(rest) - len(kept):
        chosen.append(Block(0, pointer(missing)))
    # Items of one list stand close together, everything else apart.
    gaps = ("\n" if before.tight and block.tight else "\n\n" for before, block in pairwise(chosen))
    return head.text + "".join(gap + block.text for gap, block in zip(gaps, chosen[1:], strict=True)) + "\n"


def left_out(count: int, command: str, artifact: str = "") -> str:
    """The pointer to what did not fit; `artifact` is where people find all of it, `command` prints it."""
    where = f" All of it: {artifact}." if 0 < len(artifact) < POINTER - 250 else ""
    parts = "1 part" if count == 1 else f"{count} parts"
    return f"> ⚠️ {parts} of this report did not fit into a comment.{where} `{command}` prints all of it."


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already."""
    head = [*heading]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """A text as inline code; it may hold backticks."""
    shown = visible(text)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str) -> str:
    """Lines as a code block, behind a fence that none of them can close."""
    body = [visible(part) for line in lines for part in line.split("\n")]
    fence = "`" * max(3, _longest_run("\n".join(body)) + 1)
    return "\n".join([f"{fence}{language}", *body, fence])


def prose(text: str) -> str:
    """A text in which nothing is markup: no link, no mention, no image."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};" if match[0] in _ENTITIES else f"\\{match[0]}", visible(text))


def sentence(text: str) -> str:
    """A text in which nothing is markup but what is there to be copied: between backticks, or a setting."""
    parts = _COPIED.split(text)
    return "".join(code(part.strip("`")) if place % 2 else prose(part) for place, part in enumerate(parts))


def in_html(text: str) -> str:
    """A text between HTML tags."""
    return html.escape(visible(text)).replace("@", "&#64;")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
