"""The API as the program itself reaches it, for look-ups: with the credential of the provider that they go by.

A dynamic provider offers no functions to its program, so that the program's own process asks. Client, configuration and
the check of the workspace are those of the provider's process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.dynamic.program.explicit_provider import Provider
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.program.stack_state import state_of
from pulumi_managed_agents.dynamic.provider.process import KEYS, connected
from pulumi_managed_agents.reconcile.record import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.context import Context

_HELD = "_managed_agents_connections"
_WORKSPACES = "_managed_agents_recorded_workspaces"
_lock = threading.Lock()


@dataclass(frozen=True)
class LookUpPlace:
    """Where a look-up asks: by which configuration, and in which workspace that has to be, if that is known."""

    config: Mapping[str, str]
    workspace: str | None = None

    def connection(self) -> Context:
        """The API there, and what is live; one connection serves all look-ups of a program in one place.

        Raises:
            WrongWorkspace: the credential is another workspace's.
        """
        held: dict[tuple[tuple[str, str], ...], Context] = _holder().setdefault(_HELD, {})
        key = tuple(sorted(self.config.items()))
        with _lock:
            if key not in held:
                held[key] = connected(self.config)
        held[key].client.expect(self.workspace)
        return held[key]


def place_of(opts: pulumi.InvokeOptions | None) -> pulumi.Output[LookUpPlace]:
    """Where a look-up with these options asks: by its provider, its parent's, or the stack's own configuration.

    Raises:
        pulumi.RunError: the provider is not a `Provider` of this package, so that nobody can say what it is given.
    """
    provider = opts.provider if opts else None
    if provider is None and opts and opts.parent:
        provider = opts.parent.get_provider(token("Workspace"))
    recorded = _recorded_workspaces()
    if provider is None:
        config = pulumi.Config(NAMESPACE)
        own = {key: value for key in KEYS if (value := config.get(key))}
        return pulumi.Output.from_input(own).apply(lambda found: LookUpPlace(found, recorded.get(_workspace_urn(""))))
    if not isinstance(provider, Provider):
        name = provider.pulumi_resource_name
        raise pulumi.RunError(
            f"a look-up cannot know what provider '{name}' was given; make it a pulumi_managed_agents.Provider"
        )
    # What is looked up with a secret is no secret itself.
    given = pulumi.Output.unsecret(pulumi.Output.all(provider.urn, pulumi.Output.all(**provider.settings)))
    return given.apply(lambda known: LookUpPlace(known[1], _recorded_behind(known[0], recorded)))


def _holder() -> dict[str, Any]:
    """What lives as long as the program: tests run several programs in one process."""
    return vars(get_monitor() or pulumi.runtime)


def _recorded_workspaces() -> dict[str, str]:
    """The workspaces that the stack's state records, by the URN of the resource that found it; read once."""
    holder = _holder()
    if _WORKSPACES not in holder:
        entries = state_of(pulumi.get_stack())
        found = {urn: outputs.get("workspace") for urn, outputs in entries.items() if f"{token('Workspace')}::" in urn}
        holder[_WORKSPACES] = {urn: workspace for urn, workspace in found.items() if workspace and workspace != UNNAMED}
    known: dict[str, str] = holder[_WORKSPACES]
    return known


def _recorded_behind(urn: str, recorded: Mapping[str, str]) -> str | None:
    """The workspace recorded for the provider with a URN, whose resource is inside it where it is in a component."""
    name = f"workspace-{urn.rpartition('::')[2]}"
    inside = f"{urn.rpartition('::')[0]}${token('Workspace')}::{name}"
    return recorded.get(inside) or recorded.get(_workspace_urn(name))


def _workspace_urn(name: str) -> str:
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{token('Workspace')}::{name or 'workspace'}"
