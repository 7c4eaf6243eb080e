"""How cross-field rules read a raw body whose bad parts have been made unreadable.

A rule only meets values of the right type or `UNREADABLE`, which stands where something is wrong that has been
reported already. A rule that concludes from absence asks `is_readable` first, so that no mistake is reported twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pulumi_managed_agents.schema.problem import FieldPath

UNREADABLE: Final = object()


def at(body: Any, *path: str | int) -> Any:
    """The value at a path, or None if there is none."""
    for step in path:
        if isinstance(body, Mapping):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None
    return body


def objects(body: Any, *path: str | int) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Each object in the list at a path, with its own path; everything else in the list is passed over."""
    return ((place, value) for place, value in items(body, *path) if isinstance(value, Mapping))


def texts(body: Any, *path: str | int) -> Iterator[tuple[FieldPath, str]]:
    """Each text in the list at a path, with its own path; everything else in the list is passed over."""
    return ((place, value) for place, value in items(body, *path) if isinstance(value, str))


def items(body: Any, *path: str | int) -> Iterator[tuple[FieldPath, Any]]:
    """Each entry of the list at a path, with its own path; nothing if there is no list."""
    entries = at(body, *path)
    yield from (((*path, index), value) for index, value in enumerate(entries if isinstance(entries, list) else ()))


def named(places: Iterable[tuple[FieldPath, Mapping[str, Any]]], key: str = "name") -> Iterator[tuple[FieldPath, str]]:
    """The text under `key` of each object, with the path of that text."""
    return (((*path, key), value[key]) for path, value in places if isinstance(value.get(key), str))


def repeated(places: Iterable[tuple[FieldPath, str]]) -> Iterator[tuple[FieldPath, str]]:
    """Those of the texts that an earlier place holds already."""
    seen: set[str] = set()
    for path, value in places:
        if value in seen:
            yield path, value
        seen.add(value)


def is_readable(value: Any) -> bool:
    """Whether nothing in a value had to be made unreadable."""
    if isinstance(value, Mapping):
        return all(map(is_readable, value.values()))
    if isinstance(value, list):
        return all(map(is_readable, value))
    return value is not UNREADABLE
