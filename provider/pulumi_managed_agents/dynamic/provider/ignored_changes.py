"""What Pulumi's option `ignore_changes` names: there the program has no say, so that live drift is left alone too.

The engine itself puts the recorded input in the place of the program's. What is live there, only the provider knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.wire import body
from pulumi_managed_agents.reconcile.effective import FIELDS
from pulumi_managed_agents.schema.identity import body_path, entries_at, keys_of
from pulumi_managed_agents.schema.paths import at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.dynamic.provider.handler import Path
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import LeafPath
    from pulumi_managed_agents.schema.identity import Entries

Props = dict[str, Any]

ANY = "*"
_STEP = re.compile(r'\.?(?:\["((?:\\"|[^"])*)"\]|\[(\d+|\*)\]|([^.\[]+))')


def parsed(text: str) -> Path:
    """A property path as Pulumi writes it, ``tools[0].name`` or ``metadata["a.b"]``, as its steps."""
    steps: list[str | int] = []
    for quoted, bracketed, name in _STEP.findall(text):
        plain = bracketed or name
        steps.append(int(bracketed) if bracketed.isdecimal() else plain or quoted.replace('\\"', '"'))
    return tuple(steps)


def effective_places(entries: Iterable[Entries], props: Props, ignored: Iterable[str]) -> tuple[LeafPath, ...]:
    """The beginnings of the effective paths that are ignored in a resource."""
    lists = tuple(entries)
    places = dict.fromkeys(_places(lists, props, ignored))
    if () in places:
        return tuple((name,) for name in sorted({*body(props), *FIELDS}))
    return tuple(_effective(lists, props, place) for place in places)


def with_recorded(entries: Iterable[Entries], news: Props, olds: Props, ignored: Iterable[str]) -> Props:
    """The inputs with what is recorded in the places that are ignored.

    After a refresh the engine's own record of them is what was live then.
    """
    for place in _places(tuple(entries), news, ignored):
        for path in [place] if place else [(name,) for name in body({**olds, **news})]:
            news = _with(news, path, at(olds, *path))
    return news


def with_live(facts: Facts, news: Props, live: Props, drifted: Iterable[LeafPath], ignored: Iterable[str]) -> Props:
    """The inputs with what is live in the places that are ignored and in which somebody changed something.

    So an update of something beside it, in the same field, sends it as it is, and it is recorded.
    """
    before, moved = news, tuple(drifted)
    for start in effective_places(facts.entries, before, ignored):
        for path in (path for path in moved if path[: len(start)] == start):
            # Of metadata only the keys that the program names are its own.
            place = path[:2] if path[0] == "metadata" else start
            source, target = (body_path(facts.entries, body, place) for body in (live, before))
            # The one that has nothing there ends at the nearest place above.
            there = len(source) >= len(target)
            news = _with(news, (*target, *source[len(target) :]), at(live, *source) if there else None)
    return news


def _places(lists: tuple[Entries, ...], props: Props, ignored: Iterable[str]) -> Iterator[Path]:
    """The places that are ignored, with every entry in the place of a ``*``, but without one at the end."""
    for text in ignored:
        path = parsed(text)
        while path and path[-1] == ANY:
            path = path[:-1]
        yield from _spread(lists, props, (), path)


def _spread(lists: tuple[Entries, ...], value: Any, before: Path, path: Path) -> Iterator[Path]:
    """The places that a path names inside a value, which is itself found at `before`."""
    if not path:
        yield before
        return
    step, rest = path[0], path[1:]
    steps: Iterable[str | int] = [step]
    if isinstance(value, list):
        keys = _keys(lists, before, value)
        steps = [index for index, key in enumerate(keys) if step in (ANY, index, key)] or steps
    elif step == ANY:
        steps = list(value) if isinstance(value, dict) else ()
    for place in steps:
        yield from _spread(lists, at(value, place), (*before, place), rest)


def _effective(lists: tuple[Entries, ...], props: Props, place: Path) -> LeafPath:
    """The effective path of a place; steps into what is not there stand for themselves."""
    # The effective form holds these beside each other in the owner of the list, together with what its default says.
    spread = {name for entries in lists if entries.default for name in (entries.place[-1], entries.default)}
    steps: list[str] = []
    value: Any = props
    for depth, step in enumerate(place):
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            steps.append(_keys(lists, place[:depth], value)[step])
        elif step not in spread:
            steps.append(str(step))
        value = at(value, step)
    return tuple(steps)


def _keys(lists: tuple[Entries, ...], place: Path, items: list[Any]) -> list[str]:
    """What the effective form calls the entries of a list; their positions where nobody describes it."""
    described = entries_at(lists, place)
    return keys_of(items, described) if described else [str(index) for index in range(len(items))]


def _with(value: Any, path: Path, new: Any) -> Any:
    """A value with another one at a place inside it; without what is there where that is None."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, str) and (value is None or isinstance(value, dict)):
        others: dict[str, Any] = {key: item for key, item in (value or {}).items() if key != step}
        changed = _with((value or {}).get(step), rest, new)
        return {**others, step: changed} if changed is not None else others
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        changed = _with(value[step], rest, new)
        return [*value[:step], *([changed] if changed is not None else []), *value[step + 1 :]]
    return value
