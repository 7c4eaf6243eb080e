"""Making receipts from what the smoke tests of a deployed stage recorded. Pure functions over plain records.

The records are those that Pulumi keeps: a root's (`as_record`), a test's result, an agent's id and version. A receipt
that says nothing new stays as it is, so that deploying twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.receipt import Receipt, from_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pulumi_managed_agents.release.root import Root

Record = dict[str, Any]

KEPT = 5
"""How many different contents of a root the release remembers."""


def as_record(root: Root) -> Record:
    """A root as it is handed to the release."""
    return {
        "digest": root.digest,
        "members": list(root.members),
        "effective": dict(root.effective),
        "effective_digest": root.effective_digest,
        "first_form_digest": root.first_form_digest,
        "tests": {test.name: test.digest for test in root.tests},
    }


@dataclass(frozen=True)
class Deployed:
    """What the smoke tests of a stage recorded of what is deployed.

    `results` are theirs by name, `agents` the agents they ran on (id and version), `pins` what serves since.
    """

    project: str
    stage: str
    roots: Mapping[str, Record]
    results: Mapping[str, Record]
    agents: Mapping[str, Record]
    pins: Mapping[str, Record]


def issued(
    deployed: Deployed, before: Mapping[str, list[Record]], applied: Collection[str], commit: Callable[[], str]
) -> dict[str, list[Record]]:
    """The statements that the release holds for each root: of what is deployed first, at most `KEPT` contents.

    `before` are those it held; `applied` names the definitions of which this run made sure that they are live as their
    files say. A root with another among its members keeps what it had: it is not known to be what was tested.
    """
    held = {name: list(before.get(name) or []) for name in deployed.roots}
    for name, root in deployed.roots.items():
        receipt = _receipt(deployed, name, root) if {*root["members"]} <= {*applied} else None
        if receipt:
            held[name] = _with(receipt, held[name], commit, root.get("first_form_digest", ""))
    return {name: statements for name, statements in sorted(held.items()) if statements}


def _receipt(deployed: Deployed, name: str, root: Record) -> Receipt | None:
    """What the tests say of a root as it is deployed, or None where they say nothing."""
    agents = [member for member in root["members"] if member in deployed.agents]
    tests = {test: digest for one in agents for test, digest in deployed.roots[one]["tests"].items()}
    results = {test: deployed.results[test] for test in tests if test in deployed.results}
    if not root["tests"] or results.keys() != tests.keys():
        return None
    failed = sorted(test for test, result in results.items() if not result["passed"])
    conclusive = [test for test in failed if results[test].get("conclusive", True)]
    if (failed and not conclusive) or (not failed and not all(_serves(deployed, one) for one in agents)):
        return None
    costs = [result["cost_usd"] for result in results.values() if result.get("cost_usd") is not None]
    finished = max(result.get("finished_at") or "" for result in results.values())
    return Receipt(
        root=name,
        digest=root["digest"],
        project=deployed.project,
        stage=deployed.stage,
        tests=tests,
        failed=tuple(failed),
        reason=_reason(conclusive[0], results[conclusive[0]]) if conclusive else "",
        effective=root["effective"],
        effective_digest=root["effective_digest"],
        versions={one: {key: deployed.agents[one][key] for key in ("id", "version")} for one in agents},
        cost_usd=round(sum(costs), 6) if costs else None,
        finished_at=finished,
        since="" if failed else finished,
    )


def _serves(deployed: Deployed, agent: str) -> bool:
    pin, applied = deployed.pins.get(agent) or {}, deployed.agents[agent]
    return all(pin.get(key) == applied[key] for key in ("id", "version"))


def _reason(test: str, result: Record) -> str:
    failures = result.get("failures") or ["it failed"]
    return f"{test}: {failures[0]}"


def _with(
    receipt: Receipt, statements: list[Record], commit: Callable[[], str], first_form_digest: str
) -> list[Record]:
    """The statements with a receipt before all others; one that said the same already is kept as it is.

    So is one in the first form: it says the same where its digest is that of the same content in that form.
    """
    known = [(from_statement(one, "the release"), one) for one in statements]
    same = next((entry for entry in known if entry[0].digest == receipt.digest), None)
    others = [entry for entry in known if entry is not same]
    made = receipt
    if same and same[0].passed and receipt.passed:
        made = replace(receipt, since=same[0].since)
    kept = same[1] if same and _says(made, same[0], first_form_digest) else None
    first = kept or replace(made, commit=commit()).statement()
    return [first, *_worth_keeping(others, passed=made.passed)]


def _says(receipt: Receipt, known: Receipt, first_form_digest: str) -> bool:
    """Whether a receipt says what another says already, whenever it was committed."""
    if known.form == 1 and known.effective_digest == first_form_digest:
        receipt = replace(receipt, effective=known.effective, effective_digest=first_form_digest, form=1)
    return replace(receipt, commit=known.commit) == known


def _worth_keeping(known: list[tuple[Receipt, Record]], *, passed: bool) -> list[Record]:
    """The newest, the last one that passed among them where there is one."""
    kept = known[: KEPT - 1]
    proven = [entry for entry in known if entry[0].passed]
    if not passed and proven and proven[0] not in kept:
        kept = [*kept[:-1], proven[0]]
    return [statement for _, statement in kept]
