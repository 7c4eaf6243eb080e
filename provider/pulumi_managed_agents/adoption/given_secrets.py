"""The values that secrets have where adoption runs, so that the record can tell them from later ones."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from pulumi_managed_agents.dynamic.secret_values import KEY, variable
from pulumi_managed_agents.engine.stack_secrets import secrets_by_name
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.engine.opening import Opened


def given_secrets(opened: Opened, names: Iterable[str]) -> dict[str, str]:
    """The values of those secrets that have one: in the stack's configuration, else in the environment."""
    configured: dict[str, str] = dict.fromkeys(json.loads(opened.project.own_config.get(KEY, "{}")), "")
    with suppress(InputError):  # the CLI cannot decrypt them: then they are as good as missing
        configured |= secrets_by_name(opened.project, opened.environment)
    found = {name: configured.get(name, opened.environment.get(variable(name), "")) for name in names}
    return {name: value for name, value in found.items() if value}
