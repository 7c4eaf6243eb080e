"""The names of resources: URNs, and the ones a resource may have had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.events import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi.runtime.proto.alias_pb2 import Alias
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest


def make_urn(project: str, stage: str, parent: str, kind: str, name: str) -> str:
    """Return the URN of a resource of type `kind`; `parent` is a URN, or empty."""
    parent_type = parent.split("::")[2] if parent else STACK_TYPE
    qualified = kind if parent_type == STACK_TYPE else f"{parent_type}${kind}"
    return f"urn:pulumi:{stage}::{project}::{qualified}::{name}"


def former_urns(request: RegisterResourceRequest, urn: str, moved: dict[str, str]) -> Iterator[str]:
    """Yield the URNs a resource may be recorded under: by its aliases, and by those its parent moved from.

    `moved` maps the URN of each moved resource to its former one.
    """
    own = [_alias_urn(alias, request, urn, moved) for alias in request.aliases]
    yield from own
    if request.parent in moved:
        parent, former = request.parent, moved[request.parent]
        for candidate in [urn, *own]:
            yield _below(former, parent, candidate)


def _alias_urn(alias: Alias, request: RegisterResourceRequest, urn: str, moved: dict[str, str]) -> str:
    if alias.urn:
        return alias.urn
    spec, (stage, project) = alias.spec, urn.removeprefix("urn:pulumi:").split("::")[:2]
    parent = "" if spec.noParent else spec.parentUrn or request.parent
    parent = moved.get(parent, parent) if spec.parentUrn else parent
    return make_urn(
        spec.project or project, spec.stack or stage, parent, spec.type or request.type, spec.name or request.name
    )


def _below(former: str, parent: str, child: str) -> str:
    """Name a child as it was under its parent's former URN; a name that began with the parent's follows it."""
    stage, project = former.removeprefix("urn:pulumi:").split("::")[:2]
    kind, name = child.split("::")[2].rsplit("$", 1)[-1], child.split("::", 3)[3]
    was, now = former.split("::", 3)[3], parent.split("::", 3)[3]
    name = was + name.removeprefix(now) if name.startswith(now) else name
    return make_urn(project, stage, former, kind, name)
