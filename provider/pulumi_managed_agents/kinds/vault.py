"""Facts about vaults (`/v1/vaults`): a name and metadata; what a vault is for are its credentials."""

from __future__ import annotations

from pulumi_managed_agents.kinds.facts import Facts

VAULT = Facts(kind="vault", collection="vaults", removal="delete", lost_with=", with all its credentials")
