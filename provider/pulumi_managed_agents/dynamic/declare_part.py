"""What a run for a part of a stage declares besides: everything that is recorded and not to be touched.

The engine leaves alone what is no target. But left undeclared, what depends on a target would have to be deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.resource import StageResource
from pulumi_managed_agents.dynamic.wire import whole
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.stage.graph import order

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_managed_agents.stage import Stage

Props = dict[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """What files declared earlier and a part of their stage does not name, as it is recorded.

    Attributes:
        titles: The last part of each resource's type, by its name.
        abouts: What each was declared as, by its name.
        smoke_tests: What is recorded of the stage's smoke tests.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    abouts: Mapping[str, Props] = field(default_factory=dict)
    smoke_tests: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Mapping[str, Mapping[str, Any]], part: Stage) -> LeftOut:
        """Read it from what a state records by URN."""
        ours = {name for definition in part.definitions for name in (definition.name, *definition.was)}
        outputs = {urn: entry.get("outputs") or {} for urn, entry in state.items()}
        abouts = {urn: about for urn, values in outputs.items() if (about := values.get(RESOURCE))}
        others = {
            qualified_name(urn): urn
            for urn, about in abouts.items()
            if about.get("file") and about.get("kind") in FACTS and qualified_name(urn) not in ours
        }
        tests = next((urn for urn, about in abouts.items() if about.get("kind") == "smoke tests"), "")
        return cls(
            {name: urn.split("::", 3)[2].rpartition(":")[2] for name, urn in others.items()},
            {name: abouts[urn] for name, urn in others.items()},
            whole(outputs.get(tests) or {}),
        )

    def declare(
        self,
        declared: Mapping[str, pulumi.Resource],
        options: pulumi.ResourceOptions,
        *,
        deployments: bool,
        after: Collection[pulumi.Resource] = (),
    ) -> None:
        """Declare the deployments, or all but these, in the order in which they need each other.

        `declared` is what they may need of the part.
        """
        wanted = {name for name, title in self.titles.items() if (title == "Deployment") == deployments}
        uses = {name: set((self.abouts[name].get("uses") or {}).values()) for name in wanted}
        known = dict(declared)
        for name in order({name: used & wanted for name, used in uses.items()})[0]:
            needed = [known[used] for used in sorted(uses[name]) if used in known]
            waiting = pulumi.ResourceOptions(depends_on=[*needed, *after])
            opts = pulumi.ResourceOptions.merge(options, waiting)
            known[name] = StageResource(self.titles[name], name, dict(self.abouts[name]), {}, opts)
