"""One thing that a change lets an agent do which it could not do before, and the shape of a rule that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Rule = Callable[[Body, Body], Iterator[str]]
"""Two effective definitions, before and after, to what is wider afterwards: each a clause without a subject."""


@dataclass(frozen=True, order=True)
class Widening:
    """What one resource gains.

    Attributes:
        kind: The resource's kind.
        name: The resource's name.
        rule: The stable name of the rule that says so; ``new`` where the whole resource is new.
        text: What it gains, in words.
    """

    kind: str
    name: str
    rule: str
    text: str


def table(value: Any) -> Body:
    """An object, also where there is none."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[str]:
    """A list of texts, also where there is none."""
    return [str(item) for item in value] if isinstance(value, list) else []


def named(names: list[str], most: int = 12) -> str:
    """Names in a row, the rest of a long row counted."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
