"""Deployments that their files hold at a version of an agent."""

from __future__ import annotations

import json

import pytest

from pulumi_managed_agents.dynamic.program.declare_release import refusal
from pulumi_managed_agents.stage.definition import Definition, Reference

NIGHTLY = Definition("deployment", "deployments/nightly", "stacks/dev/deployments/nightly.yaml", {})


@pytest.mark.parametrize("version", [1, "3"])
def test_a_version_that_was_proven_may_be_held(version: int | str) -> None:
    """The engine hands out whole numbers as floats, a file may write one as text."""
    assert (
        refusal(
            NIGHTLY, Reference("agents/a", "agent", "agent", version), "agent_a", json.loads('{"agent_a": [1.0, 3]}')
        )
        == ""
    )


@pytest.mark.parametrize(
    ("proved", "known"),
    [
        pytest.param({"agent_a": [1, 3], "agent_b": [2]}, "(proven: 1, 3)", id="another"),
        pytest.param({}, "(proven: none)", id="none yet"),
        pytest.param(None, "(proven: none)", id="recorded before versions were remembered"),
    ],
)
def test_a_version_that_never_passed_may_not(proved: dict[str, list[int]] | None, known: str) -> None:
    """What is pinned serves only what is proven, also where a person writes the number."""
    message = refusal(NIGHTLY, Reference("agents/a", "agent", "agent", 2), "agent_a", proved)
    assert "agent.version: version 2 of agents/a never passed its smoke tests on this stage" in message
    assert f"{known}; name one of these, or leave the version out" in message
