"""What all our resource classes share: type token, provider reference, ownership, references in bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import pulumi
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.program import mistakes
from pulumi_managed_agents.dynamic.program.exit import leave_quietly
from pulumi_managed_agents.dynamic.program.live_object import LiveObject
from pulumi_managed_agents.dynamic.program.registration import cut_down
from pulumi_managed_agents.dynamic.program.removals import look_before_the_end, note_declared
from pulumi_managed_agents.dynamic.program.stack_state import Marks, marks_in_state, recorded_id
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from pulumi_managed_agents.dynamic.state_entry import is_defined, ownership
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.mark import TYPE_PREFIX, qualified_name
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.reconcile.secrets import with_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable

_WORKSPACES = "_managed_agents_workspaces"

T = TypeVar("T")

# Here, and not with the first resource: what a program lost may be the last of them.
look_before_the_end()


def token(title: str) -> str:
    """The Pulumi type of one of our resources."""
    return f"{TYPE_PREFIX}{title}"


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
        self._register(title, name, {"name": name, **about}, props, opts)

    def _register(
        self,
        title: str,
        name: str,
        about: dict[str, Any] | Awaitable[dict[str, Any]],
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        leave_quietly()
        cut_down()
        super().__init__(token(title), name, {"__provider": PROVIDER, RESOURCE: about, **props}, opts)


class ManagedResource(StageResource):
    """An object of the API: an agent, an environment, a vault. `title` is the last part of its Pulumi type."""

    kind: ClassVar[str]
    title: ClassVar[str]

    def _declare(
        self,
        name: str,
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None = None,
        about: dict[str, Any] | None = None,
    ) -> None:
        """What the classes call in their `__init__` instead of their base's."""
        # Pulumi takes the third `__init__` from the inside for that of a program's class, and its caller for the line
        # that declares the resource; so there must be none between theirs and Pulumi's own two.
        cut_down()
        opts, about = self._adopting_imported(name, opts, about or {})
        is_written_elsewhere = "file" in about or (opts and opts.id)
        mistakes.note_mistakes(self, FACTS[self.kind], name, None if is_written_elsewhere else props)
        urn = _urn(token(self.title), name, opts)
        if opts and opts.custom_timeouts:
            # The SDK does not hand them to the provider.
            pulumi.log.warn(f"{name}: custom_timeouts has no effect: every request has its own time limit")
        first = {"deleted_first": True} if opts and opts.delete_before_replace else {}
        hidden = self._about(urn, props, marks_in_state(), {**first, **about})
        self._register(self.title, name, hidden, {**props, "version": None}, opts)

    def _adopting_imported(
        self, name: str, opts: pulumi.ResourceOptions | None, about: dict[str, Any]
    ) -> tuple[pulumi.ResourceOptions | None, dict[str, Any]]:
        """The options without `import_`, which no dynamic provider can do, and the adoption that it stands for."""
        if not opts or not opts.import_:
            return opts, about
        options = pulumi.ResourceOptions.merge(opts, None)
        options.import_ = None
        adopt = about.get("adopt", opts.import_)
        if adopt != opts.import_:
            mistakes.note(self, name, InputError(f"adopt says {adopt}, import_ says {opts.import_}; say one of them"))
        return options, {**about, **adopting(opts.import_)}

    @classmethod
    def from_definition(
        cls, name: str, body: dict[str, Any], about: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> Self:
        """One straight from a file, whose fields go to the API as written, also those no parameter is named for."""
        resource = cls.__new__(cls)
        resource._declare(name, body, opts, about)  # noqa: SLF001 - of the same class
        return resource

    @classmethod
    def get(cls, resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Self:
        """One that exists and that somebody else manages: its outputs are what is live, and nothing is ever written.

        Args:
            resource_name: The resource's name in Pulumi.
            id: The API's id of it.
            opts: Pulumi's resource options; it is looked for in the workspace of its provider.
        """
        resource = cls.__new__(cls)
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        resource._declare(resource_name, dict.fromkeys(cls.output_names()), opts)  # noqa: SLF001 - of the same class
        return resource

    @classmethod
    def output_names(cls) -> list[str]:
        """The fields that the class declares as outputs."""
        return [name for name, declared in vars(cls)["__annotations__"].items() if "ClassVar" not in declared]

    async def _about(
        self, urn: pulumi.Output[str] | str, props: dict[str, Any], recorded: Marks | None, about: dict[str, Any]
    ) -> dict[str, Any]:
        """The hidden input for the provider; `recorded` is what the state knows, None if the engine cannot say."""
        # A parent's URN as an Output would be a dependency on a component, which waits for its children: for this one.
        await mistakes.nothing_is_wrong()
        own = urn if isinstance(urn, str) else await urn.future() or ""
        name = qualified_name(own)
        # Pulumi knows the provider, which may be a parent's, only after `__init__`; this runs later.
        workspace = (await workspace_behind(self._provider)).known_as
        place = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
        owned = ownership(self.kind, name, **place, workspace=workspace)
        known = recorded or Marks({})
        await note_declared(self, self.kind, own, {} if is_defined(about) else props)
        complete = {
            "name": name,
            **owned,
            # A file has secrets in the places of its kind alone.
            "secret": None if is_defined(about) else await _secrets(self.kind, props),
            # The key as the states of users have it.
            "besides": known.elsewhere(self.kind, owned["mark"], own),
            "replaces": await recorded_id(known, own, self),
            "unread": True if recorded is None else None,
            "by": self._provider.pulumi_resource_name if self._provider else None,
            **about,
        }
        if "uses" in about:
            complete["uses"] = {path: await _name_of(used) for path, used in about["uses"].items()}
        return complete

    def reference(self) -> Any:
        """What stands for this resource where the API wants its id."""
        return self.id


def _urn(type: str, name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str] | str:
    """The URN that a resource will have; the program's root resource is no part of it."""
    parent = opts.parent if opts else None
    if parent is None or parent is pulumi.runtime.get_root_resource():
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type}::{name}"
    return pulumi.create_urn(name, type, parent)


async def _name_of(used: ManagedResource | str) -> str:
    """The qualified name of a resource; the name of a definition is that already."""
    return used if isinstance(used, str) else qualified_name(await used.urn.future() or "")


class Workspace(StageResource):
    """The workspace all resources of a program (and provider) live in; made by the first of them."""

    workspace: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Workspace", name, {"kind": "workspace"}, {"workspace": None}, opts)

    @property
    def known_as(self) -> pulumi.Output[str]:
        """What the API calls it, without a dependency on this resource: nothing is replaced or removed along with it.

        The state would otherwise name it twice in every resource.
        """
        name = self.workspace
        future: Any = name.future(with_unknowns=True)
        return pulumi.Output(set(), future, name.is_known(), name.is_secret())


def workspace_of(provider: pulumi.ProviderResource | None, *, nested: bool = False) -> Workspace:
    """The one workspace resource of this program for a provider, or for the stack's own configuration.

    A provider that is `nested` in a component may share its name with others, so that the workspace goes inside it.
    """
    known: dict[Any, Workspace] = vars(get_monitor() or pulumi.runtime).setdefault(_WORKSPACES, {})
    if provider not in known:
        name = f"workspace-{provider.pulumi_resource_name}" if provider else "workspace"
        opts = pulumi.ResourceOptions(provider=provider, parent=provider if nested else None)
        known[provider] = Workspace(name, opts)
    return known[provider]


async def workspace_behind(provider: pulumi.ProviderResource | None) -> Workspace:
    """The workspace resource for the provider of a resource."""
    if provider is None:
        return workspace_of(None)
    name = qualified_name(await provider.urn.future() or "")
    return workspace_of(provider, nested=name != provider.pulumi_resource_name)


async def _secrets(kind: str, props: dict[str, Any]) -> list[str] | None:
    """The fields that the program marks as secret, apart from those in which the kind has secrets anyway."""
    # The SDK passes secrets to the provider as plain values, without a mark.
    others = with_secrets(FACTS[kind], props, lambda *_: None)
    names = [name for name, value in others.items() if await pulumi.Output.from_input(value).is_secret()]
    return names or None


def adopting(id: str | None) -> dict[str, str]:
    """What makes the provider take over an object that exists."""
    return {"adopt": id} if id else {}


def uses(value: Any, path: tuple[str, ...] = ()) -> dict[str, ManagedResource]:
    """The resources that are in a body, by path."""
    if isinstance(value, ManagedResource):
        return {".".join(path): value}
    if isinstance(value, (list, tuple)):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        return {}
    return {where: used for key, item in value.items() for where, used in uses(item, (*path, key)).items()}


def with_references(value: T) -> T:
    """A body with what refers to the resources and looked-up objects in it, pinned to the version applied or found."""
    if isinstance(value, (ManagedResource, LiveObject)):
        return value.reference()  # type: ignore[no-any-return]  # an output
    if isinstance(value, pulumi.Output):
        return value.apply(with_references)  # type: ignore[return-value]  # of the same type
    if isinstance(value, dict):
        return {key: with_references(item) for key, item in value.items()}  # type: ignore[return-value]  # of the same shape
    if isinstance(value, (list, tuple)):
        return [with_references(item) for item in value]  # type: ignore[return-value]  # of the same shape
    return value
