"""The history of a stage as lines for a terminal or a text file, at most `width` characters wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.wording import clipped
from pulumi_managed_agents.release.issuing import KEPT
from pulumi_managed_agents.release.serving import TURNS_KEPT
from pulumi_managed_agents.review.phrases import moment
from pulumi_managed_agents.review.status_phrases import FAILURE, NOTHING, proven_by
from pulumi_managed_agents.review.style import ASIDE, ERROR, HEADING, Line, Page, aligned_cells, bullet, plain, wrapped
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.review.history import AgentHistory, HistoryReport, Turn
    from pulumi_managed_agents.review.status import Proof

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
    headings, *table = aligned_cells([("version", "since (UTC)", "until (UTC)", "commit"), *map(_cells, agent.turns)])
    yield headings if agent.turns else plain("  No version is known to have served.")
    for row, turn in zip(table, agent.turns, strict=True):
        yield row
        for proof in turn.proofs:
            yield from bullet(f"{_said(proof)}, content {proof.digest[:SHORT]}", width, indent=6)
    for tested in agent.unserved:
        content = f"content {tested.proof.digest[:SHORT]}"
        text = f"version {tested.version} never served, {content}: {_said(tested.proof)}"
        yield from bullet(text, width, indent=2, style=ERROR)


def _said(proof: Proof) -> str:
    if proof.verdict == "proven":
        return f"proven by {proven_by(proof)}"
    return f"{proof.verdict}: {visible(clipped(proof.reason, FAILURE))}" if proof.reason else proof.verdict


def _cells(turn: Turn) -> tuple[str, ...]:
    until = moment(turn.until) or "now"
    return (
        f"{turn.version}{'' if turn.noted else '*'}",
        moment(turn.since),
        until,
        visible(turn.commit[:SHORT]) or NOTHING,
    )
