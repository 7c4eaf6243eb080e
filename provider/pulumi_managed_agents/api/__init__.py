"""The Managed Agents HTTP API as seen by this package: one client, answers as plain dicts, failures as our errors.

The client is loaded at first use: its settings are asked for without it, by every program.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import Settings

if TYPE_CHECKING:
    from pulumi_managed_agents.api.client import Client

__all__ = ["Client", "Settings"]

# httpx imports its command line where click and rich are installed, which is half of its import time. What
# cannot be imported it does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python marks a module as absent


def __getattr__(name: str) -> Any:
    if name == "Client":
        from pulumi_managed_agents.api.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
