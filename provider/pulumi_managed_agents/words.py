"""Words that messages of every layer are made of, and what becomes of words that somebody else wrote."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LIST_UP_TO = 8
NO_BREAK = "\0"
"""Stands for a space between words that stay together, while a text is broken into lines."""
_SPAN = re.compile(r"`[^`\n]+`")
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)
"""How a line begins, or what is in it, that a CI log takes for a command to itself."""


@dataclass(frozen=True)
class NextStep:
    """A command to type next.

    Attributes:
        command: The command.
        does: What it does.
    """

    command: str
    does: str


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'system'?`` where one of the known words is near, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def suggestion_or_list(word: str, known: Iterable[str]) -> str:
    """The nearest known word, else all of them where they are few."""
    words = sorted(known)
    few = f"; known: {', '.join(words)}" if 0 < len(words) <= LIST_UP_TO else ""
    return suggestion(word, words) or few


def suggestion_or_some(name: str, names: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest one, else a few of what there is."""
    from difflib import get_close_matches

    known = sorted(set(names))
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    if not known:
        return "; there is none"
    return f"; there are: {', '.join(known[:LIST_UP_TO])}" + (", …" if len(known) > LIST_UP_TO else "")


def first_of(names: Sequence[str], most: int) -> str:
    """The first names in a row, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def with_article(kind: str) -> str:
    """The kind with its article, for messages: ``an agent``, ``a memory store``."""
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind.replace('_', ' ')}"


def counted(number: int, noun: str) -> str:
    """A number with its noun, which gets an s unless it is one: ``2 write requests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def visible(text: str) -> str:
    """A text in which every character can be seen: control, zero-width and direction marks are spelled out."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def unbroken(text: str, width: int) -> str:
    """A text in which each command in backticks that fits on a line is one word, until `NO_BREAK` is a space again.

    So a command that is copied from a terminal is whole.
    """
    return _SPAN.sub(lambda span: span[0].replace(" ", NO_BREAK) if len(span[0]) <= width else span[0], text)


def hanging(line: str, width: int) -> list[str]:
    """A line on several that fit, broken between words; those after the first are indented further."""
    if len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    wrapper = TextWrapper(
        width=width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    parts = wrapper.wrap(unbroken(line.lstrip(), width - len(indent) - 2))
    return [part.replace(NO_BREAK, " ") for part in parts]


def harmless(text: str) -> str:
    """Lines for a terminal or a log, no matter who wrote what they contain: only visible characters.

    No character moves a cursor, turns a text around or hides, and no line is a command to the CI that keeps the log.
    Ends of lines and tabs stay.
    """
    seen = text if text.isprintable() else "".join(c if c in "\n\t" else _spelled(c) for c in text)
    return _COMMAND.sub(lambda match: f"{match[1] or ''}{_spelled_out(match[0][-1])}", seen)


def harmless_json(text: str) -> str:
    """JSON that says the same, with the characters that cannot be seen spelled as JSON does."""
    seen = "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return seen.replace("##[", "#\\u0023[")


def _spelled(character: str) -> str:
    return character if character.isprintable() else _spelled_out(character)


def _spelled_out(character: str) -> str:
    code = ord(character)
    return "\\t" if character == "\t" else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
