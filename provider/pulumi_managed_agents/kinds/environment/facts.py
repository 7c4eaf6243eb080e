"""Facts about environments (`/v1/environments`): no versions, unique names, an update merges into what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.kind import Facts
from pulumi_managed_agents.schema.identity import Entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.record import Record

PACKAGE_MANAGERS = ("apt", "cargo", "gem", "go", "npm", "pip")
FILLED_IN: Mapping[str, Any] = {"scope": "organization", "config": {"type": "cloud"}}


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """An environment with the API's defaults filled in; hosts and packages as sets.

    The type ``cloud`` counts as unset: to take a config out of a file is no change of type.
    """
    if "config" not in body:
        return body
    config = explicit(body["config"] or {})
    return {**body, "config": _sorted(config | {"type": None} if config["type"] == "cloud" else config)}


def explicit(config: Body) -> Body:
    """A config with every field the API would otherwise keep from the stored one."""
    kind = config.get("type") or "cloud"
    if kind != "cloud":
        return {**config, "type": kind}
    packages = config.get("packages") or {}
    return {
        **config,
        "type": kind,
        "networking": _networking(config.get("networking") or {"type": "unrestricted"}),
        "packages": {
            **{key: value for key, value in packages.items() if key != "type"},
            **{manager: packages.get(manager) or [] for manager in PACKAGE_MANAGERS},
        },
    }


def _networking(networking: Body) -> Body:
    if networking.get("type") != "limited":
        return networking
    return {
        **networking,
        "allowed_hosts": networking.get("allowed_hosts") or [],
        "allow_mcp_servers": bool(networking.get("allow_mcp_servers")),
        "allow_package_managers": bool(networking.get("allow_package_managers")),
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    return sorted(value, key=str) if isinstance(value, list) else value


def update_body(body: Body, record: Record) -> Body:
    """Send every inner field, since what is left out keeps its stored value."""
    return {**body, "config": explicit(body["config"] or {})} if "config" in body else body


ENVIRONMENT = Facts(
    kind="environment",
    collection="environments",
    id_prefix="env_",
    effective=effective,
    entries=(Entries(("config", "networking", "allowed_hosts")), Entries(("config", "packages", "*"))),
    filled_in=FILLED_IN,
    update_body=update_body,
    replaced_by=(("config", "type"),),
    unique="name",
    clearable=("description", "config"),
    removal="delete",
    lost_with=", or archived for ever instead if sessions refer to it",
)
