"""The workspace resource, which the engine asks about before all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.dynamic.provider import process
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from pulumi_managed_agents.reconcile import live
from tests.dynamic.sdk_server import server_diff

if TYPE_CHECKING:
    import pytest

    from tests.dynamic.provider_process import Props, Provider

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/managedagents:Workspace::workspace"


def test_the_agents_of_a_stack_are_read_while_its_program_goes_on(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the workspace reads a page, and what the stack fills is read on before any agent is asked for."""
    monkeypatch.setattr(live, "PAGE", 2)
    for number in range(3):
        provider.create(provider.declared("agent", f"agents/{number}", name=str(number), model="claude-opus-5-5"))
    provider.restart()
    inputs: Props = {"__provider": PROVIDER, "__resource": {"name": "workspace", "kind": "workspace"}}
    assert provider.entry.check({}, inputs).failures == []
    provider.server.inject({"path": "/v1/agents", "hold": True})
    recorded = {**inputs, "workspace": process.reconcile_context().client.workspace}
    server_diff(provider.entry, "workspace", recorded, inputs, urn=URN)
    provider.server.holding(1)
