"""Drift in a field that no file names, as the engine's calls tell it, and with states of an earlier release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.packed_record import unpacked

if TYPE_CHECKING:
    import pytest

    from tests.dynamic.provider_process import Provider, Recorded

ROLE: Any = {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/admin"}
AGENT = {"name": "Triage", "model": "claude-haiku-5-5"}
TOLD = "in no file: execution_identity.role_arn unset → arn:aws:iam::123456789012:role/admin"


def by_hand(provider: Provider, one: Recorded, **fields: Any) -> None:
    """Somebody else changes the agent."""
    agents = provider.server.hand.beta.agents
    agents.update(one.id, version=agents.retrieve(one.id).version, **fields)


def test_it_is_reported_before_and_after_a_refresh(provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    """A preview, a refresh, and a preview after it: each tells it with its power, and none has anything to do."""
    inputs = provider.declared("agent", "triage", **AGENT)
    one = provider.create(inputs)
    by_hand(provider, one, execution_identity=ROLE)
    assert provider.preview(one, inputs) is None
    provider.refresh(one)
    assert provider.preview(one, inputs) is None
    assert (
        capsys.readouterr().out.count(f"{TOLD}; execution_identity.type service_account → aws_role (more power: ") == 3
    )


def test_a_state_of_an_earlier_release_is_silent_until_a_refresh(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells nothing of such fields; what the first refresh saw counts from then on, whatever later ones see."""
    inputs = provider.declared("agent", "triage", **AGENT)
    one = provider.create(inputs)
    one.outputs = unpacked(one.outputs)
    del one.outputs["__applied"]["blank"]
    by_hand(provider, one, description="By hand.")
    assert provider.preview(one, inputs) is None
    provider.refresh(one)
    assert provider.preview(one, inputs) is None
    assert "in no file" not in capsys.readouterr().out
    by_hand(provider, one, execution_identity=ROLE)
    for _ in range(2):
        provider.refresh(one)
    provider.preview(one, inputs)
    assert capsys.readouterr().out.count(TOLD) == 3
    assert "blank" not in unpacked(one.outputs)["__applied"]
