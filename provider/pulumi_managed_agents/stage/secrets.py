"""The secrets that definitions name, and their values put in place of the names. Reads no configuration itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.write_only import SECRETS
from pulumi_managed_agents.reconcile.leaves import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.stage.definition import Definition

SETTING = "secrets"
"""The stack's setting that holds values by name; it beats the environment."""
VARIABLES = "MANAGED_AGENTS_SECRET_"
"""How each environment variable with the value of a secret begins."""


def variable_of(name: str) -> str:
    """The environment variable of a secret: ``crm-token`` is ``MANAGED_AGENTS_SECRET_CRM_TOKEN``."""
    return VARIABLES + re.sub(r"\W", "_", name, flags=re.ASCII).upper()


def named_secrets(definition: Definition) -> Iterator[tuple[FieldPath, str]]:
    """Yield where in a definition's body a secret belongs, and its name."""
    names: list[tuple[FieldPath, str]] = []
    _at_names(definition.kind, definition.body, lambda name, path: names.append((path, name)))
    return iter(names)


def with_values(kind: str, body: dict[str, Any], value_of: Callable[[str], Any]) -> dict[str, Any]:
    """Return a body in which the value of each secret is in place of its name."""
    return _at_names(kind, body, lambda name, _: value_of(name))


def _at_names(kind: str, body: dict[str, Any], change: Callable[[str, FieldPath], Any]) -> dict[str, Any]:
    def changed(value: Any, path: FieldPath) -> Any:
        name = value.get("secret") if isinstance(value, dict) else None
        return change(name, path) if isinstance(name, str) else value

    for place in SECRETS.get(kind, ()):
        body = replaced(body, place, (), changed)
    return body
