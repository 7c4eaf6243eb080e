"""What identifies the entries of each list in a body. Plain data by kind, for everything that asks what is the same.

Overrides merge by it, the effective form of each kind keys its tables by it (and so do digests, the gate, reviews and
adoption), and from a field of the effective form it leads back to the place in a file. A list that is not here is
compared as a whole, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

Place = tuple[str, ...]
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Entries:
    """One list of a kind's body.

    Attributes:
        place: Where it stands; ``*`` is any step.
        by: The fields of which the first that an entry has tells it from the others. A text stands for itself.
        appended: The field that takes the key under which an override appends an entry: pairs of the beginning of the
            entry's type (or of the key, where it gives no type) and the field, of which the first that fits counts.
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


_BY_PATH = (("", "path"),)
_MEMBERS = ("path", "id", "type")
_TOOLS = (("agent_toolset", "type"), ("mcp_toolset", "mcp_server_name"), ("", "name"))

ENTRIES: Final[dict[str, tuple[Entries, ...]]] = {
    "agent": (
        Entries(
            ("tools",),
            ("mcp_server_name", "name", "type"),
            _TOOLS,
            called={"mcp_server_name": "mcp:{value}", "name": "{type}:{value}"},
        ),
        Entries(("tools", "*", "configs"), ("name",), default="default_config"),
        Entries(("mcp_servers",), ("name",)),
        Entries(("skills",), ("path", "skill_id"), _BY_PATH, once=True),
        Entries(("multiagent", "agents"), _MEMBERS, _BY_PATH, once=True),
        Entries(("multiagent", "*", "predefined_agents"), _MEMBERS, _BY_PATH, once=True),
    ),
    "environment": (
        Entries(("config", "networking", "allowed_hosts")),
        Entries(("config", "packages", "*")),
    ),
    "memory_store": (Entries(("memories",), ("path",)),),
    "vault": (Entries(("credentials",), ("display_name",)),),
    "credential": (Entries(("auth", "networking", "allowed_hosts")),),
    "deployment": (
        Entries(("resources",), ("path", "file_id", "memory_store_id", "url", "type"), _BY_PATH, address="url"),
        Entries(("initial_events",), ("type",), numbered=True),
    ),
    "smoke": (Entries(("memory_stores",), ("path", "memory_store_id"), _BY_PATH),),
}
"""By kind; a list without `by` is a set of texts."""

UNDESCRIBED: Final = Entries((), ("name", "path", "id", "url", "display_name", "type"))
"""How an override finds an entry in a list that is not among them, such as one that a newer API has added."""


def entries_at(kind: str, path: FieldPath) -> Entries | None:
    """What is known of the list at a path of a body, or None."""
    return next((one for one in ENTRIES.get(kind, ()) if _fits(path, one.place)), None)


def entry_at(kind: str, path: Place) -> Place:
    """The beginning of an effective path that leads to an entry of a list (a set of texts is one), or nothing."""
    for one in ENTRIES.get(kind, ()):
        length = len(one.place) + bool(one.by)
        if not one.default and len(path) >= length and _fits(path[: len(one.place)], one.place):
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


def keyed(kind: str, place: Place, items: list[Any] | None) -> dict[str, Any]:
    """A list of a kind's body as a table, as its effective form has it."""
    entries, found = entries_at(kind, place), items or []
    if entries is None:
        raise KeyError(place)
    return dict(zip(keys_of(found, entries), found, strict=True))


def key_of(item: Any, entries: Entries) -> str:
    """What the effective form calls an entry."""
    found = identity(item, entries)
    type = str(item.get("type")) if isinstance(item, Mapping) else ""
    field, value = found or ("", type)
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


def keyed_path(kind: str, body: Any, path: FieldPath) -> Place:
    """The effective path of what stands at a path of a body."""
    steps: list[str] = []
    for depth, step in enumerate(path):
        entries = entries_at(kind, path[:depth]) if isinstance(body, list) else None
        steps.append(keys_of(body, entries)[int(step)] if entries else str(step))
        body = body[step]
    return tuple(steps)


def body_path(kind: str, body: Any, path: Place) -> FieldPath:
    """Where in a body a field of its effective form is written, or the nearest place above it."""
    found: FieldPath = ()
    for step in path:
        further = _down(kind, body, found, step)
        if not further:
            break
        found += further
        for part in further:
            body = body[part]
    return found


def _down(kind: str, body: Any, found: FieldPath, step: str) -> FieldPath:
    """The steps into a body that one step of an effective path stands for; none where nothing is written there."""
    if isinstance(body, list):
        entries = entries_at(kind, found)
        keys = keys_of(body, entries) if entries else []
        return (keys.index(step),) if step in keys else ()
    if not isinstance(body, Mapping):
        return ()
    if step in body:
        return (step,)
    for field, items in body.items():
        entries = entries_at(kind, (*found, field)) if isinstance(items, list) else None
        if entries and entries.default and step in keys_of(items, entries):
            return field, keys_of(items, entries).index(step)
    lists = (one for one in ENTRIES.get(kind, ()) if one.default and _fits((*found, one.place[-1]), one.place))
    return next(((one.default,) for one in lists if one.default in body), ())


def _fits(path: FieldPath, place: Place) -> bool:
    return len(path) == len(place) and all(part in ("*", step) for step, part in zip(path, place, strict=True))
