"""What every resource class of ours does the same: type token, provider reference, ownership, references in bodies."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar, Self, TypeVar

import pulumi

from pulumi_managed_agents.dynamic import PROVIDER, host
from pulumi_managed_agents.dynamic.stack_state import ids_marked_elsewhere, is_unread, recorded_id
from pulumi_managed_agents.dynamic.state_entry import ownership
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.record import RESOURCE
from pulumi_managed_agents.kinds.secrets import with_secrets

MODULE = "managedagents"
_WORKSPACES = "_managed_agents_workspaces"

T = TypeVar("T")


def token(title: str) -> str:
    """The Pulumi type of one of our resources; part of every URN, so it never changes."""
    return f"pulumi-python:dynamic/{MODULE}:{title}"


class StageResource(pulumi.CustomResource):
    """A resource behind our provider. `about` is for the provider alone and hidden from Pulumi's displays."""

    def __init__(
        self,
        title: str,
        name: str,
        about: dict[str, Any],
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        host.leave_quietly()
        about = {"name": name, **about}
        super().__init__(token(title), name, {"__provider": PROVIDER, RESOURCE: about, **props}, opts)


class ManagedResource(StageResource):
    """An object of the API: an agent, an environment, a vault. `title` is the last part of its Pulumi type."""

    kind: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        name: str,
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None = None,
        about: dict[str, Any] | None = None,
    ) -> None:
        place = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
        owned = ownership(self.kind, name, **place, workspace=workspace_of(opts).workspace)
        urn = pulumi.create_urn(name, token(self.title), opts.parent if opts else None)
        besides = ids_marked_elsewhere(owned["mark"], urn)
        for_create = {"replaces": recorded_id(urn, self), "unread": is_unread()}
        about = {**owned, "secret": _secrets(self.kind, props), "besides": besides, **for_create, **(about or {})}
        super().__init__(self.title, name, about, {**props, "version": None}, _created_first(name, opts))

    @classmethod
    def from_definition(
        cls, name: str, body: dict[str, Any], about: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> Self:
        """One straight from a file, whose fields go to the API as written, also those no parameter is named for."""
        resource = cls.__new__(cls)
        ManagedResource.__init__(resource, name, body, opts, about)
        return resource

    def reference(self) -> Any:
        """What stands for this resource where the API wants its id."""
        return self.id


class Workspace(StageResource):
    """The workspace all resources of a program (and provider) live in; made by the first of them."""

    workspace: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Workspace", name, {"kind": "workspace"}, {"workspace": None}, opts)


def workspace_of(opts: pulumi.ResourceOptions | None) -> Workspace:
    """The one workspace resource of this program for the provider in `opts`, kept on the program's root resource."""
    provider = opts.provider if opts else None
    root = pulumi.runtime.get_root_resource()
    known: dict[Any, Workspace] = vars(root or pulumi.runtime).setdefault(_WORKSPACES, {})
    if provider not in known:
        name = f"workspace-{provider._name}" if provider else "workspace"  # noqa: SLF001 - a provider has no public name
        known[provider] = Workspace(name, pulumi.ResourceOptions(provider=provider))
    return known[provider]


def _created_first(name: str, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """The options without `delete_before_replace`.

    An object that was deleted before its successor could be made would look to the next run as if somebody else had
    deleted it.
    """
    if opts is None or not opts.delete_before_replace:
        return opts
    told = "delete_before_replace has no effect: a new one is made first, and the old one gives up its name or key"
    pulumi.log.warn(f"{name}: {told}")
    kept = copy(opts)
    kept.delete_before_replace = None
    return kept


async def _secrets(kind: str, props: dict[str, Any]) -> list[str] | None:
    """The fields with a secret where the kind has none, handed to the provider bare: what it writes leaves them out.

    Where the kind has its secrets they are known for what they are, and never written anyway.
    """
    others = with_secrets(FACTS[kind], props, lambda *_: None)
    found = [name for name, value in others.items() if await pulumi.Output.from_input(value).is_secret()]
    return found or None


def adopting(id: str | None) -> dict[str, str]:
    """What tells the provider to take over an object that exists."""
    return {"adopt": id} if id else {}


def uses(value: Any, path: tuple[str, ...] = ()) -> dict[str, str]:
    """The names of the resources that stand in a body, by path."""
    if isinstance(value, ManagedResource):
        return {".".join(path): value._name}  # noqa: SLF001 - a resource has no public name
    if isinstance(value, (list, tuple)):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        return {}
    return {where: name for key, item in value.items() for where, name in uses(item, (*path, key)).items()}


def with_references(value: T) -> T:
    """A body in which resources of ours stand where the API wants an id, pinned to the version just applied."""
    if isinstance(value, ManagedResource):
        return value.reference()  # type: ignore[no-any-return]  # an output
    if isinstance(value, dict):
        return {key: with_references(item) for key, item in value.items()}  # type: ignore[return-value]  # of the same shape
    if isinstance(value, (list, tuple)):
        return [with_references(item) for item in value]  # type: ignore[return-value]  # of the same shape
    return value
