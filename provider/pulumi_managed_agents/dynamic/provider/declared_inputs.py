"""What a resource's inputs ask for, as far as it is known: names stand where a reference is to what is not made yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.wire import body, is_unknown
from pulumi_managed_agents.reconcile.context import DeclaredInputs
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.reconcile.wording import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator

Props = dict[str, Any]
ID_KEYS = ("id", "skill_id", "memory_store_id", "file_id")


def declared_inputs(news: Props, olds: Props) -> DeclaredInputs:
    """What inputs ask for, as far as they are known; `olds` are the recorded outputs, or empty."""
    uses = _uses(news)
    declared = {key: value for key, value in news.items() if key != RESOURCE}
    pending = frozenset(key for key, value in declared.items() if is_unknown(value))
    filled = {key: _filled(value, (key,), uses) for key, value in declared.items()} if pending else declared
    unknown = frozenset(key for key in pending if is_unknown(filled[key]))
    known = body({key: value for key, value in filled.items() if key not in unknown})
    renewed = frozenset(reference for key in pending for reference in _renewed(declared[key], (key,), uses))
    return DeclaredInputs(known, pending - unknown, unknown, _names(olds) | _names(news), renewed)


def _filled(value: Any, path: tuple[str, ...], uses: dict[str, str]) -> Any:
    """A value in which a resource's name, or `PENDING`, stands where a reference to it is unknown."""
    if isinstance(value, dict):
        return {key: _filled(item, (*path, key), uses) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, (*path, str(index)), uses) for index, item in enumerate(value)]
    if not isinstance(value, Unknown):
        return value
    if ".".join(path) in uses:
        return uses[".".join(path)]
    target = uses.get(".".join(path[:-1]))
    return value if target is None else target if path[-1] in ID_KEYS else PENDING


def _renewed(value: Any, path: tuple[str, ...], uses: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The field and the name of each resource inside a value that is about to be made, so that its id is unknown."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _renewed(item, (*path, str(key)), uses)
    elif isinstance(value, Unknown):
        name = uses.get(".".join(path)) or (uses.get(".".join(path[:-1])) if path[-1] in ID_KEYS else None)
        if name:
            yield path[0], name


def _names(props: Props) -> dict[str, str]:
    """The names of the resources that are referred to, by the ids in the references."""
    found: dict[str, str] = {}
    for path, name in _uses(props).items():
        value: Any = props
        for key in path.split("."):
            value = _at(value, key)
        ids = [value] if not isinstance(value, dict) else [value.get(key) for key in ID_KEYS]
        found |= {id: name for id in ids if isinstance(id, str)}
    return found


def _at(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[int(key)] if isinstance(value, list) and key.isdigit() and int(key) < len(value) else None


def _uses(props: Props) -> dict[str, str]:
    return dict((props.get(RESOURCE) or {}).get("uses") or {})
