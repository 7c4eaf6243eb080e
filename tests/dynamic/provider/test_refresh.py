"""What a refresh tells, and that it swallows no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.dynamic.provider_process import Props, Provider, Recorded

AGENT: Props = {"name": "Triage", "model": "claude-haiku-5-5", "system": "Sort.", "description": "Sorts."}
TOOLS: list[Props] = [{"type": "agent_toolset_20260401"}]


def by_hand(provider: Provider, one: Recorded, **fields: Any) -> None:
    """Somebody changes an agent outside Pulumi."""
    hand = provider.server.hand.beta.agents
    hand.update(one.id, version=hand.retrieve(one.id).version, **fields)


def made(provider: Provider, **fields: Any) -> tuple[Props, Recorded]:
    """An agent as it is declared, and as it is recorded."""
    inputs = provider.declared("agent", "triage", **{**AGENT, **fields})
    return inputs, provider.create(inputs)


def test_drift_is_reported_once_by_refreshes_and_healed_by_the_next_up(provider: Provider) -> None:
    """A refresh tells what moved since the last look; previews tell it until it is healed, refreshed or not."""
    inputs, one = made(provider)
    assert provider.refresh(one) is None
    by_hand(provider, one, system="By hand.")
    drift = {"system": "update"}
    assert provider.preview(one, inputs) == drift
    assert provider.refresh(one) == drift
    assert one.inputs["system"] == "By hand."
    assert provider.refresh(one) is None
    assert provider.preview(one, inputs) == drift

    by_hand(provider, one, system="By hand, again.", description="Also this.")
    assert provider.refresh(one) == {"system": "update", "description": "update"}
    provider.up(one, inputs)
    assert provider.server.agents()["Triage"].system == "Sort."
    assert (provider.refresh(one), provider.preview(one, inputs)) == (None, None)


@pytest.mark.parametrize("policy", ["heal", "fail", "ignore"])
def test_no_policy_keeps_a_refresh_from_telling(provider: Provider, policy: str) -> None:
    """What an up will do about it is another question."""
    provider.configure(onDrift=policy)
    _, one = made(provider)
    by_hand(provider, one, system="By hand.")
    assert provider.refresh(one) == {"system": "update"}


def test_a_conflict_is_reported_like_any_drift(provider: Provider) -> None:
    """And it is one still in the preview after it."""
    provider.configure(acceptConflicts='["triage@2"]')
    inputs, one = made(provider)
    by_hand(provider, one, system="By hand.")
    assert provider.refresh(one) == {"system": "update"}
    assert provider.preview(one, {**inputs, "system": "Sort it."}) == {"system": "update"}


def test_entries_that_went_and_came_are_reported_as_one_thing(provider: Provider) -> None:
    """A list that somebody emptied, as an up would fill it again; the engine turns that around."""
    _, one = made(provider, tools=TOOLS)
    by_hand(provider, one, tools=[])
    assert provider.refresh(one) == {"tools[0]": "add"}


def test_an_object_that_is_gone_is_reported_once(provider: Provider) -> None:
    """It stays in the state, and the next up makes a new one."""
    inputs, one = made(provider)
    provider.server.hand.beta.agents.archive(one.id)
    assert provider.refresh(one) == {}
    assert provider.refresh(one) is None
    assert provider.plan(one, inputs).replaces == ["name"]


def test_a_refresh_that_sees_an_earlier_state_keeps_what_it_knows(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the API answers from before our own write, a line says so, and what is recorded stays as it was."""
    inputs = provider.declared("agent", "triage", name="Triage", model="claude-haiku-5-5")
    one = provider.create(inputs)
    provider.server.inject({"path": "/v1/agents.*", "lag_ms": 60_000, "times": 1000})
    provider.up(one, {**inputs, "description": "Edited."})
    before = one.outputs
    assert provider.refresh(one) is None
    assert one.outputs == before
    assert "the API still answers with version 1" in capsys.readouterr().out
