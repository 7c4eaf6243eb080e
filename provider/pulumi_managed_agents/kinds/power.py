"""The capability review: of all that changes, only what lets an agent do more than before.

The rules of a kind are pure functions in its ``power.py``; here they are collected. Narrowing is never named. Some
changes are named in either direction, since nobody here can tell which side is wider: one role for another, an address,
a deployment's environment, the files of a skill or the version it is held at, the branch of a repository, an old large
model and a new small one.

Left out on purpose: an environment's packages, which run inside a sandbox whose reach is what the network rules say
(with limited networking they need `allow_package_managers`, which is named); what is only said to a model (a
prompt, a tool's description and input, how much it reads of a page, a deployment's first messages, what a memory store
begins with); the version of its agent that a deployment runs, since what a version may do is said about the agent;
another secret for the same place. They are in the list of changes like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.agent import power as agent
from pulumi_managed_agents.kinds.deployment import power as deployment
from pulumi_managed_agents.kinds.environment import power as environment
from pulumi_managed_agents.kinds.file import power as file
from pulumi_managed_agents.kinds.skill import power as skill
from pulumi_managed_agents.kinds.vault import power as vault
from pulumi_managed_agents.kinds.widening import Body, Power, Rule, Widening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["NEW", "RULES", "Widening", "full_power", "widened"]

NEW = "new"
"""The rule's name where the whole resource is new."""

_POWERS: Mapping[str, Power] = {
    "agent": agent.POWER,
    "environment": environment.POWER,
    "deployment": deployment.POWER,
    "credential": vault.CREDENTIAL_POWER,
    "skill": skill.POWER,
    "file": file.POWER,
    "vault": vault.VAULT_POWER,
    # A memory store has no power until a deployment attaches it, which is a rule about deployments.
    "memory_store": Power(describe=lambda _: "new memory store, for the deployments that attach it"),
}

RULES: Mapping[str, Mapping[str, Rule]] = {kind: power.rules for kind, power in _POWERS.items()}
"""The rules by kind and by their stable names."""


def full_power(kind: str, body: Body) -> str:
    """What a new resource of a kind may do."""
    power = _POWERS.get(kind)
    return power.describe(body) if power else f"new {kind.replace('_', ' ')}, which no rule here knows"


def widened(kind: str, before: Body, after: Body) -> Iterator[tuple[str, str]]:
    """The rule and its words for everything in which one effective definition goes beyond another."""
    power = _POWERS.get(kind)
    if power is None:
        return
    earlier = power.earlier(before, after)
    for name, rule in power.rules.items():
        for text in rule(earlier, after):
            yield name, text
