"""Where the API is and who we are: from a stage's configuration and the environment, never from a definition file.

Names and order are those of Anthropic's own SDK: ``ANTHROPIC_API_KEY``, ``ANTHROPIC_AUTH_TOKEN``, then workload
identity federation (``ANTHROPIC_FEDERATION_RULE_ID`` …). A stage's own configuration (``managed-agents:apiKey`` …)
takes precedence over the environment, so that a shell prepared for one stage cannot deploy another. A local emulator
named in ``MANAGED_AGENTS_EMULATOR`` takes precedence over both, and gets no credential.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_managed_agents.api.federation import Federation, federation
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.anthropic.com"
EMULATOR_VARIABLE = "MANAGED_AGENTS_EMULATOR"
EMULATOR_KEY = "emulator"
"""What the emulator gets in place of a credential; a word, not a secret."""
SECRET_KEYS = ("apiKey", "authToken")
"""The keys of a stage's configuration that belong encrypted."""
CREDENTIAL_KEYS = (
    *SECRET_KEYS,
    "federationRuleId",
    "organizationId",
    "serviceAccountId",
    "identityTokenFile",
)
PROVIDER_KEY = "provider"
"""The key in the configuration of an explicit provider that says what the program calls it."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

OF_PROFILE = (
    "For an hour or so `export ANTHROPIC_AUTH_TOKEN=$(ant auth print-credentials --access-token)` takes it over; a "
    "pipeline wants ANTHROPIC_API_KEY, or workload identity federation (ANTHROPIC_FEDERATION_RULE_ID …)"
)
"""What to do where the only credential is that of a profile."""

Names = tuple[tuple[str, str, str, str], ...]
"""For each credential its key, how messages call it, its header, and what stands before it there."""
STAGE: Names = (
    ("apiKey", "managed-agents:apiKey", "x-api-key", ""),
    ("authToken", "managed-agents:authToken", "authorization", "Bearer "),
)
SHELL: Names = (
    ("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY", "x-api-key", ""),
    ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN", "authorization", "Bearer "),
)


@dataclass(frozen=True)
class Settings:
    """How to reach the API; `headers` carry the credential and stay out of every repr.

    With a `federation` there is no such header: the credential is a token that the client gets by it. `provider` is the
    name of the explicit provider that they are for, and empty for the stage's own.
    """

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    credential_name: str
    workspace: str | None = None
    federation: Federation | None = None
    provider: str = ""

    @property
    def loopback(self) -> bool:
        """Whether the API is on this machine, as the emulator is."""
        return is_loopback(self.base_url)


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK


def resolve(config: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Settings for one stage.

    `config` holds the stage's configuration without its namespace (`CREDENTIAL_KEYS`, ``baseUrl``, ``workspace``).

    Raises:
        InputError: there is no credential or half a one, or the base URL is not one.
    """
    if emulator := environment.get(EMULATOR_VARIABLE):
        return _emulated(emulator)
    base_url = _base_url(config.get("baseUrl") or environment.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL)
    workspace, provider = config.get("workspace"), config.get(PROVIDER_KEY, "")
    own = _fixed(config, _of_provider(provider) if provider else STAGE)
    if credential := own or (None if config.get("federationRuleId") else _fixed(environment, SHELL)):
        return Settings(base_url, *credential, workspace, provider=provider)
    exchange, name = _federated(config, environment)
    if not (base_url.startswith("https://") or is_loopback(base_url)):
        raise InputError(f"'{base_url}' is not encrypted; an identity token is sent to an https:// URL only")
    return Settings(base_url, {}, name, workspace, exchange, provider)


def _of_provider(name: str) -> Names:
    """The credentials of an explicit provider, as the program calls them."""
    arguments = ("api_key", "auth_token")
    return tuple(
        (key, f"{argument} of provider '{name}'", header, prefix)
        for argument, (key, _, header, prefix) in zip(arguments, STAGE, strict=True)
    )


def _base_url(url: str) -> str:
    advice = "set managed-agents:baseUrl or ANTHROPIC_BASE_URL"
    if "@" in url:
        raise InputError(f"the URL of the API must not hold a user name or a password; {advice}")
    try:
        usable = urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname and urlsplit(url).port != 0
    except ValueError:  # brackets that do not match, a port that is no number
        usable = False
    if not usable:
        raise InputError(f"'{url}' is not a URL for the API; {advice}")
    return url.rstrip("/")


def _emulated(url: str) -> Settings:
    if not is_loopback(url):
        raise InputError(f"{EMULATOR_VARIABLE} is '{url}'; an emulator is on this machine (127.0.0.1)")
    return Settings(url.rstrip("/"), {"x-api-key": EMULATOR_KEY}, "the emulator's own")


def _fixed(source: Mapping[str, str], names: Names) -> tuple[dict[str, str], str] | None:
    """The header of the first credential that a source holds as it is, and its name."""
    for key, name, header, prefix in names:
        if secret := (source.get(key) or "").strip():
            if not re.fullmatch(r"[!-~]+", secret):
                raise InputError(f"{name} holds a line break, a space or another character that no credential has")
            return {header: prefix + secret}, name
    return None


def _federated(config: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Federation, str]:
    """The federation in use, and the name of what says so."""
    own = bool(config.get("federationRuleId"))
    if environment.get("ANTHROPIC_PROFILE") and not own:
        raise InputError(f"ANTHROPIC_PROFILE is set, and credentials of a profile are not read; unset it. {OF_PROFILE}")
    if rule := federation(config, environment):
        name = "managed-agents:federationRuleId" if own else "ANTHROPIC_FEDERATION_RULE_ID"
        return rule, f"workload identity by {name}"
    if profile := _active_profile(environment):
        raise InputError(
            f"you are logged in with `ant auth login` (profile '{profile}'), and credentials of a profile are not read."
            f" {OF_PROFILE}"
        )
    raise InputError(
        "no credential for the API: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN, or ANTHROPIC_FEDERATION_RULE_ID "
        "and what belongs to it), or store one for the stage with `pulumi config set --secret managed-agents:apiKey`"
    )


def _active_profile(environment: Mapping[str, str]) -> str:
    """The profile that `ant auth login` has made the active one on this machine, or an empty string."""
    home = environment.get("APPDATA" if sys.platform == "win32" else "HOME")
    usual = home and Path(home, "Anthropic" if sys.platform == "win32" else ".config/anthropic")
    named = environment.get("ANTHROPIC_CONFIG_DIR") or usual
    if not named:
        return ""
    folder = Path(named)
    try:
        pointer = folder / "active_config"
        name = pointer.read_text("utf-8").strip() if pointer.is_file() else ""
        if name:
            return visible(name[:100])
        return "default" if (folder / "configs" / "default.json").is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""
