"""What the values of a definition's fields mean: their effective leaves, with resources by their names. Pure functions.

That is the form in which plans hold changes, so a value can be tried out: whether a file that had it would say what is
live.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.pull.closest import ABSENT
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.kinds.registry import ENTRIES
from pulumi_managed_agents.reconcile.effective import desired_leaves, live_leaves, same
from pulumi_managed_agents.stage.definition import resolved
from pulumi_managed_agents.stage.overrides import merge
from pulumi_managed_agents.stage.references import resolve

if TYPE_CHECKING:
    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.stage.definition import Applied
    from pulumi_managed_agents.stage.references import Index


@dataclass(frozen=True)
class Resources:
    """The resources of a stage, as the references of its files find them.

    Attributes:
        index: The files that a path can name.
        applied: What they were applied as, by name.
        names: Their names, by the API's ids.
    """

    index: Index
    applied: Mapping[str, Applied]
    names: Mapping[str, str]

    def resolved(self, body: Body) -> Body:
        """A body with ids in the place of references; what was not made yet goes by its name."""
        return dict(resolved(body, _Made(self.applied)))

    def named(self, value: Any) -> Any:
        """A value with the names of resources in the place of their ids, at any depth."""
        if isinstance(value, dict):
            return {self.names.get(key, key): self.named(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def named_leaves(self, table: Leaves) -> Leaves:
        """Leaves with names in the place of ids."""
        return {tuple(self.names.get(step, step) for step in path): self.named(value) for path, value in table.items()}


@dataclass(frozen=True)
class Meaning:
    """What a value means in one definition.

    Attributes:
        kind: The kind of the definition.
        facts: The facts about it.
        relative: Its file, below the stage's folder.
        own_id: The id of its object.
        override: What the values file says about its file.
        within: Where in its file it stands, if it shares that with others.
        resources: What it can refer to.
    """

    kind: str
    facts: Facts
    relative: str
    own_id: str
    override: Node
    within: FieldPath
    resources: Resources

    def leaves(self, root: Body, field: str, value: Any) -> Leaves:
        """The leaves of one field, if the file says `root` and, in this field of the definition, `value`."""
        # Only this field is compared; of a file with several resources the path to this one is needed.
        there = root if self.within else {}
        merged = merge(_node(with_field(there, self.within, field, value)), self.override, self._lists).plain()
        body = value_at(merged, self.within)
        alone = {field: body[field]} if isinstance(body, dict) and field in body else {}
        resolved = resolve(alone, self.kind, self.relative, self.resources.index, lambda *_: None)
        return self._of_field(field, desired_leaves(self.facts, self.resources.resolved(resolved), self.own_id))

    def recorded(self, body: Body) -> Leaves:
        """The leaves of what was last applied."""
        return self.resources.named_leaves(desired_leaves(self.facts, body, self.own_id))

    def live(self, live: Body, declared: Body) -> Leaves:
        """The leaves of the live object."""
        return self.resources.named_leaves(live_leaves(self.facts, live, declared))

    @property
    def _lists(self) -> tuple[Any, ...]:
        return ENTRIES["vault" if self.within else self.kind]

    def _of_field(self, field: str, table: Leaves) -> Leaves:
        return {path: value for path, value in self.resources.named_leaves(table).items() if path[0] == field}


class _Made(Mapping[str, "Applied"]):
    """What was applied; what was not yet goes by its name."""

    def __init__(self, applied: Mapping[str, Applied]) -> None:
        self._made = applied

    def __getitem__(self, name: str) -> Applied:
        return self._made.get(name) or _NotYet(name)

    def __iter__(self) -> Any:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True)
class _NotYet:
    id: str


def mismatches(leaves: Leaves, target: Leaves) -> int:
    """In how many places two tables of leaves do not say the same."""
    return sum(not same(leaves.get(path), target.get(path)) for path in {*leaves, *target})


def with_leaves(table: Leaves, changes: Mapping[LeafPath, Any]) -> Leaves:
    """A table with other values; None takes one out."""
    return {path: value for path, value in {**table, **changes}.items() if value is not None}


def with_field(root: Any, within: FieldPath, field: str, value: Any) -> Any:
    """A file's body with another value of a field of the definition that is at a place of it."""
    if not within:
        rest = {key: item for key, item in root.items() if key != field or value is not ABSENT}
        return rest if value is ABSENT else {**rest, field: value}
    step, *rest_of_path = within
    inner = with_field(value_at(root, (step,)), tuple(rest_of_path), field, value)
    if isinstance(root, list):
        return [inner if number == step else entry for number, entry in enumerate(root)]
    return {**root, str(step): inner}


def value_at(value: Any, path: FieldPath) -> Any:
    """What is at a path of a body."""
    for step in path:
        value = value[step]
    return value


def _node(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(item) for key, item in value.items()}, "", 0)
    return Node([_node(item) for item in value] if isinstance(value, list) else value, "", 0)
