"""What each kind has to say for itself, and what identifies the entries of the lists in each body.

No kind imports another one: what a kind needs to know of another is passed to it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.deployment.facts import deployment_facts
from pulumi_managed_agents.kinds.environment.facts import ENVIRONMENT
from pulumi_managed_agents.kinds.file.facts import FILE
from pulumi_managed_agents.kinds.memory_store.facts import MEMORY_STORE
from pulumi_managed_agents.kinds.skill.facts import SKILL
from pulumi_managed_agents.kinds.vault.facts import CREDENTIAL, VAULT
from pulumi_managed_agents.schema.identity import Entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.kind import Facts

DEPLOYMENT: Final = deployment_facts(AGENT)

FACTS: Final[Mapping[str, Facts]] = {
    facts.kind: facts for facts in (AGENT, ENVIRONMENT, SKILL, MEMORY_STORE, VAULT, CREDENTIAL, DEPLOYMENT, FILE)
}

ID_PREFIXES: Final[Mapping[str, str]] = {kind: facts.id_prefix for kind, facts in FACTS.items()}
"""By kind, how the API's ids begin."""

ENTRIES: Final[Mapping[str, tuple[Entries, ...]]] = {
    **{kind: facts.entries for kind, facts in FACTS.items()},
    "smoke": (Entries(("memory_stores",), ("path", "memory_store_id")),),
}
"""By kind of file, what identifies the entries of the lists in its body."""
