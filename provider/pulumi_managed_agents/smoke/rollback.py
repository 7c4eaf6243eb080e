"""Rolling back by pins: an agent serves an earlier version again, at once, until it has a newer one.

The stack's configuration says from which version to which (``managed-agents:rolledBack: {agents/triage: {from: 8, to:
7}}``). Which pins follow from that is in `serving`. Pure functions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.serving import going_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, Any]

CONFIG = "rolledBack"
VARIABLE = "MANAGED_AGENTS_ROLLING_BACK"
"""Names the file with what is recorded, while nothing but pins and deployments is to move."""


def rolled_back(config: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """`managed-agents:rolledBack` by agent, from a stage's configuration (keys without namespace, values as text).

    Raises:
        InputError: it is not of the form that `managed-agents rollback STAGE --pins` writes.
    """
    try:
        found = json.loads(config.get(CONFIG) or "{}")
        return {name: {key: int(move[key]) for key in ("from", "to")} for name, move in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"managed-agents:{CONFIG} must name versions by agent, such as {{agents/triage: {{from: 8, to: 7}}}}"
        ) from None


def without_effect(
    agents: Mapping[str, Record], moves: Mapping[str, Record], proved: Mapping[str, Sequence[int]]
) -> list[str]:
    """One line for each roll-back that would be in force, but to a version that was never proven on this stage."""
    return [
        f"{name}: managed-agents:{CONFIG} goes back to version {version}, which was never proven on this stage; "
        f"proven were: {', '.join(map(str, proved.get(agents[name]['id'], ()))) or 'none'}"
        for name, version in going_back(agents, moves).items()
        if version not in proved.get(agents[name]["id"], ())
    ]
