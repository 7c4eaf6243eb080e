"""The config of an environment: what may be sent, and how it merges into what is stored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields
from managed_agents_emulator.hosts import is_host_pattern

Json = dict[str, Any]
_MANAGERS = ("apt", "cargo", "gem", "go", "npm", "pip")


def _check_host(host: str) -> str:
    if not is_host_pattern(host):
        raise ValueError(f"{host!r} must be a bare host name or a *. wildcard, without scheme, port or path")
    return host


class Unrestricted(Fields):
    """Any host can be reached."""

    type: Literal["unrestricted"]


class Limited(Fields):
    """Only what is named can be reached; what is left out keeps its stored value."""

    type: Literal["limited"]
    allowed_hosts: list[Annotated[str, AfterValidator(_check_host)]] | None = None
    allow_mcp_servers: bool | None = None
    allow_package_managers: bool | None = None


class Packages(Fields):
    """Packages to install, by manager."""

    type: Literal["packages"] | None = None
    apt: list[str] | None = None
    cargo: list[str] | None = None
    gem: list[str] | None = None
    go: list[str] | None = None
    npm: list[str] | None = None
    pip: list[str] | None = None


class Cloud(Fields):
    """A sandbox of the platform."""

    type: Literal["cloud"]
    networking: Annotated[Unrestricted | Limited, Field(discriminator="type")] | None = None
    packages: Packages | None = None


class SelfHosted(Fields):
    """A sandbox of the user's own."""

    type: Literal["self_hosted"]


ConfigField = Annotated[Cloud | SelfHosted, Field(discriminator="type")]

_NO_PACKAGES: Json = {"type": "packages"} | {manager: [] for manager in _MANAGERS}
_CLOUD: Json = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": _NO_PACKAGES}
_LIMITED: Json = {
    "type": "limited",
    "allowed_hosts": [],
    "allow_mcp_servers": False,
    "allow_package_managers": False,
}


def merged_config(wanted: Cloud | SelfHosted | None, stored: Json | None) -> Json:
    """The stored config (None at creation) after a request, complete.

    Raises a 400 with code `invalid_config_type_change` where the type differs.
    """
    if stored and wanted and wanted.type != stored["type"]:
        message = f"config.type: cannot change from {stored['type']} to {wanted.type}"
        raise invalid(message, code="invalid_config_type_change")
    if isinstance(wanted, SelfHosted):
        return {"type": "self_hosted"}
    base = stored or _CLOUD
    if wanted is None:
        return base
    sent = wanted.model_dump(exclude_none=True)
    return {
        "type": "cloud",
        "networking": _merged_networking(sent.get("networking"), base["networking"]),
        "packages": base["packages"] | sent.get("packages", {}),
    }


def checked_config(config: Json) -> Json:
    """The config itself; 400 where limited networking keeps its packages from being installed."""
    if config["type"] == "cloud" and config["networking"]["type"] == "limited":
        wanted = any(config["packages"][manager] for manager in _MANAGERS)
        if wanted and not config["networking"]["allow_package_managers"]:
            raise invalid(
                "config.networking.allow_package_managers: must be true when packages are specified "
                "under limited networking"
            )
    return config


def _merged_networking(sent: Json | None, stored: Json) -> Json:
    if sent is None:
        return stored
    if sent["type"] == "unrestricted":
        return {"type": "unrestricted"}
    return (stored if stored["type"] == "limited" else _LIMITED) | sent
