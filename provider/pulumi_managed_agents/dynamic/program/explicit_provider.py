"""A separate provider for some of a program's resources: another credential, and so another workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from pulumi_managed_agents.api.settings import PROVIDER_KEY
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.dynamic.program.mistakes import note
from pulumi_managed_agents.dynamic.provider.process import KEYS
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "pulumi-python"
"""The package whose provider all dynamic resources of Python have."""


class Provider(pulumi.ProviderResource):
    """Where resources live that are given it, by `provider` or `providers`, directly or through a component.

    It has the configuration that it is given and none of the stack's; what is set in the environment counts for it too.
    Changing its credential moves nothing: resources stay in the workspace they are in, and a credential of another one
    is refused. Explicit providers need the Pulumi CLI.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        api_key: pulumi.Input[str] | None = None,
        auth_token: pulumi.Input[str] | None = None,
        base_url: pulumi.Input[str] | None = None,
        workspace_id: pulumi.Input[str] | None = None,
        config: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a provider.

        Args:
            resource_name: The provider's name in Pulumi; messages call it by that.
            api_key: The key of a workspace; a secret from here on.
            auth_token: A bearer token instead of a key; a secret from here on.
            base_url: Where the API is; ``ANTHROPIC_BASE_URL``, or Anthropic's own, unless given.
            workspace_id: The workspace that the credential must belong to; the first answer decides unless given.
            config: Further settings by their name without ``managed-agents:``, such as ``{"onDrift": "fail"}``.
            opts: Pulumi's resource options.
        """
        for name in config or {}:
            if name not in KEYS:
                note(self, resource_name, InputError(f"config: {name!r} is not a setting{suggestion(name, KEYS)}"))
        given = {
            **(config or {}),
            "apiKey": None if api_key is None else pulumi.Output.secret(api_key),
            "authToken": None if auth_token is None else pulumi.Output.secret(auth_token),
            "baseUrl": base_url,
            "workspace": workspace_id,
        }
        self.settings: dict[str, pulumi.Output[str]] = {
            key: pulumi.Output.from_input(value) for key, value in given.items() if value is not None
        }
        """What it is given, by name: for look-ups, which the program's own process makes."""
        named = {**self.settings, PROVIDER_KEY: resource_name}
        super().__init__(PACKAGE, resource_name, {f"{NAMESPACE}:{key}": value for key, value in named.items()}, opts)
