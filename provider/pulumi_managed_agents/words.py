"""Words that messages of every layer are made of: the nearest known name, a number with its noun."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIST_UP_TO = 8


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'system'?`` where one of the known words is near, else nothing."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def suggestion_or_list(word: str, known: Iterable[str]) -> str:
    """The nearest known word, else all of them where they are few."""
    words = sorted(known)
    few = f"; known: {', '.join(words)}" if 0 < len(words) <= LIST_UP_TO else ""
    return suggestion(word, words) or few


def counted(number: int, noun: str) -> str:
    """A number with its noun, which gets an s unless it is one: ``2 write requests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
