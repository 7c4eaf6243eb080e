"""How many of a thing, in words: in the lowest layer, since every layer tells it."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, which gets an s unless it is one: ``2 write requests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
