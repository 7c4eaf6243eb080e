"""Which version of each agent served when, of which commit and proven by what, from what a stage's state remembers.

Pure, as data and as lines for a terminal. The state notes the turns in which versions served. Turns from before it did
so, or that it has forgotten, are deduced from receipts, which say since when a version was proven, but not of a
roll-back to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.issuing import KEPT
from pulumi_managed_agents.release.serving import TURNS_KEPT
from pulumi_managed_agents.review.phrases import to_the_minute
from pulumi_managed_agents.review.status import Proof, proof_by
from pulumi_managed_agents.review.status_phrases import FAILURE, NOTHING, proven_by
from pulumi_managed_agents.review.style import ASIDE, ERROR, HEADING, Line, Page, aligned_cells, bullet, plain, wrapped
from pulumi_managed_agents.scrubbing import clip
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.review.stage_state import StageState


SCHEMA_VERSION = 1

Proofs = dict[tuple[str, int], list[Proof]]
"""What was proven, by an agent's id and version."""


@dataclass(frozen=True)
class ServedVersion:
    """A time in which one version served.

    Attributes:
        version: The version.
        id: The agent's id then.
        since: Since when, ISO 8601 in UTC.
        until: Until when, ISO 8601 in UTC; empty if it serves.
        commit: The git commit that it was deployed from, or empty.
        noted: Whether the state noted the turn; else its beginning is that of the proof.
        proofs: What proved it, the latest first: one for each content of what the agent uses.
    """

    version: int
    id: str
    since: str
    until: str = ""
    commit: str = ""
    noted: bool = True
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True)
class Tested:
    """A version that was tested and never served.

    Attributes:
        version: The version.
        proof: What came of its tests.
    """

    version: int
    proof: Proof


@dataclass(frozen=True)
class AgentHistory:
    """One agent.

    Attributes:
        name: Its name.
        turns: Which version served when, the latest first.
        unserved: The versions that were tested and never served.
    """

    name: str
    turns: tuple[ServedVersion, ...] = ()
    unserved: tuple[Tested, ...] = ()


@dataclass(frozen=True)
class HistoryReport:
    """What served on a stage.

    Attributes:
        stage: Its name.
        agents: One entry per agent.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stage: str
    agents: tuple[AgentHistory, ...]
    schema_version: int = SCHEMA_VERSION


def history(state: StageState, only: Collection[str] = ()) -> HistoryReport:
    """The history of a stage's agents, or only of some."""
    receipts = state.released.receipts
    names = {*only} or {*state.released.applied, *state.released.pins}
    return HistoryReport(
        state.stage,
        tuple(
            _history(
                name,
                (state.tests.get("served") or {}).get(name) or [],
                [receipt for receipt in receipts if receipt.root == name and name in receipt.versions],
                state.released.pins.get(name),
            )
            for name in sorted(names)
        ),
    )


def _history(
    name: str, noted: list[dict[str, Any]], receipts: list[Receipt], pin: Mapping[str, Any] | None
) -> AgentHistory:
    proofs: Proofs = {}
    for receipt in receipts:
        tested = receipt.versions[name]
        proofs.setdefault((str(tested["id"]), int(tested["version"])), []).append(proof_by(receipt))
    known = [_noted(turn, proofs) for turn in noted]
    served = {(turn.id, turn.version) for turn in known}
    turns = [*known, *_deduced({key: each for key, each in proofs.items() if key not in served})]
    served |= {(turn.id, turn.version) for turn in turns}
    if pin:
        served.add((str(pin["id"]), int(pin["version"])))
    unserved = {key: each for key, each in proofs.items() if key not in served}
    return AgentHistory(
        name,
        tuple(_ended(sorted(turns, key=lambda turn: turn.since, reverse=True))),
        tuple(Tested(version, proof) for (_, version), each in unserved.items() for proof in each),
    )


def _noted(turn: Mapping[str, Any], proofs: Proofs) -> ServedVersion:
    id, version = str(turn["id"]), int(turn["version"])
    return ServedVersion(version, id, turn["since"], commit=turn["commit"], proofs=tuple(proofs.get((id, version), ())))


def _deduced(proofs: Proofs) -> Iterator[ServedVersion]:
    """A turn for each version that was proven at some time, as a version that is proven serves."""
    for (id, version), each in proofs.items():
        proven = [proof for proof in each if proof.since]
        if proven:
            first = min(proven, key=lambda proof: proof.since)
            yield ServedVersion(version, id, first.since, commit=first.commit, noted=False, proofs=tuple(each))


def _ended(turns: list[ServedVersion]) -> list[ServedVersion]:
    """The turns, each with the moment at which the next one began."""
    return turns[:1] + [replace(turn, until=later.since) for later, turn in pairwise(turns)]


SHORT = 12
"""Hex digits of a commit or a digest."""
KEPT_FOR = (
    f"The state remembers the last {TURNS_KEPT} turns of an agent, and receipts of its last {KEPT} contents. "
    "Of what is older, git has the receipts that were promoted."
)
DEDUCED = "* By its receipt: this turn was not noted, nor whether the version was gone back to meanwhile."


def history_text(report: HistoryReport, width: int = 100) -> Page:
    """Every agent with its turns, the latest first."""
    lines = [line for agent in report.agents for line in [*_agent(agent, width), Line()]]
    remarks = [KEPT_FOR] if all(turn.noted for agent in report.agents for turn in agent.turns) else [DEDUCED, KEPT_FOR]
    return Page([*lines, *(plain(line, ASIDE) for remark in remarks for line in wrapped(remark, width))])


def _agent(agent: AgentHistory, width: int) -> Iterator[Line]:
    yield plain(visible(agent.name), HEADING)
    # The headings are a row among the others, so that all columns are as wide as both need.
    headings, *table = aligned_cells([("version", "since (UTC)", "until (UTC)", "commit"), *map(_cells, agent.turns)])
    yield headings if agent.turns else plain("  No version is known to have served.")
    for row, turn in zip(table, agent.turns, strict=True):
        yield row
        for proof in turn.proofs:
            yield from bullet(f"{_proof_text(proof)}, content {proof.digest[:SHORT]}", width, indent=6)
    for tested in agent.unserved:
        content = f"content {tested.proof.digest[:SHORT]}"
        text = f"version {tested.version} never served, {content}: {_proof_text(tested.proof)}"
        yield from bullet(text, width, indent=2, style=ERROR)


def _proof_text(proof: Proof) -> str:
    if proof.verdict == "proven":
        return f"proven by {proven_by(proof)}"
    return f"{proof.verdict}: {visible(clip(proof.reason, FAILURE))}" if proof.reason else proof.verdict


def _cells(turn: ServedVersion) -> tuple[str, ...]:
    until = to_the_minute(turn.until) or "now"
    return (
        f"{turn.version}{'' if turn.noted else '*'}",
        to_the_minute(turn.since),
        until,
        visible(turn.commit[:SHORT]) or NOTHING,
    )
