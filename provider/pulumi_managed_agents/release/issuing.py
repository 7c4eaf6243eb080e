"""Issuing receipts from what the smoke tests of a deployed stage recorded. Pure functions over plain records.

The records are those that Pulumi keeps: a root's (`as_record`), a test's result, an agent's id and version. A receipt
that would say nothing new is not replaced, so that deploying twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.receipt import Content, Receipt, from_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pulumi_managed_agents.release.root import Root

Record = dict[str, Any]

KEPT = 5
"""How many different contents of a root the release keeps receipts of."""


def as_record(root: Root, stage: str) -> Record:
    """A root as an input of the release of a stage; of one without tests, which gets no receipt, what status shows."""
    if not root.tests:
        return {"digest": root.digest}
    return {
        "digest": root.digest,
        "members": list(root.members),
        "effective": dict(root.effective),
        "effective_digest": root.effective_digest,
        "first_form_digest": root.first_form_digest,
        "tests": {test.name: test.digest for test in root.tests},
        "values": dict(root.values),
        "ran_in": {
            name: {
                "digest": content.digest,
                "effective": dict(content.effective),
                "values": dict(content.values),
                "members": list(content.members),
                "tests": sorted(test.name for test in root.all_tests if name in test.runs_in and test.runs_on(stage)),
            }
            for name, content in root.run_in(stage).items()
        },
    }


@dataclass(frozen=True)
class Deployed:
    """What is deployed on a stage, and what its smoke tests recorded.

    Attributes:
        project: The Pulumi project.
        stage: The stage's name.
        roots: Its roots, as `as_record` writes them, by name.
        results: The results of its smoke tests by the test's name.
        agents: Id and version of the agents that they ran on, by name.
        pins: Id and version that each agent serves since, by its name.
    """

    project: str
    stage: str
    roots: Mapping[str, Record]
    results: Mapping[str, Record]
    agents: Mapping[str, Record]
    pins: Mapping[str, Record]


def issued(
    deployed: Deployed, earlier: Mapping[str, list[Record]], applied: Collection[str], commit: Callable[[], str]
) -> dict[str, list[Record]]:
    """The statements that the release holds for each root, at most `KEPT` contents, what is deployed now first.

    Args:
        deployed: What is deployed and how its tests ended.
        earlier: The statements that the release held so far.
        applied: The definitions that this run verified to be live as their files say. A root of which a member, or
            something that its tests run in, is not among them keeps its statements as they are, since it may not be
            what was tested.
        commit: Gives the git commit, called only when a receipt is written.
    """
    statements = {name: list(earlier.get(name) or []) for name in deployed.roots}
    for name, root in deployed.roots.items():
        receipt = _receipt(deployed, name, root) if _of(root) <= {*applied} else None
        if receipt:
            statements[name] = _with(receipt, statements[name], commit, root.get("first_form_digest", ""))
    return {name: of_root for name, of_root in sorted(statements.items()) if of_root}


def _of(root: Record) -> set[str]:
    """All that its proof is about: its own members, and what its tests run in."""
    return {*root.get("members", ())}.union(*(content["members"] for content in (root.get("ran_in") or {}).values()))


def _receipt(deployed: Deployed, name: str, root: Record) -> Receipt | None:
    """The receipt for a root as it is deployed; None if its tests do not decide, or it does not serve."""
    if not root.get("tests"):
        return None
    agents = [member for member in root["members"] if member in deployed.agents]
    own = (deployed.roots[agent].get("tests") or {} for agent in agents)
    tests = {test: digest for of_agent in own for test, digest in of_agent.items()}
    results = {test: deployed.results[test] for test in tests if test in deployed.results}
    if results.keys() != tests.keys():
        return None
    failed = sorted(test for test, result in results.items() if not result["passed"])
    conclusive = [test for test in failed if results[test].get("conclusive", True)]
    if (failed and not conclusive) or (not failed and not all(_serves(deployed, agent) for agent in agents)):
        return None
    costs = [result["cost_usd"] for result in results.values() if result.get("cost_usd") is not None]
    finished = max(result.get("finished_at") or "" for result in results.values())
    return Receipt(
        root=name,
        digest=root["digest"],
        project=deployed.project,
        stage=deployed.stage,
        tests=tests,
        ran_in=dict(_ran_in(root.get("ran_in") or {}, results)),
        failed=tuple(failed),
        reason=f"{conclusive[0]}: {(results[conclusive[0]].get('failures') or ['it failed'])[0]}" if conclusive else "",
        effective=root["effective"],
        effective_digest=root["effective_digest"],
        values=root.get("values") or {},
        versions={agent: {key: deployed.agents[agent][key] for key in ("id", "version")} for agent in agents},
        cost_usd=round(sum(costs), 6) if costs else None,
        finished_at=finished,
        since="" if failed else finished,
    )


def _ran_in(contents: Mapping[str, Record], results: Mapping[str, Record]) -> Iterator[tuple[str, Content]]:
    """What the tests ran in, as far as their results are bound to what it says; those of earlier releases are not."""
    for name, content in contents.items():
        if all(name in (results[test].get("ran_in") or ()) for test in content["tests"] if test in results):
            yield name, Content(content["digest"], content["effective"], content["values"])


def _serves(deployed: Deployed, agent: str) -> bool:
    pin, applied = deployed.pins.get(agent) or {}, deployed.agents[agent]
    return all(pin.get(key) == applied[key] for key in ("id", "version"))


def _with(
    receipt: Receipt, statements: list[Record], commit: Callable[[], str], first_form_digest: str
) -> list[Record]:
    """The statements with the receipt in front; a statement that says the same already takes its place unchanged."""
    known = [(from_statement(statement, "the release"), statement) for statement in statements]
    same = next((entry for entry in known if entry[0].digest == receipt.digest), None)
    others = [entry for entry in known if entry is not same]
    issued_now = receipt
    if same and same[0].passed and receipt.passed:
        issued_now = replace(receipt, since=same[0].since)
    unchanged = same[1] if same and _says_the_same(issued_now, same[0], first_form_digest) else None
    first = unchanged or replace(issued_now, commit=commit()).statement()
    return [first, *_kept(others, passed=issued_now.passed)]


def _says_the_same(receipt: Receipt, known: Receipt, first_form_digest: str) -> bool:
    """Whether a receipt differs from a known one at most in its commit and in the form of its effective definition."""
    # A receipt of an earlier release holds the first form: compare it with the same content in that form.
    if known.form == 1 and known.effective_digest == first_form_digest:
        receipt = replace(receipt, effective=known.effective, effective_digest=first_form_digest, form=1)
    return replace(receipt, commit=known.commit) == known


def _kept(known: list[tuple[Receipt, Record]], *, passed: bool) -> list[Record]:
    """The newest statements; the last one that passed is among them unless the present one `passed`."""
    # One place is for the present content.
    receipts = known[: KEPT - 1]
    proven = [entry for entry in known if entry[0].passed]
    if not passed and proven and proven[0] not in receipts:
        # A roll-back needs a content that passed, however many red ones came after it.
        receipts = [*receipts[:-1], proven[0]]
    return [statement for _, statement in receipts]
