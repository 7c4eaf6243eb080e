"""What a person reads before a stage is taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.commands.destroy import removals

if TYPE_CHECKING:
    from pulumi_managed_agents.config.policy import OnRemoval


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


OBJECTS = ("agent agents/lead", "environment environments/box", "memory store memory/notes")
RETAINED = "left as it is, and forgotten (managed-agents:onRemoval is 'retain')"
REFUSED = "refused (managed-agents:onRemoval is 'refuse'; set it to 'archive' and run `up` first)"


@pytest.mark.parametrize(
    ("policy", "fates"),
    [
        pytest.param(
            "archive",
            [
                "archived for ever",
                "deleted, or archived for ever instead if sessions refer to it",
                "deleted, with everything that agents have written into it",
            ],
            id="archive",
        ),
        pytest.param("retain", [RETAINED] * 3, id="retain"),
        pytest.param("refuse", [REFUSED] * 3, id="refuse"),
    ],
)
def test_each_object_is_named_with_its_fate(policy: OnRemoval, fates: list[str]) -> None:
    """What goes for ever is said beforehand; what was never made is not spoken of."""
    lines = [f"{name}: {fate}" for name, fate in zip(OBJECTS, fates, strict=True)]
    assert list(removals(STAGE, policy)) == lines
