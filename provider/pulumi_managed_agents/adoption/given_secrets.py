"""The values that secrets have where adoption runs, so that the record can tell them from later ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_managed_agents.dynamic.secret_values import KEY, variable
from pulumi_managed_agents.engine import local_state
from pulumi_managed_agents.engine.own_credential import decrypted
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.stack_settings import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.engine.opening import Opened


def given_secrets(opened: Opened, names: Iterable[str]) -> dict[str, str]:
    """The values of those secrets that have one: in the stack's configuration, else in the environment."""
    configured = json.loads(opened.project.own_config.get(KEY, "{}"))
    found = {
        name: _configured(opened, name) if name in configured else opened.environment.get(variable(name), "")
        for name in names
    }
    return {name: value for name, value in found.items() if value}


def _configured(opened: Opened, name: str) -> str:
    """A value that the Pulumi CLI decrypts; an empty text where it cannot."""
    folder, own = local_state.prepare(opened.project) if opened.emulator else (opened.project.root, {})
    key = f"{NAMESPACE}:{KEY}[{json.dumps(name)}]"
    try:
        return decrypted(key, opened.project.stage, folder, {**opened.environment, **own})
    except InputError:
        return ""
