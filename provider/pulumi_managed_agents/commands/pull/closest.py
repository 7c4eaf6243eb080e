"""The value nearest to what a file has that means the same as a target value. Pure functions.

A live object is spelled as the server likes it, a file as its author does: shorthands, defaults that are written out or
left open, lists in another order. What means the same keeps the file's spelling, at every level, so that a file
changes in as few places as what it means does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pulumi_managed_agents.definition_files.minimal import SHORTHANDS
from pulumi_managed_agents.reconcile.merged_text import merged_text
from pulumi_managed_agents.schema.identity import UNDESCRIBED, entries_at, identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.schema.identity import Entries

    Off = Callable[[Any], int]
    """In how many leaves a value of the field does not mean what the target means."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Stands for the value of a key that is not there."""

PROSE = frozenset({"system", "description", "content", "instructions", "text"})
"""Fields of sentences, which can be merged also where they are one line."""


def is_prose(key: str | int, *texts: Any) -> bool:
    """Whether texts that are in a field can be merged, and be marked where they clash."""
    return all(isinstance(text, str) for text in texts) and (key in PROSE or any("\n" in text for text in texts))


@dataclass(frozen=True)
class Lists:
    """What identifies the entries of the lists of a kind."""

    entries: tuple[Entries, ...]

    def key(self, path: FieldPath, entry: Any) -> Any:
        """What identifies an entry of the list at `path`; None if it can only be compared."""
        described = entries_at(self.entries, path) or UNDESCRIBED
        return None if described.numbered else identity(entry, described)


def closest(file: Any, target: Any, off: Off, lists: Lists, path: FieldPath) -> Any:
    """A value that means `target`, spelled as in the file as far as possible."""
    if file is ABSENT or target is ABSENT:
        better = off(file) <= off(target)
        return file if better else target
    if off(file) == 0:
        return file
    file, target = _in_one_form(file, target, path, off)
    if isinstance(file, dict) and isinstance(target, dict):
        return _closest_table(file, target, off, lists, path)
    if isinstance(file, list) and isinstance(target, list):
        return _closest_list(file, target, off, lists, path)
    return file if off(file) <= off(target) else target


def _in_one_form(file: Any, target: Any, path: FieldPath, off: Off) -> tuple[Any, Any]:
    """Both as objects where one of them is and the other is its shorthand."""
    short = SHORTHANDS.get(str(path[-1])) if path else None
    if short and isinstance(file, dict) and isinstance(target, str) and off({short: target}) <= off(target):
        return file, {short: target}
    if short and isinstance(file, str) and isinstance(target, dict):
        return {short: file}, target
    return file, target


def _closest_table(file: dict[str, Any], target: dict[str, Any], off: Off, lists: Lists, path: FieldPath) -> Any:
    # In the file's order, what is new behind it.
    now = {key: target.get(key, ABSENT) for key in {**file, **target}}
    for key in list(now):
        at_key: Off = lambda value, key=key: off(_present({**now, key: value}))  # type: ignore[misc]  # noqa: E731
        now[key] = closest(file.get(key, ABSENT), now[key], at_key, lists, (*path, key))
    return _present(now)


def _present(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not ABSENT}


def _closest_list(file: list[Any], target: list[Any], off: Off, lists: Lists, path: FieldPath) -> Any:
    pairs = _partners(file, target, lists, path)
    now = list(target)
    for number in range(len(now)):
        at_number: Off = lambda entry, number=number: off([*now[:number], entry, *now[number + 1 :]])  # type: ignore[misc]  # noqa: E731
        if number in pairs:
            now[number] = closest(file[pairs[number]], now[number], at_number, lists, (*path, number))
        else:
            before = at_number(now[number])
            spare = (index for index in range(len(file)) if index not in pairs.values())
            # An entry without an identity has no partner by key, but one of the file may mean the same.
            same = next((index for index in spare if at_number(file[index]) <= before), None)
            if same is not None:
                pairs[number], now[number] = same, file[same]
    # Entries that the file has keep its order where that means the same.
    known = sorted((index, number) for number, index in pairs.items())
    ordered = [now[number] for _, number in known]
    ordered += [entry for number, entry in enumerate(now) if number not in pairs]
    return ordered if off(ordered) <= off(now) else now


def _partners(file: list[Any], target: list[Any], lists: Lists, path: FieldPath) -> dict[int, int]:
    """By the index of an entry of the target, the index of the file's entry of the same identity."""
    free = list(range(len(file)))
    partners: dict[int, int] = {}
    for number, entry in enumerate(target):
        key = lists.key(path, entry)
        partner = next(
            (i for i in free if file[i] == entry or (key is not None and lists.key(path, file[i]) == key)),
            None,
        )
        if partner is not None:
            partners[number] = partner
            free.remove(partner)
    return partners


def merged(base: Any, file: Any, live: Any, lists: Lists, path: FieldPath) -> Any:
    """What the file and the live object made of the recorded value, both; where they differ on one, the live value.

    Prose that both changed is merged, and marked where it clashes.
    """
    if live in (base, file):
        return file
    if base == file:
        return live
    if isinstance(file, dict) and isinstance(live, dict):
        was = base if isinstance(base, dict) else {}
        return _present(
            {
                key: merged(was.get(key, ABSENT), file.get(key, ABSENT), live.get(key, ABSENT), lists, (*path, key))
                for key in {**file, **live}
            }
        )
    if isinstance(file, list) and isinstance(live, list) and isinstance(base, list):
        return _merged_list(base, file, live, lists, path)
    if is_prose(path[-1], base, file, live):
        return merged_text(base, file, live).text
    return live


def _merged_list(base: list[Any], file: list[Any], live: list[Any], lists: Lists, path: FieldPath) -> list[Any]:
    in_base, in_live = _partners(base, file, lists, path), _partners(live, file, lists, path)
    result: list[Any] = []
    for number, entry in enumerate(file):
        was = base[in_base[number]] if number in in_base else ABSENT
        now = live[in_live[number]] if number in in_live else ABSENT
        result.append(merged(was, entry, now, lists, (*path, number)))
    known = _partners(base, live, lists, path)
    for number, entry in enumerate(live):
        # What the file took out stays out, unless somebody changed it live.
        if number not in in_live.values() and not (number in known and base[known[number]] == entry):
            result.append(entry)
    return [entry for entry in result if entry is not ABSENT]
