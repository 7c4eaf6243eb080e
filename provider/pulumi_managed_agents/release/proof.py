"""Which receipt or exemption counts for a root. Pure functions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pulumi_managed_agents.release.receipt import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pulumi_managed_agents.release.gate import Exemption, Gate
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far the clock of another machine may be ahead."""


def newest(root: Root, receipts: Iterable[Receipt], gate: Gate) -> Receipt | None:
    """The receipt that counts for a root's present content: an edited one, else the newest; None if there is none.

    A failure counts before every pass that is not newer. Of several passes since, one whose tests and environments are
    those of now counts before one with others.
    """
    matching = [
        receipt
        for receipt in receipts
        if (receipt.root, receipt.digest) == (root.name, root.digest)
        and (receipt.project, receipt.stage) == (gate.project, gate.verified_in)
    ]
    # An edited receipt comes first, so that editing is noticed; at the same time a failure counts before a pass.
    last = max(matching, key=lambda receipt: (receipt.edited, receipt.finished, not receipt.passed), default=None)
    if last is None or not last.passed:
        return last
    failed = [receipt.finished for receipt in matching if not receipt.passed]
    standing = [
        receipt for receipt in matching if receipt.passed and all(receipt.finished > failure for failure in failed)
    ]
    # Of two that say the same, the one that names more is of a later release.
    return max(
        standing, key=lambda receipt: (not root.tested_otherwise(receipt), len(receipt.ran_in), receipt.finished)
    )


def exemption(root: Root, gate: Gate, *, elsewhere: bool = False) -> Exemption | None:
    """The exemption that allows a root's present content without proof, or None.

    `elsewhere` says that the root is another stage's, whose values may give it another effective form.
    """
    fitting = (
        entry
        for entry in gate.unproven
        if entry.root == root.name
        and entry.effective
        and root.digest.startswith(entry.digest)
        and (elsewhere or root.effective_digest.startswith(entry.effective))
    )
    return next(fitting, None)


def fault(receipt: Receipt, now: datetime) -> str:
    """Why a receipt proves nothing to any gate, or an empty string."""
    if receipt.edited:
        return "was edited after it was made"
    if max(receipt.finished, time_of(receipt.since)) > now + CLOCKS_DIFFER:
        return f"says that it was made in the future, at {receipt.finished_at}"
    return "" if receipt.tests else "names no test"


def exempted(roots: Mapping[str, Root], gate: Gate) -> list[str]:
    """One line for each root that is allowed without proof, and for each exemption without effect."""
    if not gate.verified_in:
        return []
    exemptions = {name: entry for name, root in roots.items() if (entry := exemption(root, gate))}
    unused = [entry for entry in gate.unproven if entry not in exemptions.values()]
    return [
        *(f"{name}: not proven, allowed by {entry.by}: {entry.reason}" for name, entry in exemptions.items()),
        *(f"managed-agents:unproven: {entry.digest} ({entry.reason}) {_why_unused(entry)}" for entry in unused),
    ]


def _why_unused(entry: Exemption) -> str:
    if not (entry.root and entry.effective):
        return "allows nothing: it must name its root and both digests, as the refusal shows them"
    return f"is not {entry.root} as it is now, so it allows nothing; remove it"
