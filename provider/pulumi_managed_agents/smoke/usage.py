"""What a session has used: tokens, and the list price of everything in dollars."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")


@dataclass(frozen=True)
class Usage:
    """Tokens of every sort together, and US dollars, or None while the API reports no cost."""

    tokens: int = 0
    cost_usd: float | None = None

    @staticmethod
    def read(usage: Mapping[str, Any]) -> Usage:
        """From the `usage` of a session or of a `session.usage` event; the cost comes as a string of whole cents."""
        cached = usage.get("cache_creation") or {}
        tokens = sum(usage.get(name) or 0 for name in TOKENS) + sum(count or 0 for count in cached.values())
        amount = (usage.get("list_cost") or {}).get("amount")
        return Usage(tokens, None if amount is None else float(Decimal(amount) / 100))

    def since(self, earlier: Usage) -> Usage:
        """What came on top of an earlier state of the same session."""
        cost = None if self.cost_usd is None else round(self.cost_usd - (earlier.cost_usd or 0), 6)
        return Usage(self.tokens - earlier.tokens, cost)


def budget(usd: float) -> dict[str, Any]:
    """A session's hard cap, in whole cents, never more than what was said and at least one cent."""
    cents = max(1, int(Decimal(str(usd)) * 100))
    return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}
