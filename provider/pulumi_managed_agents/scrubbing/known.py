"""The secrets that a process knows: those of its environment, and those that it came to hold."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pulumi_managed_agents.scrubbing.scrubber import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

VARIABLE = re.compile(
    r"MANAGED_AGENTS_SECRET_\w+|ANTHROPIC_(?:API_KEY|AUTH_TOKEN|IDENTITY_TOKEN)|PULUMI_ACCESS_TOKEN|GITHUB_TOKEN"
)
PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
"""The password in a URL, as that of a proxy or of a database with states."""


class KnownSecrets:
    """Grows while a process runs; safe to share among threads."""

    def __init__(self) -> None:
        self._added: set[str] = set()
        self._sources: list[Callable[[], Iterable[str]]] = []
        self._lock = threading.RLock()
        self._scrubber: tuple[frozenset[str], Scrubber] = (frozenset(), Scrubber())

    def add(self, secrets: Iterable[str]) -> None:
        """Add these secrets."""
        with self._lock:
            self._added.update(secrets)

    def add_source(self, source: Callable[[], Iterable[str]]) -> None:
        """Add a source of secrets, which is asked once, and only when something has to be scrubbed."""
        with self._lock:
            self._sources.append(source)

    def all(self, *, ask_sources: bool = True) -> frozenset[str]:
        """Every secret; without `ask_sources` only of sources that were asked before."""
        with self._lock:
            while ask_sources and self._sources:
                self._added.update(self._sources.pop()())
            return frozenset(self._added | environment_secrets(os.environ))

    def scrubber(self, *, ask_sources: bool = True) -> Scrubber:
        """The scrubber for all of them; built again only where more are known than the last time."""
        with self._lock:
            secrets = self.all(ask_sources=ask_sources)
            if secrets != self._scrubber[0]:
                self._scrubber = (secrets, Scrubber(secrets))
            return self._scrubber[1]


KNOWN = KnownSecrets()
"""What this process knows."""


def environment_secrets(environment: Mapping[str, str]) -> set[str]:
    """The secrets among a process's variables: credentials, a stage's secrets, and the passwords in URLs."""
    named, passwords = set(), set()
    for name, value in environment.items():
        if VARIABLE.fullmatch(name):
            named.add(value)
        if "://" in value:
            passwords.update(PASSWORD.findall(value))
    return named | passwords | {unquote(password) for password in passwords}
