"""What a smoke test is run with, and what came of it: plain values, fit for a record in Pulumi's state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.words import counted

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


@dataclass(frozen=True)
class MemoryStore:
    """A memory store a test's session may use."""

    id: str
    access: str = "read_only"
    instructions: str | None = None


@dataclass(frozen=True)
class Target:
    """What a test runs against: one version of an agent, and the surroundings it gets."""

    agent_id: str
    agent_version: int
    environment_id: str
    vault_ids: tuple[str, ...] = ()
    memory_stores: tuple[MemoryStore, ...] = ()


@dataclass(frozen=True)
class Test:
    """A smoke test: its name, its file's validated body, and its target."""

    name: str
    body: Mapping[str, Any]
    target: Target


@dataclass(frozen=True)
class Result:
    """What came of a test.

    `failures` are lines for people, none when it passed. `reply` is the last one, clipped; `tools` are all tool uses in
    order; `cost_usd` is None where the API told no cost. `stop_reason` is the last turn's, or ``timeout``, ``stopped``,
    ``error`` (the API refused) or ``unavailable``. A result that is not `conclusive` says nothing about the agent: the
    run was stopped, or the API or the model could not be used. `transcript` is a path relative to the project, and
    empty like `session_id` when there never was a session. Of a repeated test, `runs` were made and `runs_passed`.
    """

    name: str
    passed: bool
    failures: tuple[str, ...] = ()
    reply: str = ""
    tools: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    cost_usd: float | None = None
    tokens: int = 0
    stop_reason: str = ""
    session_id: str = ""
    transcript: str = ""
    conclusive: bool = True
    runs: int = 1
    runs_passed: int = 0

    def as_record(self) -> dict[str, Any]:
        """A dict of JSON values."""
        return {**asdict(self), "failures": list(self.failures), "tools": list(self.tools)}

    def summary(self) -> str:
        """One line: whether it passed, what it took, and the first of what failed."""
        verb = "passed" if self.passed else "failed"
        took = [f"{self.seconds:.1f} s", counted(len(self.tools), "tool")]
        took += [] if self.cost_usd is None else [f"${self.cost_usd:.2f}"]
        rate = f" ({self.runs_passed} of {self.runs} runs)" if self.runs > 1 else ""
        more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
        why = f": {self.failures[0]}{more}" if self.failures else ""
        return f"{verb}{rate} in {', '.join(took)}{why}"
