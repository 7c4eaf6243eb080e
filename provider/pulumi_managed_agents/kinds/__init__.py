"""The kinds of resource and the one algorithm that reconciles them. No Pulumi in here."""

from __future__ import annotations

from pulumi_managed_agents.kinds.agent import AGENT
from pulumi_managed_agents.kinds.environment import ENVIRONMENT
from pulumi_managed_agents.kinds.skill import SKILL

FACTS = {facts.kind: facts for facts in (AGENT, ENVIRONMENT, SKILL)}

__all__ = ["FACTS"]
