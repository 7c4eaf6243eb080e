"""The smallest body that means what a live object is. Pure functions.

The API fills in everything that was left open. What it filled in is taken out again wherever the kind's effective form
stays the same without it, so this needs no rule per field: what the kind calls equal is equal here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.deployment.facts import PAUSED, is_paused
from pulumi_managed_agents.reconcile.effective import SERVER_FIELDS
from pulumi_managed_agents.reconcile.leaves import is_blank, leaves, replaced
from pulumi_managed_agents.reconcile.mark import without_mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

    Same = Callable[[Any], bool]

SHORTHANDS = {
    "model": "id",
    "effort": "type",
    "client_tool_results": "type",
    "server_tool_results": "type",
    "user_input": "type",
}
"""Objects that may be written as the text under this key, if it is all they hold."""


def minimal(facts: Facts, live: Body) -> Body:
    """The body of a definition whose effective form is that of `live`, without ids, versions, times and our mark."""
    own_id = str(live.get("id", ""))
    body = _as_written(facts, live)

    def means(field: str, value: Any) -> Any:
        return leaves(facts.effective({field: value}, body, own_id))

    smallest = {}
    for field, value in body.items():
        default = facts.filled_in.get(field)
        if not is_blank(value) and (default is None or means(field, value) != means(field, default)):
            smallest[field] = _small_field(field, value, means)
    return smallest


def _as_written(facts: Facts, live: Body) -> Body:
    """A live object in the fields of a file, without what the server moves by itself."""
    body = without_mark({field: value for field, value in live.items() if field not in SERVER_FIELDS})
    if facts.kind == "deployment":
        body = {field: value for field, value in body.items() if field not in {"status", "paused_reason"}}
        return {**body, PAUSED: True} if is_paused(live) else body
    for path in facts.unsteady:
        body = replaced(body, path, (), lambda *_: None)
    return body


def _small_field(field: str, value: Any, means: Callable[[str, Any], Any]) -> Any:
    """A field's smallest form; entries of a list stand for themselves."""

    def as_small(entry: Any, wrap: Callable[[Any], Any]) -> Any:
        meaning = means(field, wrap(entry))
        return _small(field, entry, lambda other: means(field, wrap(other)) == meaning)

    if isinstance(value, list):
        return [as_small(entry, lambda unchanged: [unchanged]) for entry in value]
    return as_small(value, lambda unchanged: unchanged)


def _small(key: str, value: Any, same: Same) -> Any:
    if isinstance(value, dict):
        smaller = _small_object(key, value, same)
        short = smaller.get(SHORTHANDS.get(key, "")) if len(smaller) == 1 else None
        return short if isinstance(short, str) and same(short) else smaller
    return _small_list(value, same) if isinstance(value, list) else value


def _small_object(key: str, value: Body, same: Same) -> Body:
    smaller = dict(value)
    for name in value:
        without = {other: item for other, item in smaller.items() if other != name}
        if _may_go(key, name, smaller) and same(without):
            smaller = without
        else:
            smaller[name] = _small(name, smaller[name], _inside(same, smaller, name))
    return smaller


def _may_go(key: str, name: str, parent: Body) -> bool:
    """Any key may, but a `type` only where it repeats its object's name: it is what distinguishes objects.

    In a reference by id it is required.
    """
    return name != "type" or ("id" not in parent and parent["type"] in {key, parent.get("name")})


def _inside(same: Same, parent: Body, name: str) -> Same:
    return lambda item: same({**parent, name: item})


def _small_list(value: list[Any], same: Same) -> list[Any]:
    smaller = list(value)
    # From the end, so that the indexes of the entries still to come stay what they are.
    for index in reversed(range(len(value))):
        before, after = smaller[:index], smaller[index + 1 :]
        if same(before + after):
            smaller = before + after
        else:
            smaller[index] = _small("", smaller[index], _between(same, before, after))
    return smaller


def _between(same: Same, before: list[Any], after: list[Any]) -> Same:
    return lambda item: same([*before, item, *after])
