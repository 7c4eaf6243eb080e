"""The Managed Agents HTTP API as seen by this package: one client, answers as plain dicts, failures as our errors."""

from __future__ import annotations

from pulumi_managed_agents.api.client import Client
from pulumi_managed_agents.api.settings import Settings

__all__ = ["Client", "Settings"]
