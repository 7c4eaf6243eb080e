"""Judges a stage of files as a whole before its first write: what would stop an up halfway stops it before it began.

The engine asks the provider about a resource once all that it refers to is written. A stage's files say everything
beforehand, so that the program can have the provider's own planner check all of it first. It knows no more than a
preview does: what a written resource will be is unknown to those that refer to it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.provider import host, process
from pulumi_managed_agents.dynamic.provider.deployment_handler import DeploymentHandler
from pulumi_managed_agents.dynamic.provider.resource_handler import ResourceHandler
from pulumi_managed_agents.dynamic.state_entry import is_defined, origin, ownership
from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.leaves import without_nulls
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.stage.definition import properties, references_in
from pulumi_managed_agents.stage.secrets import with_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.stage import Definition, Stage

Props = dict[str, Any]
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # the SDK's


def stops_ahead(
    stage: Stage, state: Mapping[str, Mapping[str, Any]], settings: Mapping[str, str], secrets: Mapping[str, str]
) -> list[str]:
    """Why an up of a stage would stop at one of its recorded resources, a line for each.

    `settings` are those of a provider, `secrets` the values of all secrets of the stage, by name.

    Raises:
        ManagedAgentsError: what is live cannot be read.
    """
    recorded = _recorded(state)
    if not recorded:
        return []
    process.take_over(settings, dict(secrets))
    look = _Look(stage, recorded, secrets)
    look.read_side_by_side()
    return list(dict.fromkeys(look.stops()))


def _recorded(state: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Props]:
    """The recorded outputs of what files made, by kind and name."""
    return {
        (about["kind"], qualified_name(urn)): dict(outputs)
        for urn, outputs in state.items()
        if APPLIED in outputs and is_defined(about := outputs.get(RESOURCE) or {}) and about["kind"] in FACTS
    }


@dataclass(frozen=True)
class _Seen:
    """A resource as those that refer to it see it: what is not known before the up is unknown."""

    id: Any
    version: Any = None


@dataclass
class _Look:
    stage: Stage
    recorded: Mapping[tuple[str, str], Props]
    secrets: Mapping[str, str]
    made: dict[str, _Seen] = field(default_factory=dict)
    moving: bool = False

    def read_side_by_side(self) -> None:
        """Read what is live, kinds and single objects at once; the planner finds it read."""
        context = process.reconcile_context()
        asked = [(FACTS[kind], outputs) for (kind, _), outputs in self.recorded.items()]

        def read(facts: Any, outputs: Props) -> None:
            parent = outputs.get(facts.parent) if facts.parent else None
            scoped = facts.within(parent) if isinstance(parent, str) else facts
            context.live.get(scoped, outputs[APPLIED]["id"], str(outputs[RESOURCE].get("mark") or ""))

        with ThreadPoolExecutor(host.CALLS_AT_ONCE) as pool:
            list(pool.map(lambda one: read(*one), asked))

    def stops(self) -> Iterator[str]:
        """Every reason to stop, in the order in which the stage is declared."""
        for definition in self.stage.definitions:
            names = (definition.name, *definition.was)
            olds = next((one for name in names if (one := self.recorded.get((definition.kind, name)))), None)
            if olds is None:
                self.made[definition.name], self.moving = _Seen(UNKNOWN, UNKNOWN), True
                continue
            try:
                self.made[definition.name] = self._planned(definition, olds)
            except (Conflict, Refused) as error:
                self.made[definition.name] = _Seen(olds[APPLIED]["id"], olds.get("version"))
                yield str(error)

    def _planned(self, definition: Definition, olds: Props) -> _Seen:
        """What becomes of a recorded resource; raises what would stop the up."""
        facts, id = FACTS[definition.kind], olds[APPLIED]["id"]
        handler = (DeploymentHandler if definition.kind == "deployment" else ResourceHandler)(facts)
        answer = handler.look_ahead(id, olds, self._inputs(definition, olds))
        self.moving = self.moving or answer.changes
        if answer.replaces:
            return _Seen(UNKNOWN, UNKNOWN)
        return _Seen(id, UNKNOWN if answer.changes else olds.get("version"))

    def _inputs(self, definition: Definition, olds: Props) -> Props:
        """What the engine would hand the provider."""
        body = with_values(definition.kind, properties(definition, self.made), self.secrets.__getitem__)
        if definition.kind == "deployment":
            body = self._with_proven(definition, body, olds)
        place = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
        owned = ownership(
            definition.kind, definition.name, **place, workspace=(olds.get(RESOURCE) or {}).get("workspace")
        )
        about = {"name": definition.name, **owned, **origin(definition, self.stage)}
        return {RESOURCE: about, **without_nulls(body)}

    def _with_proven(self, definition: Definition, body: Props, olds: Props) -> Props:
        """A deployment has the proven version of its agent: the recorded one, unless this run's tests may change it."""
        reference = next((one for path, one in references_in(definition.body) if path == ("agent",)), None)
        agent, before = body.get("agent"), olds.get("agent")
        if reference is None or reference.version is not None or not isinstance(agent, dict):
            return body
        version: Any = UNKNOWN
        if not self.moving and isinstance(before, dict) and before.get("id") == agent.get("id"):
            version = before.get("version", UNKNOWN)
        return {**body, "agent": {**agent, "version": version}}
