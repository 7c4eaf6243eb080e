"""A stage's review, made from the provider's plans and the engine's steps.

The provider plans; only the engine knows of removals, and of resources that it has to replace.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.kinds.widening import Widening, table
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.planner import with_decision
from pulumi_managed_agents.release.serving import Serving  # noqa: TC001 - the schema is made from it
from pulumi_managed_agents.review.capability import gained_undeclared, widenings
from pulumi_managed_agents.review.plan_files import DueTest, LastResult  # noqa: TC001 - the schema is made from them
from pulumi_managed_agents.review.style import ORDER
from pulumi_managed_agents.stage.graph import by_kind, reached
from pulumi_managed_agents.stage.moves import ProbableMove  # noqa: TC001 - the schema is made from it

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.reconcile.plan import Decision
    from pulumi_managed_agents.review.plan_files import Plans, TestsRecord

SCHEMA_VERSION = 1

Ending = Literal["planned", "conflict", "refused", "failed"]


@dataclass(frozen=True)
class FanOut:
    """The resources that move because one does that they use, directly or through others.

    Attributes:
        kind: The kind of the one that is used.
        name: Its name.
        users: The names of those that take its new version, or one that comes of it.
        reach: How many they are, by kind: ``20 agents, 1 coordinator, 2 deployments``.
    """

    kind: str
    name: str
    users: tuple[str, ...]
    reach: str = ""


@dataclass(frozen=True)
class Tests:
    """The smoke tests that will run.

    Attributes:
        due: The tests, as far as a preview knows; one whose agent ends up the same is left out by the up.
        total: How many tests the stage has.
        most_usd: What they may cost at most, in US dollars.
        cap_usd: What the stage allows one up to spend, or null.
        coverage: How many of the stage's agents a test is about, in words; empty if that is not known.
        standing: What came of the tests that ran before.
        held: The agents that serve another version than their newest before the up, and why.
    """

    due: tuple[DueTest, ...] = ()
    total: int = 0
    most_usd: float = 0.0
    cap_usd: float | None = None
    coverage: str = ""
    standing: tuple[LastResult, ...] = ()
    held: tuple[Serving, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class Gone:
    """An object that is gone for ever.

    Attributes:
        kind: Its kind.
        name: The name of its resource.
        fate: What becomes of it: ``archived for ever``.
        replaced: Whether a new object takes its place.
    """

    kind: str
    name: str
    fate: str
    replaced: bool = False


@dataclass(frozen=True)
class StageReview:
    """One stage.

    Attributes:
        stage: Its name.
        gone: What is gone for ever.
        moves: What probably only moved, so that its removal has to be confirmed.
        wholesale: Why so much at once has to be confirmed, or empty.
        refused: Why the gate refuses the stage, one line each.
        ending: ``planned``, or why an up would stop.
        capability: What widens an agent's power: what the up changes, and undeclared drift.
        resources: What changes, most urgent first.
        left: What stays as it is although somebody changed it, or it waits, or a later version is live than recorded.
        fan_out: Who moves with whom.
        tests: The smoke tests that will run.
        proof: In what the stage differs from what was proved, what goes without proof, and what no proof covers.
        unchanged: How many resources stay as they are.
        errors: Why an up would stop, and what the engine reported as errors.
        complete: Whether everything was looked at; where the preview itself failed, this may be incomplete.
        compared: With which record of the stage it was compared, where that was not its state; else empty.
    """

    stage: str
    gone: tuple[Gone, ...] = field(default=(), kw_only=True)
    moves: tuple[ProbableMove, ...] = field(default=(), kw_only=True)
    wholesale: str = field(default="", kw_only=True)
    refused: tuple[str, ...] = field(default=(), kw_only=True)
    ending: Ending = "planned"
    capability: tuple[Widening, ...] = ()
    resources: tuple[Plan, ...] = ()
    left: tuple[Plan, ...] = ()
    fan_out: tuple[FanOut, ...] = ()
    tests: Tests = field(default_factory=Tests)
    proof: tuple[str, ...] = ()
    unchanged: int = 0
    errors: tuple[str, ...] = ()
    complete: bool = True
    compared: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Review:
    """All stages of one report.

    Attributes:
        stages: One review per stage, in the order asked for.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stages: tuple[StageReview, ...]
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True)
class EngineStep:
    """What the engine would do with a resource; `version` is the recorded one, or empty."""

    op: str
    kind: str
    name: str
    version: str = ""


