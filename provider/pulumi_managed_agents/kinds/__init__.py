"""The kinds of resource and the one algorithm that reconciles them. No Pulumi in here."""

from __future__ import annotations

from pulumi_managed_agents.kinds.agent import AGENT
from pulumi_managed_agents.kinds.credential import CREDENTIAL
from pulumi_managed_agents.kinds.deployment import DEPLOYMENT
from pulumi_managed_agents.kinds.environment import ENVIRONMENT
from pulumi_managed_agents.kinds.file import FILE
from pulumi_managed_agents.kinds.memory_store import MEMORY_STORE
from pulumi_managed_agents.kinds.skill import SKILL
from pulumi_managed_agents.kinds.vault import VAULT

FACTS = {facts.kind: facts for facts in (AGENT, ENVIRONMENT, SKILL, MEMORY_STORE, VAULT, CREDENTIAL, DEPLOYMENT, FILE)}

__all__ = ["FACTS"]
