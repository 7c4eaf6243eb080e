"""A smoke test that is ready to run, and its result: plain values that Pulumi's state can record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.smoke_results import is_cancelled
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")


@dataclass(frozen=True)
class Usage:
    """The sum of all kinds of tokens, and the cost in US dollars; None while the API reports no cost."""

    tokens: int = 0
    cost_usd: float | None = None

    @staticmethod
    def read(usage: Mapping[str, Any]) -> Usage:
        """From the `usage` of a session or of a `session.usage` event."""
        cached = usage.get("cache_creation") or {}
        tokens = sum(usage.get(name) or 0 for name in TOKENS) + sum(count or 0 for count in cached.values())
        # The amount is a string of cents.
        amount = (usage.get("list_cost") or {}).get("amount")
        return Usage(tokens, None if amount is None else float(Decimal(amount) / 100))

    def since(self, earlier: Usage) -> Usage:
        """The usage since an earlier moment of the same session."""
        cost = None if self.cost_usd is None else round(self.cost_usd - (earlier.cost_usd or 0), 6)
        return Usage(self.tokens - earlier.tokens, cost)


def session_budget(usd: float) -> dict[str, Any]:
    """The hard cap of a session: whole cents, rounded down, at least one."""
    cents = max(1, int(Decimal(str(usd)) * 100))
    return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}


@dataclass(frozen=True)
class AttachedStore:
    """A memory store that a test's session may use."""

    id: str
    access: str = "read_only"
    instructions: str | None = None


@dataclass(frozen=True)
class SmokeTarget:
    """What a test runs against: one version of an agent, its environment, vaults and memory stores."""

    agent_id: str
    agent_version: int
    environment_id: str
    vault_ids: tuple[str, ...] = ()
    memory_stores: tuple[AttachedStore, ...] = ()


@dataclass(frozen=True)
class RunnableTest:
    """A smoke test whose ids and versions are known: its name, its file's validated body, and its target."""

    name: str
    body: Mapping[str, Any]
    target: SmokeTarget


@dataclass(frozen=True)
class SmokeResult:
    """The result of a test.

    Attributes:
        name: The test's name.
        passed: Whether every assertion held; of a repeated test, in enough runs.
        failures: Lines for people; none when it passed.
        reply: The last reply, clipped.
        tools: The names of all tool uses, in order.
        steps: How many steps were played.
        seconds: How long it took.
        cost_usd: What it cost; None if the API reported no cost.
        tokens: How many tokens it used.
        stop_reason: The last turn's, or ``timeout``, ``stopped``, ``error`` (the API refused) or ``unavailable``.
        session_id: The session; empty when there never was one.
        transcript: The transcript's path relative to the project; empty when there never was a session.
        conclusive: False if the result says nothing about the agent: the run was stopped, or the API or the model
            could not be used.
        runs: How often it was run.
        runs_passed: How many runs passed.
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
        """The result as JSON values, as it is kept in the state."""
        return {**asdict(self), "failures": list(self.failures), "tools": list(self.tools)}

    def summary(self) -> str:
        """One line: whether it passed, time, tools and cost; why it failed is said once, when all tests have ended."""
        verb = "passed" if self.passed else "cancelled" if is_cancelled(asdict(self)) else "failed"
        took = [f"{self.seconds:.1f} s", counted(len(self.tools), "tool")]
        took += [] if self.cost_usd is None else [f"${self.cost_usd:.2f}"]
        return f"{verb} in {', '.join(took)}"


@dataclass(frozen=True)
class RepeatedResult(SmokeResult):
    """The result of a test that ran several times.

    Attributes:
        traces: For each line of `failures`, which session and transcript it is about; empty if it is about all runs.
    """

    traces: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """The result as JSON values, as it is kept in the state."""
        return {**super().as_record(), "traces": list(self.traces)}
