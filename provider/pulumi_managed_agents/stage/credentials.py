"""A vault file as what it declares: the vault, and each of its credentials as a resource inside it.

A credential is named for its server or variable, of which a vault holds one each: that can never change, whereas a
display name may.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.stage.definition import Definition, Reference
from pulumi_managed_agents.stage.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIALS = "credentials"
LONGEST_NAME = 120


def opened(vault: Definition) -> Iterator[Definition]:
    """Yield the vault without its credentials, then those; entries that are no credentials are passed over."""
    plain = {key: value for key, value in vault.body.items() if key != CREDENTIALS}
    yield Definition("vault", vault.name, vault.file, plain, vault.was, source=vault.source, files=vault.files)
    entries = vault.body.get(CREDENTIALS)
    for number, body in enumerate(entries if isinstance(entries, list) else ()):
        key = key_of(body.get("auth")) if isinstance(body, dict) else ""
        if key:
            yield _credential(vault, body, key, number)


def _credential(vault: Definition, body: dict[str, Any], key: str, number: int) -> Definition:
    whole = {"vault_id": Reference(vault.name, "vault", "id"), **body}
    was = tuple(f"{earlier}/{key}" for earlier in vault.was)
    entries = vault.source.child(CREDENTIALS) or vault.source
    source = entries.child(number) or Node({}, *vault.place((CREDENTIALS, number)))
    within = (CREDENTIALS, number)
    name, files = f"{vault.name}/{key}", vault.files
    return Definition("credential", name, vault.file, whole, was, source=source, within=within, files=files)


def key_of(auth: Any) -> str:
    """Return the part of a credential's name below its vault's: ``CRM_TOKEN``, ``mcp.example.com/sse``."""
    fields = auth if isinstance(auth, dict) else {}
    key = str(fields.get("secret_name") or fields.get("mcp_server_url") or "")
    # Pulumi keeps two colons for itself.
    name = key.removeprefix("https://").rstrip("/").replace("::", ":")
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…{sha256(key.encode()).hexdigest()[:8]}"
