"""What a stage's configuration says about changes that somebody else made, and about what is no longer declared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

OnDrift = Literal["heal", "fail", "ignore"]
OnUndeclared = Literal["report", "restore", "fail", "ignore"]
OnRemoval = Literal["archive", "retain", "refuse"]
Checkpoints = Literal["end", "step", ""]
VERIFIED_IN = "verifiedIn"
POLICY_KEYS = ("onDrift", "onUndeclared", "onRemoval", "acceptConflicts", VERIFIED_IN)

_STAGE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""The name of a stage."""
_NO_NAMES = ("true", "false", "null", "~")
"""What other values than a text become on their way through a configuration."""


@dataclass(frozen=True)
class Policy:
    """What `managed-agents:onDrift`, `onUndeclared`, `onRemoval` and `acceptConflicts` say.

    `refuses_power` is set where undeclared drift that widens power stops an up, and any other is only reported.
    `checkpoints` says when a run records what it did, if the stage says that.
    """

    on_drift: OnDrift = "heal"
    on_removal: OnRemoval = "archive"
    accepted: frozenset[str] = frozenset()
    on_undeclared: OnUndeclared = "report"
    refuses_power: bool = False
    checkpoints: Checkpoints = ""


def policy(config: Mapping[str, str]) -> Policy:
    """The policy in a stage's configuration (keys without namespace; structured values as JSON text).

    With a gate (``verifiedIn``) drift fails, undeclared drift fails where it widens power, and removal is
    refused, unless said otherwise: what was proved must be what is live.

    Raises:
        InputError: a value is none of the known ones.
    """
    gated = bool(verified_in(config))
    return Policy(
        on_drift=_choice(config, "onDrift", OnDrift, "fail" if gated else "heal"),
        on_undeclared=_choice(config, "onUndeclared", OnUndeclared, "report"),
        refuses_power=gated and "onUndeclared" not in config,
        on_removal=_choice(config, "onRemoval", OnRemoval, "refuse" if gated else "archive"),
        checkpoints=_choice(config, "checkpoints", Checkpoints, ""),
        accepted=frozenset(
            names_in(config.get("acceptConflicts", "[]"), "managed-agents:acceptConflicts", '["agents/triage@9"]')
        ),
    )


def verified_in(config: Mapping[str, str]) -> str:
    """The stage that must have proved what is deployed; empty if the configuration says nothing of a gate.

    Raises:
        InputError: a gate is set to what is no stage's name; its author meant a gate, so it is not ignored.
    """
    name = config.get(VERIFIED_IN)
    if name is None:
        return ""
    if not _STAGE.fullmatch(name) or name in _NO_NAMES:
        shown = f"is '{name}'" if name.strip() else "is empty"
        raise InputError(
            f"managed-agents:{VERIFIED_IN} {shown}; it must be the name of a stage (without a gate, remove it)"
        )
    return name


def _choice(config: Mapping[str, str], key: str, choices: Any, default: str) -> Any:
    known = [choice for choice in get_args(choices) if choice]
    if key in config and config[key] not in known:
        raise InputError(f"managed-agents:{key} is '{config[key]}'; it must be one of {', '.join(known)}")
    return config.get(key, default)


def names_in(text: str, setting: str, example: str) -> list[str]:
    """The names in the value of a setting, which is a list or one name.

    Raises:
        InputError: it is neither; `example` shows a list.
    """
    try:
        names = json.loads(text)
    except ValueError:
        names = [text]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{setting} must be a list such as {example}")
    return names
