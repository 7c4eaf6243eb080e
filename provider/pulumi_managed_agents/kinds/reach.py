"""How far a change goes: who moves along because it uses what moves, directly or through others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ORDER = ("skill", "agent", "roster", "deployment")
"""Kinds in the order in which a new version reaches them; a roster is an agent that names others."""


def reached(start: str, users: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The names of all who use `start`, or use one of its users, and so on; `users` holds the direct ones by name."""
    found: dict[str, None] = {}
    waiting = [start]
    while waiting:
        new = [name for name in users.get(waiting.pop(), ()) if name not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return tuple(sorted(found.keys() - {start}))


def by_kind(kinds: Iterable[str]) -> str:
    """Kinds as counts: ``20 agents, 1 roster, 2 deployments``."""
    counts = Counter(kinds)
    known = [*(kind for kind in ORDER if kind in counts), *sorted(counts.keys() - {*ORDER})]
    return ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}{'s' if counts[kind] > 1 else ''}" for kind in known)
