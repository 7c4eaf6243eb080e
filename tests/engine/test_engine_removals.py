"""What a person reads before a stage is taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.engine.removals import removals

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.policy import OnRemoval


def recorded(kind: str, name: str, **outputs: Any) -> dict[str, Any]:
    return {"inputs": {"__resource": {"kind": kind, "name": name}}, "outputs": outputs}


STAGE = [
    {"inputs": {}, "outputs": {}},
    recorded("workspace", "workspace", workspace="wrkspc_1"),
    recorded("agent", "agents/lead", __applied={}),
    recorded("environment", "environments/box", __applied={}),
    recorded("memory_store", "memory/notes", __applied={}),
    recorded("deployment", "deployments/nightly"),
]


@pytest.mark.parametrize(
    ("policy", "lines"),
    [
        pytest.param(
            "archive",
            [
                "agent agents/lead: archived for ever",
                "environment environments/box: deleted, or archived for ever instead if sessions refer to it",
                "memory store memory/notes: deleted, with everything that agents have written into it",
            ],
            id="archive",
        ),
        pytest.param("retain", ["left as it is"] * 3, id="retain"),
        pytest.param("refuse", ["onRemoval is 'refuse'"] * 3, id="refuse"),
    ],
)
def test_each_object_is_named_with_its_fate(policy: OnRemoval, lines: list[str]) -> None:
    """What goes for ever is said beforehand; what was never made is not spoken of."""
    told = list(removals(STAGE, policy))
    assert [line in text for line, text in zip(lines, told, strict=True)] == [True] * 3
