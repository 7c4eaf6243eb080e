"""The provider as the engine calls it: in one process, with what was recorded and what the program declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

from pulumi_managed_agents.dynamic import Entry
from pulumi_managed_agents.dynamic.provider import process, resource_handler
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from pulumi_managed_agents.dynamic.state_entry import ownership
from tests.dynamic.sdk_server import server_diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.dynamic import DiffResult

    from tests.journeys.journey_server import Server

Props = dict[str, Any]
CommandResult = dict[str, str]
"""The kind of change by property path."""


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
        for remembered in (process._said, process.applied, process.ignored_changes):  # noqa: SLF001 - what it has seen
            remembered.clear()
        resource_handler._refreshed.clear()  # noqa: SLF001
        resource_handler._checked.clear()  # noqa: SLF001

    def declared(self, kind: str, name: str, /, **body: Any) -> Props:
        """The inputs of a resource with a qualified name."""
        owned = ownership(kind, name, project="shop", stack="dev", workspace=None)
        return {"__provider": PROVIDER, "__resource": {"name": name, **owned}, **body}

    def create(self, inputs: Props) -> Recorded:
        """Make a resource."""
        made = self.entry.create(inputs)
        assert made.outs is not None
        return Recorded(made.id, inputs, made.outs)

    def refresh(self, one: Recorded, ignore_changes: Sequence[str] = ()) -> CommandResult | None:
        """Look at a resource, as a refresh does, which is a process of its own.

        What the engine shows of it, or None where it is unchanged.
        """
        self.restart()
        read = self.entry.read(one.id, one.outputs)
        assert read.outs is not None
        # The engine asks what an up would do that declares what was recorded so far.
        difference = self._diff(one.id, read.outs, one.inputs, ignore_changes)
        one.outputs = read.outs
        one.inputs = {"__provider": PROVIDER, **read.inputs} if read.inputs else one.inputs
        return difference

    def read(self, one: Recorded) -> None:
        """Look at a resource, and ask nothing after it."""
        read = self.entry.read(one.id, one.outputs)
        assert read.outs is not None
        one.outputs = read.outs

    def plan(self, one: Recorded, inputs: Props) -> DiffResult:
        """Compare a resource with what the program declares now."""
        assert self.entry.check(one.inputs, inputs).failures == []
        return self.entry.diff(one.id, one.outputs, inputs)

    def preview(self, one: Recorded, inputs: Props, ignore_changes: Sequence[str] = ()) -> CommandResult | None:
        """The same as the engine shows it, or None where nothing is to be done; a process of its own."""
        self.restart()
        assert self.entry.check(one.inputs, inputs).failures == []
        return self._diff(one.id, one.outputs, inputs, ignore_changes)

    def up(self, one: Recorded, inputs: Props, ignore_changes: Sequence[str] = ()) -> None:
        """Change a resource to what the program declares now, if the provider finds something to do."""
        if self.preview(one, inputs, ignore_changes) is not None:
            outputs = self.entry.update(one.id, one.outputs, inputs).outs
            assert outputs is not None
            one.outputs = outputs
        one.inputs = inputs

    def _diff(self, id: str, olds: Props, news: Props, ignore_changes: Sequence[str]) -> CommandResult | None:
        """Ask over the SDK's own server, as the engine does."""
        answer = server_diff(self.entry, id, olds, news, ignore_changes)
        if answer.changes == DiffResponse.DIFF_NONE:
            return None
        assert all(entry.inputDiff for entry in answer.detailedDiff.values())
        return {path: PropertyDiff.Kind.Name(entry.kind).lower() for path, entry in answer.detailedDiff.items()}
