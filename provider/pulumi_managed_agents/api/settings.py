"""Where the API is and who we are: from a stage's configuration and the environment, never from a definition file.

Names and order are those of Anthropic's own SDK (``ANTHROPIC_API_KEY``, ``ANTHROPIC_AUTH_TOKEN``,
``ANTHROPIC_BASE_URL``); a stage's own configuration (``managed-agents:apiKey`` …) beats the environment, so that a
shell prepared for one stage cannot deploy another. A local emulator named in ``MANAGED_AGENTS_EMULATOR`` beats both,
and is told no credential.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.anthropic.com"
EMULATOR_VARIABLE = "MANAGED_AGENTS_EMULATOR"
SHORTEST_SECRET = 12
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Settings:
    """How to reach the API; `headers` carry the credential and stay out of every repr."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    credential_name: str
    workspace: str | None = None

    def scrubbed(self, text: str) -> str:
        """A text without the credential, should somebody have quoted it; the emulator's is a word and no secret."""
        for secret in (value.removeprefix("Bearer ") for value in self.headers.values()):
            text = text.replace(secret, "[credential]") if len(secret) >= SHORTEST_SECRET else text
        return text

    @property
    def loopback(self) -> bool:
        """Whether the API is on this machine, as the emulator is."""
        return is_loopback(self.base_url)


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK


def resolve(config: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Settings for one stage.

    `config` holds the stage's configuration without its namespace (``apiKey``, ``authToken``, ``baseUrl``,
    ``workspace``).

    Raises:
        InputError: there is no credential, or the base URL is not one.
    """
    if emulator := environment.get(EMULATOR_VARIABLE):
        return _emulated(emulator)
    base_url = _base_url(config.get("baseUrl") or environment.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL)
    headers, name = _credential(config, environment)
    return Settings(base_url, headers, name, config.get("workspace"))


def _base_url(url: str) -> str:
    advice = "set managed-agents:baseUrl or ANTHROPIC_BASE_URL"
    if "@" in url:
        raise InputError(f"the URL of the API must not hold a user name or a password; {advice}")
    try:
        usable = urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname and urlsplit(url).port != 0
    except ValueError:  # brackets that do not match, a port that is no number
        usable = False
    if not usable:
        raise InputError(f"'{url}' is no URL for the API; {advice}")
    return url.rstrip("/")


def _emulated(url: str) -> Settings:
    if not is_loopback(url):
        raise InputError(f"{EMULATOR_VARIABLE} is '{url}'; an emulator is on this machine (127.0.0.1)")
    return Settings(url.rstrip("/"), {"x-api-key": "emulator"}, "the emulator's own")


def _credential(config: Mapping[str, str], environment: Mapping[str, str]) -> tuple[dict[str, str], str]:
    sources = (
        (config.get("apiKey"), "managed-agents:apiKey", "x-api-key", ""),
        (config.get("authToken"), "managed-agents:authToken", "authorization", "Bearer "),
        (environment.get("ANTHROPIC_API_KEY"), "ANTHROPIC_API_KEY", "x-api-key", ""),
        (environment.get("ANTHROPIC_AUTH_TOKEN"), "ANTHROPIC_AUTH_TOKEN", "authorization", "Bearer "),
    )
    for value, name, header, prefix in sources:
        if secret := (value or "").strip():
            if not re.fullmatch(r"[!-~]+", secret):
                raise InputError(f"{name} holds a line break, a space or another character that no credential has")
            return {header: prefix + secret}, name
    raise InputError(
        "no credential for the API: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN), or store one for the stage "
        "with `pulumi config set --secret managed-agents:apiKey`"
    )
