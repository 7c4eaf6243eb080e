"""Vaults and their credentials, for a Pulumi program of one's own (Anthropic SDK 2.12: ``vault_create_params``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from pulumi_managed_agents.dynamic.resource import ManagedResource, adopting, uses, with_references
from pulumi_managed_agents.kinds.credential import CREDENTIAL
from pulumi_managed_agents.kinds.secrets import with_secrets

Object = Mapping[str, Any]
Text = pulumi.Input[str]


class Vault(ManagedResource):
    """Credentials that sessions may use without seeing them; each is a `Credential`.

    Updated in place. Destroy deletes it with everything in it; sessions that run keep what they have.
    """

    kind: ClassVar[str] = "vault"
    title: ClassVar[str] = "Vault"

    def __init__(
        self,
        resource_name: str,
        *,
        display_name: Text | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a vault.

        Args:
            resource_name: The resource's name in Pulumi.
            display_name: What people see, at most 255 characters; `resource_name` unless given.
            metadata: At most 15 entries of text; one more is our ownership mark.
            adopt: The id of a vault that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {"display_name": display_name or resource_name, "metadata": metadata}
        self._declare(resource_name, props, opts, adopting(adopt))


class Credential(ManagedResource):
    """One secret in a vault: a bearer token, an OAuth login, or an environment variable.

    Secrets are Pulumi's secrets from here on, also where they were given as plain text, and are never read back.
    Another secret, and where it may be used, is updated in place; what the credential is for (server, variable, OAuth
    client, vault) can only be replaced, the old one being archived first since a vault holds one credential for each.
    Destroy deletes it.
    """

    kind: ClassVar[str] = "credential"
    title: ClassVar[str] = "Credential"

    def __init__(
        self,
        resource_name: str,
        *,
        vault: Vault | Text,
        auth: pulumi.Input[Object],
        display_name: Text | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a credential.

        Args:
            resource_name: The resource's name in Pulumi.
            vault: The vault it is in, or its id.
            auth: ``{"type": "static_bearer", "mcp_server_url": …, "token": …}``, or one of type ``mcp_oauth`` or
                ``environment_variable``, as the API writes them.
            display_name: What people see, at most 255 characters.
            metadata: At most 15 entries of text; one more is our ownership mark.
            opts: Pulumi's resource options.
        """
        props = {"vault_id": vault, "auth": _secret(auth), "display_name": display_name, "metadata": metadata}
        self._declare(resource_name, with_references(props), opts, {"uses": uses(props)})


def _secret(auth: pulumi.Input[Object]) -> Any:
    """The auth with its secrets marked as such; all of it where its fields are not known here."""
    if not isinstance(auth, dict):
        return pulumi.Output.secret(auth)
    return with_secrets(CREDENTIAL, {"auth": auth}, lambda value, _: pulumi.Output.secret(value))["auth"]
