"""What a stage's configuration says about changes that somebody else made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

OnDrift = Literal["heal", "fail", "ignore"]


@dataclass(frozen=True)
class Policy:
    """`managed-agents:onDrift` and `managed-agents:acceptConflicts`."""

    on_drift: OnDrift = "heal"
    accepted: frozenset[str] = frozenset()


def policy(config: Mapping[str, str]) -> Policy:
    """The policy in a stage's configuration (keys without namespace; structured values as JSON text).

    Where a gate stands (``verifiedIn``) drift fails unless said otherwise: what was proved must be what is live.

    Raises:
        InputError: a value is none of the known ones.
    """
    on_drift = config.get("onDrift") or ("fail" if config.get("verifiedIn") else "heal")
    if on_drift not in get_args(OnDrift):
        raise InputError(f"managed-agents:onDrift is '{on_drift}'; it must be one of {', '.join(get_args(OnDrift))}")
    return Policy(cast("OnDrift", on_drift), frozenset(_names(config.get("acceptConflicts") or "[]")))


def _names(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except ValueError:
        names = [text]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError('managed-agents:acceptConflicts must be a list such as ["agents/triage@9"]')
    return names
