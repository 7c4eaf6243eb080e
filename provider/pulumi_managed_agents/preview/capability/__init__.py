"""The capability review: of all that changes, only what lets an agent do more than before.

One pure rule each, by kind. Narrowing is never named. Some changes are named in either direction, since nobody here
can tell which side is wider: a model, an identity, an address, a skill's files.

Left out on purpose: an environment's packages, which run inside a sandbox whose reach is what the network rules say
(with limited networking they need `allow_package_managers`, which is named); a prompt; a tool's description. They are
in the list of changes like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.leaves import tree
from pulumi_managed_agents.preview.capability import agent, environment, skill, tools, web
from pulumi_managed_agents.preview.capability.power import full_power
from pulumi_managed_agents.preview.capability.widening import Body, Rule, Widening
from pulumi_managed_agents.preview.sides import as_live, as_recorded, before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.preview.record import PlanRecord

__all__ = ["RULES", "Widening", "widened", "widenings"]

RULES: Mapping[str, Mapping[str, Rule]] = {
    "agent": {
        "tool-added": tools.tools_added,
        "tool-enabled": tools.tools_enabled,
        "permission-widened": tools.permissions_widened,
        "domains-widened": web.domains_widened,
        "url-sources-widened": web.url_sources_widened,
        "server-added": agent.servers_added,
        "server-moved": agent.server_moved,
        "skill-added": agent.skills_added,
        "skill-repinned": agent.skill_repinned,
        "roster-grown": agent.roster_grown,
        "delegation-enabled": agent.delegation_enabled,
        "advisor-changed": agent.advisor_changed,
        "identity-changed": agent.identity_changed,
        "model-changed": agent.model_changed,
        "geography-widened": agent.geography_widened,
    },
    "environment": {
        "environment-type-changed": environment.type_changed,
        "network-opened": environment.network_opened,
        "hosts-added": environment.hosts_added,
        "network-switch-on": environment.switches_turned_on,
        "scope-widened": environment.scope_widened,
    },
    "skill": {"skill-content-changed": skill.content_changed},
}
NEW = "new"
"""The rule's name where the whole resource is new."""


def widenings(record: PlanRecord) -> tuple[Widening, ...]:
    """What one resource gains, against what was recorded and against what somebody made of it since.

    Both count: an up that puts back a permission which somebody took away in the Console widens what is live.
    """
    if record.decision in {"checked", "gone"}:
        return (Widening(record.kind, record.name, NEW, full_power(record.kind, record.desired)),)
    sides = (tree(before(record, as_recorded)), tree(before(record, as_live)))
    found = [one for side in sides for one in widened(record.kind, side, record.desired)]
    return tuple(Widening(record.kind, record.name, rule, text) for rule, text in dict.fromkeys(found))


def widened(kind: str, was: Body, now: Body) -> Iterator[tuple[str, str]]:
    """The rule and its words for everything in which one effective definition goes beyond another."""
    for name, rule in RULES.get(kind, {}).items():
        for text in rule(was, now):
            yield name, text
