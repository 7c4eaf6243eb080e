"""What a program has registered: the URN of each resource, earlier URNs, and what it inherits from its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.engine.project import Project


@dataclass(frozen=True)
class Registration:
    """A registered resource; `earlier` are the URNs that it may be recorded under, `needs` those that it depends on."""

    urn: str
    earlier: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False


class Registrations:
    """The resources that a program has registered so far, components included."""

    def __init__(self, project: Project) -> None:
        self._prefix = f"urn:pulumi:{project.stage}::{project.name}"
        self._known: dict[str, Registration] = {}

    def add(self, request: Any) -> Registration:
        """Add a resource as the program registers it; its parent was registered before."""
        parent = self._known.get(request.parent, Registration(request.parent))
        own = self._urn(request.parent, request.type, request.name)
        earlier = dict.fromkeys(urn for urn in self._earlier(request, parent) if urn != own)
        # Every resource has the stack for a parent, which needs no waiting for.
        needed_parent = [parent.urn] if _types_in(parent.urn) else []
        self._known[own] = Registration(
            own,
            tuple(earlier),
            needs=(*request.dependencies, *needed_parent, *parent.needs),
            protect=request.protect if request.HasField("protect") else parent.protect,
            retain=request.retainOnDelete if request.HasField("retainOnDelete") else parent.retain,
        )
        return self._known[own]

    def _earlier(self, request: Any, parent: Registration) -> Iterator[str]:
        """The URNs of a resource's aliases, under its parent and wherever that was before."""
        names = [(request.type, request.name)]
        for alias in request.aliases:
            if alias.urn:
                yield alias.urn
                continue
            type, name = alias.spec.type or request.type, alias.spec.name or request.name
            names.append((type, name))
            above = "" if alias.spec.noParent else alias.spec.parentUrn or request.parent
            for parent_urn in (above, *self._known.get(above, Registration(above)).earlier):
                yield self._urn(parent_urn, type, name)
        for earlier_parent in parent.earlier:
            before, now = _name_in(earlier_parent), _name_in(parent.urn)
            for type, name in names:
                # As Pulumi does: where a name begins with the parent's, that part has followed the parent's name.
                earlier_name = before + name.removeprefix(now) if name.startswith(now) else name
                yield self._urn(earlier_parent, type, earlier_name)

    def _urn(self, parent: str, type: str, name: str) -> str:
        types = "$".join(filter(None, [_types_in(parent), type]))
        return f"{self._prefix}::{types}::{name}"


def _types_in(urn: str) -> str:
    """The types that the URN of a child begins with; the stack's own type is left out, as in Pulumi."""
    types = urn.split("::", 3)[2] if urn else ""
    return "" if types == STACK_TYPE else types


def _name_in(urn: str) -> str:
    return urn.split("::", 3)[3]
