"""."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_managed_agents.config.policy import Policy

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.live import Live


@dataclass
class World:
    """What one provider process works with; `seen` remembers by id what a plan was made against."""

    client: Client
    live: Live
    rules: Policy = field(default_factory=Policy)
    seen: dict[str, Body | None] = field(default_factory=dict)
