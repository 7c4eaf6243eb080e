"""The values of the secrets that a stage's files name: from the stack's encrypted configuration or the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.config import is_config_secret

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.stage.secrets import SETTING, named_secrets, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.stage import Stage


def secret_values(stage: Stage) -> dict[str, pulumi.Output[str]]:
    """Every secret that the stage names, by name, as Pulumi's secrets.

    The stack's own ``managed-agents:secrets`` beats the environment.

    Raises:
        InputError: one has no value, or is in plain text in the stack's configuration; names each place it is used.
    """
    return {name: pulumi.Output.secret(value) for name, value in plain_secrets(stage).items()}


def plain_secrets(stage: Stage) -> dict[str, str]:
    """The same in plain text."""
    configured = configured_secrets()
    values: dict[str, str] = {}
    missing: list[Finding] = []
    for definition in stage.definitions:
        for path, name in named_secrets(definition):
            value = configured.get(name) or os.environ.get(variable_of(name))
            if isinstance(value, str) and value:
                values[name] = value
            else:
                field = field_name((*definition.within, *path))
                missing.append(Finding(*definition.place(path), field, _advice(name)))
    if missing:
        raise InputError([*missing, *stage.warnings])
    return values


def configured_secrets() -> dict[str, Any]:
    """The stack's own ``managed-agents:secrets``.

    Raises:
        InputError: they are no table, or are in plain text.
    """
    config = pulumi.Config("managed-agents")
    values = config.get_object(SETTING) or {}
    if not isinstance(values, dict):
        raise InputError(f"managed-agents:{SETTING} must hold values by name; see `pulumi config set --path`")
    plain = ", ".join(_plain(values)) if not is_config_secret(config.full_key(SETTING)) else ""
    if plain:
        raise InputError(
            f"managed-agents:{SETTING} holds {plain} in plain text; set it with "
            f"`pulumi config set --secret --path 'managed-agents:{SETTING}.NAME'`, and change the secret itself"
        )
    return values


def _plain(values: dict[str, Any]) -> Iterator[str]:
    """The names whose values somebody can read; the trial engine shows encrypted ones as objects."""
    return (str(name) for name, value in values.items() if not isinstance(value, dict))


def _advice(name: str) -> str:
    return (
        f"the secret {name!r} has no value; set it with `pulumi config set --secret --path "
        f"'managed-agents:{SETTING}.{name}'`, or in {variable_of(name)}"
    )