def stage_review(
    stage: str,
    steps: Iterable[EngineStep],
    plans: Plans,
    *,
    ending: Ending = "planned",
    complete: bool = True,
    errors: Iterable[str] = (),
    on_removal: str = "archive",
) -> StageReview:
    """The review of a stage; `on_removal` is the stage's own setting."""
    by_resource = {(step.kind, step.name): step for step in steps}
    planned = {(plan.kind, plan.name): plan for plan in plans.resources}
    decided = {key: _decided(by_resource.get(key), planned.get(key), on_removal) for key in {**by_resource, **planned}}
    changed = sorted(
        (plan for plan in decided.values() if not plan.is_empty),
        key=lambda plan: (ORDER.index(plan.decision), plan.kind, plan.name),
    )
    left = [plan for _, plan in sorted(decided.items()) if plan.is_empty and plan.is_remarkable]
    moving = {(plan.kind, plan.name) for plan in changed}
    return StageReview(
        stage=stage,
        gone=tuple(Gone(plan.kind, plan.name, plan.lost, plan.decision == "replace") for plan in changed if plan.lost),
        moves=plans.removals.moves,
        wholesale=plans.removals.wholesale,
        refused=plans.refusals,
        ending=ending,
        complete=complete,
        capability=tuple(gain for key in sorted(planned) for gain in _gains(decided[key], moves=key in moving)),
        resources=tuple(changed),
        left=tuple(left),
        fan_out=_fan_out(changed, {plan.name: _role(plan) for plan in plans.resources}),
        tests=_tests(plans.tests),
        proof=(*plans.notes, *plans.unproven),
        unchanged=sum(step.op == "same" for key, step in by_resource.items() if key not in moving),
        errors=tuple(errors),
    )


def _gains(plan: Plan, *, moves: bool) -> Iterator[Widening]:
    """What a resource gains in power by the up, and what somebody else gave it in fields that no file names."""
    if moves:
        yield from widenings(plan)
    if not plan.vanished and any(not change.restores for change in plan.drift_undeclared):
        for gain in gained_undeclared(plan):
            yield replace(gain, text=f"{gain.text} (given outside Pulumi, in no file)")


def _decided(step: EngineStep | None, plan: Plan | None, on_removal: str) -> Plan:
    """The plan of a resource as the engine would carry it out; as the provider made it where the up stops first."""
    if plan is None:
        assert step is not None  # noqa: S101 - a resource is known from one of the two
        plan = Plan(step.kind, step.name, recorded_version=step.version, live_version=step.version)
    # A resource that waits was never created: the engine's step only records that it waits.
    if step is None or plan.stops or plan.waits or step.op not in ORDER:
        return plan
    decision: Decision = step.op  # type: ignore[assignment]  # one of them
    if decision == "delete":
        removed = Plan(step.kind, step.name, recorded_version=step.version, live_version=step.version)
        gone = with_decision(removed, "delete", FACTS[step.kind])
        return replace(gone, lost="") if on_removal == "retain" else gone
    return plan if decision == plan.decision else with_decision(plan, decision, FACTS[step.kind])


def _role(plan: Plan) -> str:
    """The kind of a resource; ``coordinator`` for an agent that has members."""
    multiagent = table(plan.desired.get("multiagent"))
    members = [multiagent.get("agents"), *(table(entry).get("predefined_agents") for entry in multiagent.values())]
    return "coordinator" if any(members) else plan.kind


def _fan_out(changed: Iterable[Plan], roles: Mapping[str, str]) -> tuple[FanOut, ...]:
    """One entry for each resource that changes by itself, with all that follow it, directly or through others."""
    users: dict[str, set[str]] = {}
    followers: set[str] = set()
    for plan in changed:
        followers |= {plan.name} if plan.only_follows else set()
        for change in plan.changes:
            if change.source:
                users.setdefault(change.source, set()).add(plan.name)
    return tuple(_reaching(name, reached(name, users), roles) for name in sorted(users.keys() - followers))


def _reaching(name: str, users: tuple[str, ...], roles: Mapping[str, str]) -> FanOut:
    kind = roles.get(name, "resource").replace("coordinator", "agent")
    return FanOut(kind, name, users, by_kind(roles.get(user, "resource") for user in users))


def _tests(record: TestsRecord | None) -> Tests:
    if record is None:
        return Tests()
    most = sum(test.most_usd for test in record.due)
    return Tests(record.due, record.total, most, record.cap_usd, record.coverage, record.standing, record.held)
