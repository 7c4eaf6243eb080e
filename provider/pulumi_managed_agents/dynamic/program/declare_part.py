"""What a run for a part of a stage declares beyond that part: everything recorded that it must not touch.

The engine leaves alone what is no target. But left undeclared, what depends on a target would have to be deleted; and
what is declared before all that it was recorded to need makes the engine take that over by itself, and then refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_managed_agents.dynamic.program.resource import StageResource, workspace_of
from pulumi_managed_agents.dynamic.state_entry import is_defined
from pulumi_managed_agents.dynamic.wire import with_whole_numbers
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
        needs: The names of those that each refers to, by its name.
        smoke_tests: What is recorded of the stage's smoke tests.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    abouts: Mapping[str, Props] = field(default_factory=dict)
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    smoke_tests: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Mapping[str, Mapping[str, Any]], part: Stage) -> LeftOut:
        """Read it from the outputs that a state records by URN."""
        ours = {name: definition.name for definition in part.definitions for name in (definition.name, *definition.was)}
        abouts = {urn: about for urn, values in state.items() if (about := values.get(RESOURCE))}
        others = {
            qualified_name(urn): urn
            for urn, about in abouts.items()
            if is_defined(about) and about.get("kind") in FACTS and qualified_name(urn) not in ours
        }
        # What moved without a write still has an earlier name in its outputs, by which others may refer to it.
        now = {about["name"]: qualified_name(urn) for urn, about in abouts.items() if is_defined(about)} | ours
        needs = {name: (abouts[urn].get("uses") or {}).values() for name, urn in others.items()}
        tests = next((urn for urn, about in abouts.items() if about.get("kind") == "smoke tests"), "")
        return cls(
            {name: urn.split("::", 3)[2].rpartition(":")[2] for name, urn in others.items()},
            {name: abouts[urn] for name, urn in others.items()},
            {name: frozenset(now.get(used, used) for used in used_by) for name, used_by in needs.items()},
            with_whole_numbers(dict(state.get(tests) or {})),
        )

    def declare(
        self,
        declared: Mapping[str, pulumi.Resource],
        options: pulumi.ResourceOptions,
        *,
        deployments: bool,
        after: Collection[pulumi.Resource] = (),
    ) -> dict[str, pulumi.Resource]:
        """Declare the deployments, or all but these, in the order in which they need each other.

        `declared` is what they may need of the part; the same with them is returned.
        """
        names = {name for name, title in self.titles.items() if (title == "Deployment") == deployments}
        known = dict(declared)
        for name in order({name: self.needs[name] & names for name in names})[0]:
            needed = [known[used] for used in sorted(self.needs[name]) if used in known]
            waiting = pulumi.ResourceOptions(depends_on=[workspace_of(None), *needed, *after])
            opts = pulumi.ResourceOptions.merge(options, waiting)
            known[name] = StageResource(self.titles[name], name, dict(self.abouts[name]), {}, opts)
        return known
