"""Values and differences in words: on one line, clipped where it is long, with nothing hidden in it.

What is shown may have been written by anybody (somebody edits an agent in the Console), so characters that print as
nothing or turn the text around are spelled out. Review, drift report, messages and errors all show values this way.
"""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pulumi_managed_agents.reconcile.fingerprint import is_digest
from pulumi_managed_agents.scrubbing import KNOWN, clip
from pulumi_managed_agents.words import visible

PENDING = "(known after the up)"
"""Stands for a version that is known only after the up."""
SECRET = "[secret]"  # noqa: S105 - what is shown in the place of one

LONG = 60
LINE = 120
LIST_MEMBERS = 20
DIFF_LINES = 60
BEFORE = 15
"""How many characters of a long text are shown before the first difference."""
_WORD = re.compile(r"(?!(?:unset|true|false|null|-?\d[\d.eE+-]*)$)[\w@*+.:/#?&=%~-]*[\w*/]")
"""What needs no quotes: one word that could be no number, flag or end of a sentence."""
_SENTENCE = re.compile(r"(?<=[.!?;:]) ")


@dataclass(frozen=True)
class Difference:
    """Two values on one line, which fits into a sentence.

    Of long texts `line` shows where they part, `size` how many lines are others, `diff` which, as a unified diff. Of
    other values `sides` are what goes and what comes, each behind its sign.
    """

    line: str
    size: str = ""
    diff: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The change on one line where the diff is below it."""
        return self.size or self.line


def difference(before: Any, after: Any) -> Difference:
    """The change of a value."""
    if _is_list(before) and _is_list(after):
        entries = [*(before or []), *(after or [])]
        nested = before and after and all(isinstance(entry, dict) for entry in entries)
        moved = (_entries_difference if nested else _list_difference)(before or [], after or [])
        more = len(moved) - LIST_MEMBERS
        first = [*map(str, moved[:LIST_MEMBERS]), *([f"and {more} more"] if more > 0 else [])]
        sides = tuple(side for move in moved[:LIST_MEMBERS] for side in move.sides)
        return Difference(", ".join(first) or "another order", sides=() if more > 0 else sides)
    was, now = excerpts(before, after)
    line = f"{was} → {now}"
    if is_digest(before) or not (_is_long(before) or _is_long(after)):
        return Difference(line, sides=_Move(was if before is not None else "", now if after is not None else "").sides)
    return text_difference(line, str(before or ""), str(after or ""))


@dataclass(frozen=True)
class _Move:
    """What is removed and what is added in one place; either may be empty."""

    was: str
    now: str
    place: str = ""

    def __str__(self) -> str:
        place = f"{self.place} " if self.place else ""
        if self.was and self.now:
            return f"{place}{self.was} → {self.now}"
        return f"{place}-{self.was}" if self.was else f"{place}+{self.now}"

    @property
    def sides(self) -> tuple[str, ...]:
        """Each of the two behind its sign."""
        place = f"{self.place} " if self.place else ""
        return tuple(f"{sign} {place}{value}" for sign, value in (("-", self.was), ("+", self.now)) if value)


def shown(value: Any, start: int = 0) -> str:
    """A value on one line; of a long text what begins at `start`, of a fingerprint only that it was another value."""
    if value is None:
        return "unset"
    if not isinstance(value, str):
        return visible(clip(json.dumps(value, ensure_ascii=False), LONG))
    if is_digest(value):
        return "another value"
    text = value[:14] if value.startswith("sha256:") else value
    if text in {PENDING, SECRET} or (len(text) <= LONG and _WORD.fullmatch(text)):
        return visible(text)
    end = start + LONG
    part = f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
    return visible(json.dumps(part, ensure_ascii=False))


def excerpts(first: Any, *others: Any) -> list[str]:
    """A value and its later forms, each on one line; a long text begins shortly before it differs from the first.

    Where that is short, the rest of both is shown from where they differ. Secrets are taken out before anything is cut.
    """
    first, *others = map(KNOWN.scrubber(ask_sources=False).value, (first, *others))  # type: ignore[assignment]  # as many as before
    if _is_text(first) and len(first) > LONG:
        left = [_alike(first, other) for other in others]
        return [shown(first, min(left)), *map(shown, others, left)]
    start = _alike(*others) if len(others) == 2 else _alike(first, others[0])
    return [shown(first), *(shown(other, start) for other in others)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not is_digest(value)


def _alike(text: Any, other: Any) -> int:
    """Where to begin showing two texts with a common beginning; 0 if they are short or no texts."""
    if not (_is_text(text) and _is_text(other)) or max(len(text), len(other)) <= LONG:
        return 0
    equal = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))
    return max(0, equal - BEFORE)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or value is None


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and (len(value) > LONG or "\n" in value) and not value.startswith("sha256:")


def _list_difference(before: list[Any], after: list[Any]) -> list[_Move]:
    """Members added and removed; where there are none, only the order differs."""
    was, now = (Counter(json.dumps(item, sort_keys=True) for item in items) for items in (before, after))
    come = [_Move("", shown(json.loads(item))) for item in now - was]
    return [*come, *(_Move(shown(json.loads(item)), "") for item in was - now)]


def _entries_difference(before: list[Any], after: list[Any]) -> list[_Move]:
    """Lists of objects: what changed inside which, by deepdiff, which finds the entry that moved or was inserted."""
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    entries = DeepDiff(before, after, view="tree", verbose_level=2)
    moves = [
        _Move(
            "" if level.t1 is notpresent else shown(level.t1),
            "" if level.t2 is notpresent else shown(level.t2),
            _place(level.path(output_format="list")),
        )
        for kind in entries.values()
        for level in kind
    ]
    return sorted(moves, key=str)


def _place(path: list[Any]) -> str:
    """A path inside a list as people write it: ``[0].content[1].text``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def text_difference(line: str, before: str, after: str) -> Difference:
    """The change of a long text; `line` is a sentence about it."""
    was, now = _lines(before), _lines(after)
    lines = [line.rstrip("\n") for line in difflib.unified_diff(was, now, n=2, lineterm="")][2:]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    size = f"+{added} -{removed} line{'' if added + removed == 1 else 's'}"
    # A diff that is one line too long is shown whole.
    return Difference(line, size, tuple(lines if len(lines) <= DIFF_LINES + 1 else _cut(lines)))


def _cut(lines: list[str]) -> list[str]:
    """As many lines as one can read, at least as many added as removed: either may hold what matters."""
    room = dict.fromkeys("+- @", DIFF_LINES // 3)
    shown_lines = []
    for line in lines:
        room[line[0]] -= 1
        shown_lines += [line] if room[line[0]] >= 0 else []
    left = {sign: max(0, -room[sign]) for sign in "+-"}
    more = f"… {len(lines) - len(shown_lines)} more lines of this diff, {left['+']} of them new and {left['-']} removed"
    return [*shown_lines, f"{more} (the JSON review has both texts)"]


def _lines(text: str) -> list[str]:
    """The lines of a text; long ones are broken at sentences first, so that a word that changes can be found."""
    return [visible(part) for line in text.split("\n") for part in _parts(line)] if text else []


def _parts(line: str) -> list[str]:
    if len(line) <= LINE:
        return [line]
    sentences = _SENTENCE.split(line)
    wrapped = (textwrap.wrap(sentence, LINE, drop_whitespace=False, replace_whitespace=False) for sentence in sentences)
    return [part for parts in wrapped for part in parts] or [line]
