"""Ids in live bodies become relative paths where their target is in the stage. Pure functions."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.names import LATEST
from pulumi_managed_agents.reconcile.leaves import replaced
from pulumi_managed_agents.stage.definition import ID_KEYS, TYPES, is_url
from pulumi_managed_agents.stage.graph import order
from pulumi_managed_agents.stage.references import PLACES, ReferencePlace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.stage.definition import Shape

Body = dict[str, Any]


@dataclass(frozen=True)
class ReferenceTarget:
    """What a reference can name: its path below the stage's folder and the version that the stage will record."""

    path: str
    version: Any = None


def with_paths(kind: str, body: Body, path: str, own_id: str, targets: Mapping[str, ReferenceTarget]) -> Body:
    """The body for the file at `path`, naming `targets` (by id) by their paths and the object itself as ``self``.

    A version stays where it is another than the one that the stage records; what is no target keeps its id.
    """

    def written(value: Any, place: ReferencePlace) -> Any:
        id = _id(value, place)
        if id and id == own_id:
            return {"type": "self"}
        return _by_path(value, place, path, targets[id]) if id in targets else value

    return _at_places(kind, body, written)


def _by_path(value: Any, place: ReferencePlace, path: str, target: ReferenceTarget) -> Any:
    entry = value if isinstance(value, dict) else {}
    version = entry.get("version")
    pinned = {} if version in (*LATEST, target.version) else {"version": version}
    named = {"type", "version", ID_KEYS.get(_shape(entry, place))}
    must_be_object = place.or_file
    others = {key: item for key, item in entry.items() if key not in named}
    relative = target.path if is_url(target.path) else _relative(target.path, path)
    return {"path": relative, **pinned, **others} if pinned or others or must_be_object else relative


def _id(value: Any, place: ReferencePlace) -> str:
    if isinstance(value, dict):
        shape = _shape(value, place)
        of_kind = value.get("type") == TYPES.get(shape)
        return str(value.get(ID_KEYS.get(shape, ""), "")) if of_kind else ""
    return value if isinstance(value, str) else ""


def _shape(entry: Body, place: ReferencePlace) -> Shape:
    return "file" if place.or_file and entry.get("type") == "file" else place.shape


def _relative(target: str, path: str) -> str:
    relative = posixpath.relpath(target, posixpath.dirname(path) or ".")
    return relative if relative.startswith("../") else f"./{relative}"


def ids_in(kind: str, body: Body) -> set[str]:
    """The ids of other objects that are in a live body."""
    ids: set[str] = set()
    _at_places(kind, body, lambda value, place: ids.add(_id(value, place)))
    return ids - {""}


def _at_places(kind: str, body: Body, change: Callable[[Any, ReferencePlace], Any]) -> Body:
    """The body with `change` applied wherever the API takes an id."""
    for place in PLACES.get(kind, ()):
        body = replaced(body, place.path, (), _with_place(change, place))
    return body


def _with_place(change: Callable[[Any, ReferencePlace], Any], place: ReferencePlace) -> Callable[[Any, Any], Any]:
    return lambda value, _: change(value, place)


def loops(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """The sets of objects that refer to each other in a circle, which paths in files cannot do."""
    within = {id: {other for other in others if other in graph and other != id} for id, others in graph.items()}
    return [set(loop) for loop in order(within)[1]]
