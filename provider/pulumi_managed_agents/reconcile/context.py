"""What the reconciler is given: the connection it works with, which resource is meant, and what is declared of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.reconcile.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.reconcile.live import LiveCache
    from pulumi_managed_agents.reconcile.plan import Plan

    Judge = Callable[[Plan], tuple[str, ...]]


def powerless(_: Plan) -> tuple[str, ...]:
    """The judge of a reconciler that knows no rules about power."""
    return ()


@dataclass
class Context:
    """What one provider process works with; `seen` remembers by id what a plan was made against.

    `judge` says what undeclared drift lets an object do that it could not do before: the rules about power are those
    of the kinds, which the reconciler does not know.
    """

    client: Client
    live: LiveCache
    rules: Policy = field(default_factory=Policy)
    judge: Judge = powerless
    seen: dict[str, Body | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """The resource at hand: its kind's facts, its name, its file, its mark, and which drift to ignore.

    `hidden` are the fields that hold secrets, `elsewhere` the ids of other resources' objects that bear the same mark.
    `replaces` is the id of the recorded object whose place a new one takes; with an `unread` state that is unknown.
    With `deleted_first` a replaced object is removed before the new one is made.
    """

    facts: Facts
    name: str
    file: str = ""
    mark: str = ""
    ignore: tuple[LeafPath, ...] = ()
    hidden: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    replaces: str = ""
    unread: bool = False
    deleted_first: bool = False

    def __str__(self) -> str:
        return f"{self.facts.kind} '{self.name}'" + (f" ({self.file})" if self.file else "")


@dataclass(frozen=True)
class DeclaredInputs:
    """What a resource is declared to be, as far as a preview can know it.

    Attributes:
        body: The request body, with names and `PENDING` where ids and versions are not known yet.
        pending: Top-level fields of `body` that hold something not known yet.
        unknown: Top-level fields left out of `body` because nothing in them is known yet.
        names: Names of resources by the API's ids.
        renewed: The top-level field and the name of each resource it refers to whose id is not known yet.
    """

    body: Body
    pending: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    renewed: frozenset[tuple[str, str]] = frozenset()

    def named(self, value: Any) -> Any:
        """Names in the place of ids, also in a list; any other value as it is."""
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def leaves(self, subject: Subject, body: Body, own_id: str = "") -> Leaves:
        """A body's effective leaves, by names and without secrets."""
        effective_leaves = leaves(subject.facts.effective(body, body, own_id))
        return {
            tuple(map(self.named, path)): self.named(value)
            for path, value in effective_leaves.items()
            if path[0] not in subject.hidden
        }
