"""Bodies and live objects as flat tables of leaves, which is what can be compared field by field.

A kind first turns a body into its *effective* form (defaults filled in, lists keyed by identity, see the module of the
kind); here that form becomes ``{("tools", "bash", "enabled"): True, …}``. A blank (null, "", [], {}) is no leaf, since
the API makes them one. Lists are leaves. No I/O, no knowledge of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.files.node import FieldPath


def replaced(value: Any, pattern: tuple[str, ...], path: FieldPath, change: Callable[[Any, FieldPath], Any]) -> Any:
    """Return `value`, found at `path`, with `change` applied at the places that `pattern` names."""
    if not pattern:
        return change(value, path)
    step, rest = pattern[0], pattern[1:]
    if step == "*" and isinstance(value, list):
        return [replaced(entry, rest, (*path, index), change) for index, entry in enumerate(value)]
    if isinstance(value, dict) and step in value:
        return {**value, step: replaced(value[step], rest, (*path, step), change)}
    return value


Body = dict[str, Any]
LeafPath = tuple[str, ...]
Leaves = dict[LeafPath, Any]


def is_blank(value: Any) -> bool:
    """Whether the API would call this unset; False and 0 are values."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def without_nulls(value: Any) -> Any:
    """A value without its nulls at any depth, as the engine keeps it; entries of lists stay."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def leaves(tree: Mapping[str, Any], prefix: LeafPath = ()) -> Leaves:
    """The leaves below a tree, in the tree's order."""
    table: Leaves = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            table |= leaves(value, (*prefix, key))
        elif not is_blank(value):
            table[(*prefix, key)] = value
    return table


def tree(table: Mapping[LeafPath, Any]) -> dict[str, Any]:
    """The nested form of a table of leaves: what a state file stores."""
    root: dict[str, Any] = {}
    for path, value in table.items():
        branch = root
        for key in path[:-1]:
            branch = branch.setdefault(key, {})
        branch[path[-1]] = value
    return root


def dotted(path: LeafPath) -> str:
    """A path as people write it."""
    return ".".join(path)
