"""Who refers to whom: the order in which definitions can be created, and whom a change reaches."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ORDER = ("skill", "agent", "coordinator", "deployment")
"""Kinds in the order in which a new version reaches them; a coordinator is an agent that names others."""

Loop = tuple[str, ...]


def order(graph: Mapping[str, Iterable[str]]) -> tuple[list[str], list[Loop]]:
    """Order names by dependency, then by name, and return the loops that are in the way.

    `graph` maps each name to those it refers to. A loop names its first member again at its end; the members of
    reported loops are missing from the order.
    """
    remaining = {name: sorted(set(graph[name])) for name in sorted(graph)}
    loops: list[Loop] = []
    while True:
        sorter = TopologicalSorter(remaining)
        try:
            sorter.prepare()
        except CycleError as error:
            loop = _from_smallest(error.args[1])
            loops.append(loop)
            # graphlib names one loop at a time: without its members the next one comes to light.
            remaining = {
                name: [target for target in targets if target not in loop]
                for name, targets in remaining.items()
                if name not in loop
            }
        else:
            return _in_order(sorter), loops


def _from_smallest(cycle: list[str]) -> Loop:
    """Turn graphlib's cycle, spelled from target to referrer, into "a refers to b" order from its smallest name."""
    members = cycle[:0:-1]
    start = members.index(min(members))
    return (*members[start:], *members[:start], members[start])


def _in_order(sorter: TopologicalSorter[str]) -> list[str]:
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        names.extend(ready)
        sorter.done(*ready)
    return names


def reached(start: str, users: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The names of all who use `start`, or use one of its users, and so on; `users` holds the direct ones by name."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(users.get(waiting.pop(), ())) - seen
        seen |= new
        waiting += new
    return tuple(sorted(seen - {start}))


def by_kind(kinds: Iterable[str]) -> str:
    """Kinds as counts: ``20 agents, 1 coordinator, 2 deployments``."""
    counts = Counter(kinds)
    known = [*(kind for kind in ORDER if kind in counts), *sorted(counts.keys() - {*ORDER})]
    return ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}{'s' if counts[kind] > 1 else ''}" for kind in known)
