"""The one list of what can be described in files: for each kind its model and its cross-field rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pulumi_managed_agents.kinds import smoke_test as smoke
from pulumi_managed_agents.kinds import values_file as values
from pulumi_managed_agents.kinds.agent import model as agent
from pulumi_managed_agents.kinds.deployment import model as deployment
from pulumi_managed_agents.kinds.environment import model as environment
from pulumi_managed_agents.kinds.file import model as file
from pulumi_managed_agents.kinds.memory_store import model as memory_store
from pulumi_managed_agents.kinds.skill import model as skill
from pulumi_managed_agents.kinds.vault import model as vault
from pulumi_managed_agents.schema.validation import check

if TYPE_CHECKING:
    from pulumi_managed_agents.schema.body import Body
    from pulumi_managed_agents.schema.problem import Problem


@dataclass(frozen=True)
class Specification:
    """What a body must look like: its model, and the rules its raw form is held to across fields."""

    model: type[Body]
    rules: Callable[[Mapping[str, Any]], Iterable[Problem]] = lambda _body: ()

    def problems(self, body: Any) -> list[Problem]:
        """Every problem of a raw body, each once: structural ones first, then those across fields."""
        problems_found, readable = check(self.model, body)
        across = self.rules(readable) if isinstance(readable, Mapping) else ()
        return list(dict.fromkeys([*problems_found, *across]))


SPECIFICATIONS: Final[dict[str, Specification]] = {
    "agent": Specification(agent.Agent, agent.rules),
    "environment": Specification(environment.Environment, environment.rules),
    "skill": Specification(skill.Skill),
    "memory_store": Specification(memory_store.MemoryStore, memory_store.rules),
    "vault": Specification(vault.Vault, vault.rules),
    "credential": Specification(vault.Credential, vault.credential_rules),
    "deployment": Specification(deployment.Deployment, deployment.rules),
    "file": Specification(file.File),
    "smoke": Specification(smoke.SmokeTest, smoke.rules),
    "values": Specification(values.Values),
}

MODELS: Final[dict[str, type[Body]]] = {kind: specification.model for kind, specification in SPECIFICATIONS.items()}
