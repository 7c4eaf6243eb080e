"""What a sane server is free to choose: how it spells an answer, never what the answer means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Body = dict[str, Any]


@dataclass(frozen=True)
class Habits:
    """The choices of one server.

    How unset fields look, whether defaults are filled in and tool sets expanded, whether shorthands become objects,
    whether lists without an order are turned round, and whether there are fields that nobody knows yet.
    """

    unset: Literal["null", "absent", "empty"] = "null"
    defaults: bool = True
    expanded: bool = False
    objects: bool = True
    turned: bool = False
    news: bool = False

    def order(self, items: list[Any]) -> list[Any]:
        """The items of a list whose order says nothing."""
        return items[::-1] if self.turned else items

    def unknown(self) -> Body:
        """Fields that are newer than this package."""
        return {"tier": {"type": "new", "limits": [], "level": 3}} if self.news else {}

    def spelled(self, fields: Mapping[str, Any], unset: Mapping[str, Any]) -> Body:
        """The fields, those in `unset` as null, not at all, or as the blank given there."""
        blanks: dict[str, Mapping[str, Any]] = {"null": dict.fromkeys(unset), "absent": {}, "empty": unset}
        return {**{key: value for key, value in fields.items() if key not in unset}, **blanks[self.unset]}


def filled(fields: Mapping[str, Any]) -> Body:
    """The fields that are not null."""
    return {key: value for key, value in fields.items() if value is not None}


def patched(bag: Mapping[str, Any], patch: Mapping[str, Any] | None) -> Body:
    """A metadata bag after a patch: strings are set, null deletes, the rest stays."""
    return filled({**bag, **(patch or {})})
