"""The kinds of resource and the one algorithm that reconciles them. No Pulumi in here."""

from __future__ import annotations

from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.deployment.facts import DEPLOYMENT
from pulumi_managed_agents.kinds.environment.facts import ENVIRONMENT
from pulumi_managed_agents.kinds.file.facts import FILE
from pulumi_managed_agents.kinds.memory_store.facts import MEMORY_STORE
from pulumi_managed_agents.kinds.skill.facts import SKILL
from pulumi_managed_agents.kinds.vault.facts import CREDENTIAL, VAULT

FACTS = {facts.kind: facts for facts in (AGENT, ENVIRONMENT, SKILL, MEMORY_STORE, VAULT, CREDENTIAL, DEPLOYMENT, FILE)}

__all__ = ["FACTS"]
