"""What identifies the entries of the lists in a body: how it is described, and what follows from a description.

Each kind describes its lists as `Entries` in its facts; the functions here take those descriptions as `lists`.
Overrides merge by them, the effective form turns lists into tables by them (and so digests, the gate, reviews and
adoption compare by them), and they lead from a field of the effective form back to its place in a file. A list that
nobody describes is compared as a whole, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Place = tuple[str, ...]
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Entries:
    """One list of a kind's body.

    Attributes:
        place: Where it is; ``*`` is any step.
        by: The fields of which the first that an entry has identifies it; a text identifies itself. A list
            without them is a set of texts.
        appended: The field that takes the key under which an override appends an entry, where it is not the first of
            `by`: pairs of the beginning of the entry's type (or of the key, where it gives no type) and the field, of
            which the first that fits counts.
        called: By identifying field, what the effective form calls an entry: ``{type}`` and ``{value}`` are filled in.
        once: Whether the same entry a second time says nothing more; in other lists the effective form numbers it.
        numbered: Whether the order says something, so that the effective form calls entries by their numbers, from 1.
        address: The field of `by` that holds an address, which may be another on each stage.
        default: Where the effective form puts the entries beside each other in the list's owner, the field of the owner
            that holds for what has no entry.
    """

    place: Place
    by: tuple[str, ...] = ()
    appended: tuple[tuple[str, str], ...] = ()
    called: Mapping[str, str] | None = None
    once: bool = False
    numbered: bool = False
    address: str = ""
    default: str = ""


UNDESCRIBED: Final = Entries((), ("name", "path", "id", "url", "display_name", "type"))
"""How an override finds an entry in a list that nobody describes, such as one that a newer API has added."""


def entries_at(lists: Iterable[Entries], path: FieldPath) -> Entries | None:
    """The description of the list at a path of a body, or None."""
    return next((entries for entries in lists if _fits(path, entries.place)), None)


def entry_at(lists: Iterable[Entries], path: Place) -> Place:
    """The beginning of an effective path that leads to an entry of a list (a set of texts is one), or nothing."""
    for entries in lists:
        length = len(entries.place) + bool(entries.by)
        if not entries.default and len(path) >= length and _fits(path[: len(entries.place)], entries.place):
            return path[:length]
    return ()


def identity(entry: Any, entries: Entries) -> tuple[str, str] | None:
    """The field that identifies an entry and its value; for a text the first field and the text itself."""
    if isinstance(entry, str):
        return next(iter(entries.by), ""), entry
    values = ((field, entry.get(field)) for field in entries.by) if isinstance(entry, Mapping) else ()
    return next(((field, value) for field, value in values if isinstance(value, str) and value), None)


def appended_field(entries: Entries, key: str, type: Any) -> str:
    """The field that takes the key of an entry which an override appends; `type` is the entry's own, if it has one."""
    text = type if isinstance(type, str) else key
    default = next(iter(entries.by), "name")
    return next((field for start, field in entries.appended if text.startswith(start)), default)


def keys_of(items: list[Any], entries: Entries) -> list[str]:
    """What the effective form calls each entry; the same one a second time gets a number, in the order of the list."""
    keys: list[str] = []
    for number, item in enumerate(items, 1):
        key = str(number) if entries.numbered else key_of(item, entries)
        keys.append(key if entries.once else numbered(key, keys))
    return keys


def keyed(lists: Iterable[Entries], place: Place, items: list[Any] | None) -> dict[str, Any]:
    """The list at a place of a body as a table, as its effective form has it; KeyError where nobody describes it."""
    entries = entries_at(lists, place)
    if entries is None:
        raise KeyError(place)
    return dict(zip(keys_of(items or [], entries), items or [], strict=True))


def key_of(item: Any, entries: Entries) -> str:
    """What the effective form calls an entry."""
    type = str(item.get("type")) if isinstance(item, Mapping) else ""
    field, value = identity(item, entries) or ("", type)
    return (entries.called or {}).get(field, "{value}").replace("{type}", type).replace("{value}", value)


def numbered(key: str, taken: Collection[str]) -> str:
    """The key, with a number behind it where it is taken."""
    free, number = key, 1
    while free in taken:
        number += 1
        free = f"{key} ({number})"
    return free


def unnumbered(key: str, keys: Collection[str]) -> str:
    """The key of what an entry is a second time, if it is that."""
    first = re.sub(r" \(\d+\)\Z", "", key)
    return first if first in keys else key


def keyed_path(lists: Sequence[Entries], body: Any, path: FieldPath) -> Place:
    """The effective path of what is at a path of a body."""
    steps: list[str] = []
    for depth, step in enumerate(path):
        entries = entries_at(lists, path[:depth]) if isinstance(body, list) else None
        steps.append(keys_of(body, entries)[int(step)] if entries else str(step))
        body = body[step]
    return tuple(steps)


def body_path(lists: Sequence[Entries], body: Any, path: Place) -> FieldPath:
    """Where in a body a field of its effective form is written, or the nearest place above it."""
    place: FieldPath = ()
    for step in path:
        further = _body_steps(lists, body, place, step)
        if not further:
            break
        place += further
        for body_step in further:
            body = body[body_step]
    return place


def _body_steps(lists: Sequence[Entries], body: Any, place: FieldPath, step: str) -> FieldPath:
    """The steps into a body that one step of an effective path stands for; none if nothing is written there.

    `body` is what is at `place`.
    """
    if isinstance(body, list):
        entries = entries_at(lists, place)
        keys = keys_of(body, entries) if entries else []
        return (keys.index(step),) if step in keys else ()
    if not isinstance(body, Mapping):
        return ()
    if step in body:
        return (step,)
    # The effective form of a tool set holds its tools beside each other, while the body lists them in `configs`; a tool
    # without an entry there is what the set's default says.
    for field, items in body.items():
        entries = entries_at(lists, (*place, field)) if isinstance(items, list) else None
        if entries and entries.default and step in keys_of(items, entries):
            return field, keys_of(items, entries).index(step)
    defaults = (
        described.default
        for described in lists
        if described.default and _fits((*place, described.place[-1]), described.place)
    )
    return next(((field,) for field in defaults if field in body), ())


def _fits(path: FieldPath, place: Place) -> bool:
    return len(path) == len(place) and all(part in ("*", step) for step, part in zip(path, place, strict=True))
