"""The provider as the engine calls it: in one process, with what was recorded and what the program declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic import Entry, process, resource_handler
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from pulumi_managed_agents.dynamic.state_entry import ownership

if TYPE_CHECKING:
    from pulumi.dynamic import DiffResult

    from tests.journeys.journey_server import Server

Props = dict[str, Any]


@dataclass
class Recorded:
    """What a state holds of a resource."""

    id: str
    inputs: Props
    outputs: Props


@dataclass
class Provider:
    """A provider process for the stage `dev` of the project `shop`, and the server that it is for."""

    server: Server
    entry: Entry = field(default_factory=Entry)

    def configure(self, **settings: str) -> None:
        """Give the stage its configuration."""
        process._config.update(settings)  # noqa: SLF001 - as `configure` does

    def restart(self) -> None:
        """Go on as another process, which remembers nothing and has the same configuration."""
        if process._reconcile_context.cache_info().currsize:  # noqa: SLF001 - what a process holds
            process.reconcile_context().client.close()
        process._reconcile_context.cache_clear()  # noqa: SLF001
        for remembered in (process._said, process.applied, resource_handler._refreshed, resource_handler._checked):  # noqa: SLF001
            remembered.clear()

    def declared(self, kind: str, name: str, /, **body: Any) -> Props:
        """The inputs of a resource with a qualified name."""
        owned = ownership(kind, name, project="shop", stack="dev", workspace=None)
        return {"__provider": PROVIDER, "__resource": {"name": name, **owned}, **body}

    def create(self, inputs: Props) -> Recorded:
        """Make a resource."""
        made = self.entry.create(inputs)
        assert made.outs is not None
        return Recorded(made.id, inputs, made.outs)

    def refresh(self, one: Recorded) -> DiffResult:
        """Look at a resource, and answer the question that the engine asks right after it."""
        self.read(one)
        return self.entry.diff(one.id, one.outputs, one.inputs)

    def read(self, one: Recorded) -> None:
        """Look at a resource."""
        read = self.entry.read(one.id, one.outputs)
        assert read.outs is not None
        one.outputs = read.outs

    def plan(self, one: Recorded, inputs: Props) -> DiffResult:
        """Compare a resource with what the program declares now."""
        assert self.entry.check(one.inputs, inputs).failures == []
        return self.entry.diff(one.id, one.outputs, inputs)
