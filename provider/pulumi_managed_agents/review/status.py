"""The status of stages: what serves, proven by what, what is held back, changed outside, ahead of or behind another.

It is built from what the states record and, where the API could be asked, from the report of drift. Pure
functions; what to type next is worked out in `status_advice`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.release.rollback import Move, rollback_moves
from pulumi_managed_agents.release.serving import Serving, serving
from pulumi_managed_agents.review.drift import How, StageDrift, how
from pulumi_managed_agents.review.plan_files import LastResult, last_result
from pulumi_managed_agents.words import NextStep  # noqa: TC001 - a field that the schema reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.review.stage_state import RecordedResource, StageState

SCHEMA_VERSION = 1
ROOT_KINDS = ("agent", "deployment")

Condition = Literal["deployed", "never deployed", "not known"]
Verdict = Literal["proven", "failed", "edited", "none"]
Content = Literal["", "equal", "behind", "ahead", "differs", "only here"]


@dataclass(frozen=True)
class Proof:
    """What proves the content that serves.

    Attributes:
        verdict: ``proven``; ``failed`` where its tests have failed since; ``edited`` where its receipt was edited
            after it was made; ``none``.
        tests: The tests that count.
        since: Since when it stands proven, ISO 8601 in UTC, or empty.
        finished_at: When the last of the tests ended, ISO 8601 in UTC, or empty.
        cost_usd: What they cost, in US dollars; null if the API did not say.
        commit: The git commit it was deployed from, or empty.
        digest: The digest of its definitions, or empty.
        reason: Why it is not proven, or empty.
    """

    verdict: Verdict
    tests: tuple[str, ...] = ()
    since: str = ""
    finished_at: str = ""
    cost_usd: float | None = None
    commit: str = ""
    digest: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RootStatus:
    """An agent, or a deployment with the agent that it runs.

    Attributes:
        kind: Agent or deployment.
        name: Its name.
        id: Its id.
        file: Its definition file, or empty.
        serving: The version that serves, and why it is not the newest; of a deployment, which one it runs.
        proof: What proves that.
        tests: What came of the smoke tests about the agent when they last ran, which may have been on a newer version.
        tests_cost_usd: What these cost together, in US dollars; null if nothing is known of it.
        outside: What somebody else did to it, or empty; the report of drift has more.
        live_version: The version that is live, or empty if that is not known, or has no version.
        content: How what serves compares with what serves on the stage before: the digests of the definitions are
            ``equal``; it is ``behind`` or ``ahead``, as one of the two stages has proved both contents; it
            ``differs``, as neither has; it is ``only here``. Empty if that is not known.
    """

    kind: str
    name: str
    id: str
    file: str
    serving: Serving
    proof: Proof
    tests: tuple[LastResult, ...] = ()
    tests_cost_usd: float | None = None
    outside: How | Literal[""] = ""
    live_version: str = ""
    content: Content = ""


@dataclass(frozen=True)
class KindCount:
    """How many objects of a kind are deployed.

    Attributes:
        kind: The kind.
        count: How many.
    """

    kind: str
    count: int


@dataclass(frozen=True)
class StageStatus:
    """One stage.

    Attributes:
        stage: Its name.
        condition: Whether it is ``deployed``, ``never deployed``, or ``not known`` since its state cannot be read.
        workspace: The workspace it was deployed to, or empty.
        released: Whether it has a release; a Python program itself exports what serves.
        before: The stage that it takes over from, or empty.
        shares_files: Whether it is made of the same files as that one.
        roots: Its agents and deployments.
        others: How many other objects it has, by kind.
        missing: The agents and deployments that the stage before has and this one does not.
        drift: What was changed outside, as `drift` reports it; null if that is not known.
        waiting: How many resources the files change; null if that is not known.
        unproven: What goes without proof behind its gate, and what no proof covers.
        retiring: The models of its agents that the API will not serve much longer, each in one line.
        unknown: What is not known, and why.
        back: What ``rollback --pins`` would let serve instead.
        next: What to type next, most urgent first.
    """

    stage: str
    condition: Condition = "deployed"
    workspace: str = ""
    released: bool = True
    before: str = ""
    shares_files: bool = False
    roots: tuple[RootStatus, ...] = ()
    others: tuple[KindCount, ...] = ()
    missing: tuple[str, ...] = ()
    drift: StageDrift | None = None
    waiting: int | None = None
    unproven: tuple[str, ...] = ()
    retiring: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    back: tuple[Move, ...] = ()
    next: tuple[NextStep, ...] = ()


@dataclass(frozen=True)
class StatusReport:
    """All stages of one report.

    Attributes:
        stages: One entry per stage, in the order asked for.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stages: tuple[StageStatus, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def is_known(self) -> bool:
        """Whether every state could be read."""
        return all(stage.condition != "not known" for stage in self.stages)

    @property
    def is_drifted(self) -> bool:
        """Whether anything is known to have been changed outside."""
        return any(stage.drift and stage.drift.drifted for stage in self.stages)


def stage_status(
    state: StageState,
    drift: StageDrift | None = None,
    waiting: int | None = None,
    *,
    before: StageState | None = None,
    unknown: Iterable[str] = (),
    live_versions: Mapping[str, str] | None = None,
) -> StageStatus:
    """The status of a stage.

    `before` is the stage that it takes over from, where that is known, `live_versions` which version is live of each
    agent.
    """
    roots = _roots(state)
    outside = {(plan.kind, plan.name): how(plan) for plan in drift.drifted} if drift else {}
    others = Counter(resource.kind for resource in state.resources if resource.kind not in ROOT_KINDS)
    theirs = {root.name: root for root in _roots(before)} if before else {}
    rolled_back = any(root.serving.why == "rolled back" for root in roots)
    return StageStatus(
        stage=state.stage,
        condition="deployed" if state.resources else "never deployed",
        workspace=state.workspace,
        released=state.has_release,
        before=before.stage if before else "",
        shares_files=bool(before and before.folder and before.folder == state.folder),
        roots=tuple(
            replace(
                root,
                outside=outside.get((root.kind, root.name), ""),
                live_version=(live_versions or {}).get(root.name, "") if root.kind == "agent" else "",
                content=_content(root, theirs.get(root.name), state, before) if before else "",
            )
            for root in roots
        ),
        others=tuple(KindCount(kind, count) for kind, count in sorted(others.items())),
        missing=tuple(sorted(theirs.keys() - {root.name for root in roots})),
        drift=drift,
        waiting=waiting,
        unknown=tuple(unknown),
        # An agent that was rolled back already needs no advice how to.
        back=() if rolled_back else tuple(rollback_moves(state.released, ())[0]),
    )


def _roots(state: StageState) -> tuple[RootStatus, ...]:
    """Agents and deployments, as far as the stage's own state shows."""
    if state.has_release:
        versions = serving(state.tests, state.released.pins, state.released.applied)
    else:
        versions = tuple(Serving(name, version, version) for name, version in state.released.applied.items())
    agents = {version.agent: version for version in versions}
    roots = [
        _root(state, resource, agents[resource.name] if resource.kind == "agent" else _run_by(resource, agents))
        for resource in state.resources
        if resource.kind == "deployment" or resource.name in agents
    ]
    return tuple(sorted(roots, key=lambda root: (root.kind, root.name)))


def _run_by(deployment: RecordedResource, agents: Mapping[str, Serving]) -> Serving:
    """The version that a deployment runs."""
    agent, version = agents.get(deployment.agent), deployment.agent_version
    if agent is None:  # an agent that the stage does not manage
        return Serving(deployment.agent, version, version or 0)
    if version == agent.serves:
        return agent
    why = agent.why if version is None else "file"
    return Serving(deployment.agent, version, agent.newest, "" if version == agent.newest else why)


def _root(state: StageState, resource: RecordedResource, served: Serving) -> RootStatus:
    tests = tuple(
        last_result(name, test, state.tests["results"][name])
        for name, test in sorted((state.tests.get("tests") or {}).items())
        if test.get("agent") == served.agent and name in (state.tests.get("results") or {})
    )
    costs = [test.cost_usd for test in tests if test.cost_usd is not None]
    proof = _proof(state, resource.name, served, tested=bool(tests))
    return RootStatus(
        kind=resource.kind,
        name=resource.name,
        id=resource.id,
        file=resource.file,
        serving=replace(served, since=served.since or _since(served, proof)),
        proof=proof,
        tests=tests,
        tests_cost_usd=round(sum(costs), 6) if costs else None,
    )


def _since(served: Serving, proof: Proof) -> str:
    """Since when a version serves by its proof, for states of releases that noted no moment."""
    return "" if served.why == "rolled back" else proof.since


def _proof(state: StageState, root: str, served: Serving, *, tested: bool) -> Proof:
    receipt = next(iter(_receipts(state, root, served)), None)
    if receipt is None:
        return Proof("none", reason="no receipt" if tested else "no smoke test")
    return proof_by(receipt)


def proof_by(receipt: Receipt) -> Proof:
    """What a receipt says of the content that it is about."""
    verdict: Verdict = "edited" if receipt.edited else "proven" if receipt.passed else "failed"
    return Proof(
        verdict,
        tests=tuple(sorted(receipt.tests)),
        since=receipt.since,
        finished_at=receipt.finished_at,
        cost_usd=receipt.cost_usd,
        commit=receipt.commit,
        digest=receipt.digest,
        reason=receipt.reason,
    )


def _receipts(state: StageState, root: str, served: Serving) -> list[Receipt]:
    """The receipts of what serves, the one that counts first."""
    receipts = [
        receipt
        for receipt in state.released.receipts
        if receipt.root == root and (receipt.versions.get(served.agent) or {}).get("version") == served.serves
    ]
    if not (served.is_newest and root in state.digests):
        return receipts
    # One version may have served with several contents of what it uses, of which one is deployed.
    return [receipt for receipt in receipts if receipt.digest == state.digests[root]]


def _digest(state: StageState, root: RootStatus) -> str:
    """The digest of the definitions that serve, or empty."""
    # A deployment that its file holds at a version is deployed as its file says.
    deployed = root.serving.is_newest or root.serving.why == "file"
    return state.digests.get(root.name, "") if deployed else root.proof.digest


def _content(root: RootStatus, other: RootStatus | None, here: StageState, before: StageState) -> Content:
    if other is None:
        return "only here"
    own, theirs = _digest(here, root), _digest(before, other)
    if not (own and theirs):
        return ""
    if own == theirs:
        return "equal"
    at_theirs, at_ours = _proved(before, root.name), _proved(here, root.name)
    if own in at_theirs:
        # The stage before may itself have gone back to what it proved earlier.
        return "ahead" if at_theirs[own] > at_theirs.get(theirs, at_theirs[own]) else "behind"
    return "ahead" if theirs in at_ours else "differs"


def _proved(state: StageState, root: str) -> dict[str, str]:
    """The contents of a root that a stage has proved, each with since when."""
    return {receipt.digest: receipt.since for receipt in state.released.receipts if receipt.root == root}
