"""Whether a stage has proved a root, and if not, what there is to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.receipts.gate import Gate, exemption, newest

if TYPE_CHECKING:
    from pulumi_managed_agents.receipts.receipt import Receipt
    from pulumi_managed_agents.receipts.root import Root


@dataclass(frozen=True)
class Proofs:
    """What the stage `gate.verified_in` has proved; `up` and `folder` are for the advice in messages."""

    gate: Gate
    receipts: tuple[Receipt, ...]
    up: str
    folder: str

    def receipt(self, root: Root) -> Receipt | None:
        """The receipt that proves a root's present content, if one does."""
        found = newest(root, self.receipts, self.gate)
        return found if found and found.passed else None

    def allows(self, root: Root) -> bool:
        """Whether a root may go on: it is proven, or its content is exempt."""
        return self.receipt(root) is not None or exemption(root, self.gate) is not None

    def reason(self, root: Root) -> str:
        """Why a root may not go on, and what to do."""
        stage, found = self.gate.verified_in, newest(root, self.receipts, self.gate)
        if found and found.edited:
            return f"its receipt was edited after it was made; `{self.up}` makes one anew"
        if found:
            return f"failed in {stage} at {found.finished_at}: {found.reason}; mend it, then `{self.up}`"
        if not root.tests:
            return f"no smoke test in {self.folder}/smoke runs it in {stage}; write one, then `{self.up}`"
        return f"{stage} has not proved it as its files are now; `{self.up}` runs its smoke tests"
