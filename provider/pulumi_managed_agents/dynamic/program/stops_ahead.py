"""Plans a stage of files as a whole before its first write: what would stop an up halfway stops it before it began.

The engine asks the provider about a resource once all that it refers to is written. A stage's files say everything
beforehand, so that the program can have the provider's own handlers plan all of it first, for a person who is asked as
well. It knows no more than a preview does: what a written resource will be is unknown to those that refer to it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.program.declare_release import judged_agents
from pulumi_managed_agents.dynamic.provider import host, process
from pulumi_managed_agents.dynamic.provider.deployment_handler import WAITING, DeploymentHandler
from pulumi_managed_agents.dynamic.provider.resource_handler import ResourceHandler
from pulumi_managed_agents.dynamic.provider.smoke_tests_handler import SmokeTestsHandler
from pulumi_managed_agents.dynamic.state_entry import is_defined, origin, ownership
from pulumi_managed_agents.dynamic.wire import with_whole_numbers
from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.kinds.agent.effective import pinned_members
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.leaves import without_nulls
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.review.review import EngineStep
from pulumi_managed_agents.smoke.stage_tests import stage_tests
from pulumi_managed_agents.stage.definition import properties, references_in
from pulumi_managed_agents.stage.secrets import with_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pulumi_managed_agents.dynamic.program.declare_release import Rules
    from pulumi_managed_agents.dynamic.provider.handler import DiffAnswer
    from pulumi_managed_agents.stage import Definition, Stage

Props = dict[str, Any]
SMOKE_TESTS = "smoke tests"
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # the SDK's


def stops_ahead(
    stage: Stage,
    state: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    rules: Rules,
) -> list[str]:
    """Why an up of a stage would stop at one of its recorded resources, a line for each.

    `settings` are those of a provider, `secrets` the values of all secrets of the stage, by name.

    Raises:
        ManagedAgentsError: what is live cannot be read.
    """
    recorded = {key: outputs for key, outputs in _recorded(state).items() if APPLIED in outputs}
    if not recorded:
        return []
    process.take_over(settings, dict(secrets))
    look = _Look(stage, recorded, secrets, rules)
    look.read_side_by_side()
    return list(dict.fromkeys(look.stops()))


def steps_ahead(
    stage: Stage,
    state: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    rules: Rules,
) -> list[EngineStep]:
    """What an up would do with each of a stage's resources; their plans and the due tests are written down.

    The arguments are those of `stops_ahead`.

    Raises:
        ManagedAgentsError: what is live cannot be read, or is not replaced.
    """
    process.take_over(settings, dict(secrets))
    tests = next((one for one in state.values() if (one.get(RESOURCE) or {}).get("kind") == SMOKE_TESTS), {})
    look = _Look(stage, _recorded(state), secrets, rules, dict(tests))
    look.read_side_by_side()
    return list(look.steps())


def _recorded(state: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Props]:
    """The recorded outputs of what files made, by kind and name.

    A deployment that waits for a proven version is among them, without an object.
    """
    ours = ((urn, outputs, outputs.get(RESOURCE) or {}) for urn, outputs in state.items())
    return {
        (about["kind"], qualified_name(urn)): dict(outputs)
        for urn, outputs, about in ours
        if is_defined(about) and about["kind"] in FACTS and (APPLIED in outputs or about["kind"] == "deployment")
    }


def _handler(kind: str) -> ResourceHandler:
    return (DeploymentHandler if kind == "deployment" else ResourceHandler)(FACTS[kind])


def _version(recorded: Props) -> str:
    return str(with_whole_numbers(recorded.get("version", "")))


@dataclass(frozen=True)
class _Seen:
    """A resource as those that refer to it see it: what is not known before the up is unknown."""

    id: Any
    version: Any = None
    multiagent: Any = None


@dataclass
class _Look:
    stage: Stage
    recorded: Mapping[tuple[str, str], Props]
    secrets: Mapping[str, str]
    rules: Rules
    recorded_tests: Props = field(default_factory=dict)
    made: dict[str, _Seen] = field(default_factory=dict)
    moving: bool = False
    """Whether something changed by which smoke tests may decide otherwise about what serves."""

    @cached_property
    def judged(self) -> Collection[str]:
        """The agents whose version that serves is not simply the one just applied."""
        return judged_agents(self.stage, self.rules.may_hold_back(self.stage))

    def read_side_by_side(self) -> None:
        """Read what is live, kinds and single objects at once; the planner finds it read."""
        context = process.reconcile_context()
        asked = [(FACTS[kind], outputs) for (kind, _), outputs in self.recorded.items() if APPLIED in outputs]

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

    def steps(self) -> Iterator[EngineStep]:
        """What becomes of each resource, in the order in which the stage is declared, and of those that it dropped.

        Raises:
            Refused: a resource is not replaced.
        """
        gone = dict(self.recorded)
        last = [definition for definition in self.stage.definitions if definition.kind == "deployment"]
        yield from (self._step(one, gone) for one in self.stage.definitions if one.kind != "deployment")
        self.moving = SmokeTestsHandler().diff("", self.recorded_tests, self._tests()).changes
        yield from (self._step(one, gone) for one in last)
        yield from (EngineStep("delete", kind, name, _version(olds)) for (kind, name), olds in gone.items())

    def _step(self, definition: Definition, gone: dict[tuple[str, str], Props]) -> EngineStep:
        """What becomes of a resource, which is taken from those that would be `gone`."""
        kind, name = definition.kind, definition.name
        names = [one for one in (name, *definition.was) if (kind, one) in gone]
        if names:
            olds = gone.pop((kind, names[0]))
            answer = self._answer(definition, olds)
            self.made[name] = self._seen(answer, olds)
            op = "replace" if answer.replaces else "update" if answer.changes else "same"
            return EngineStep(op, kind, name, _version(olds))
        self.made[name] = _Seen(UNKNOWN, UNKNOWN)
        for refusal in _handler(kind).check(self._inputs(definition, {}), is_new=True):
            raise Refused(refusal)
        return EngineStep("create", kind, name)

    def _tests(self) -> Props:
        """What the engine would hand the provider of the smoke tests."""
        agents = {one.name: self._agent(one) for one in self.stage.definitions if one.kind == "agent"}
        given = {"agents": agents, "tests": stage_tests(self.stage, self.made), **self.stage.values.smoke}
        return {RESOURCE: {"kind": SMOKE_TESTS}, **given, **self.rules.as_inputs()}

    def _agent(self, definition: Definition) -> Props:
        agent = self.made[definition.name]
        uses = pinned_members(agent.multiagent)
        return {"id": agent.id, "version": agent.version, "uses": uses, "file": definition.file}

    def _planned(self, definition: Definition, olds: Props) -> _Seen:
        """What becomes of a recorded resource; raises what would stop the up."""
        return self._seen(self._answer(definition, olds), olds)

    def _answer(self, definition: Definition, olds: Props) -> DiffAnswer:
        handler, news = _handler(definition.kind), self._inputs(definition, olds)
        if APPLIED not in olds:
            return handler.diff(WAITING, olds, news)
        answer = handler.look_ahead(olds[APPLIED]["id"], olds, news)
        self.moving = self.moving or answer.changes
        return answer

    def _seen(self, answer: DiffAnswer, olds: Props) -> _Seen:
        if answer.replaces or APPLIED not in olds:
            return _Seen(UNKNOWN, UNKNOWN)
        version = UNKNOWN if answer.changes else with_whole_numbers(olds.get("version"))
        return _Seen(olds[APPLIED]["id"], version, with_whole_numbers(olds.get("multiagent")))

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
        if reference is None or reference.target not in self.judged or reference.version is not None:
            return body
        if not isinstance(agent, dict):
            return body
        version: Any = UNKNOWN
        if not self.moving and isinstance(before, dict) and before.get("id") == agent.get("id"):
            version = before.get("version", UNKNOWN)
        return {**body, "agent": {**agent, "version": version}}
