"""A smoke test's file as the steps to play: what to send, and what to expect of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TIMEOUT = 120.0


@dataclass(frozen=True)
class Step:
    """One event to send, what to expect once its turn is over, and how a failure line names it."""

    label: str
    event: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def is_outcome(self) -> bool:
        """Whether the turn lasts until an outcome has its verdict."""
        return bool(self.event["type"] == "user.define_outcome")

    @property
    def files(self) -> Mapping[str, bool]:
        """The names of the files that the session must write, as patterns, and whether their content matters."""
        wanted = self.expect.get("files") or ()
        wanted = [wanted] if isinstance(wanted, str) else wanted
        return {name: isinstance(wanted, dict) and bool(wanted[name]) for name in wanted}

    @property
    def may_end_asking(self) -> bool:
        """Whether the test expects a question, which is then left unanswered."""
        reasons = self.expect.get("stop_reason") or ()
        return REQUIRES_ACTION in ((reasons,) if isinstance(reasons, str) else reasons)


def steps(body: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a file's body, one written flat included, and its outcome as the last."""
    written = body.get("steps") or ([body] if body.get("send") else [])
    played = [
        Step(f"step {number}", _message(step["send"]), step.get("expect") or {})
        for number, step in enumerate(written, 1)
    ]
    return (*played, *([_outcome(body["outcome"])] if body.get("outcome") else []))


def timeout(body: Mapping[str, Any]) -> float:
    """How many seconds the whole test may take."""
    return float(body.get("timeout_seconds") or DEFAULT_TIMEOUT)


def _message(send: str | list[Mapping[str, Any]]) -> dict[str, Any]:
    content = [{"type": "text", "text": send}] if isinstance(send, str) else send
    return {"type": "user.message", "content": content}


def _outcome(outcome: Mapping[str, Any]) -> Step:
    rubric = outcome["rubric"]
    event = {
        "type": "user.define_outcome",
        "description": outcome["description"],
        "rubric": {"type": "text", "content": rubric} if isinstance(rubric, str) else rubric,
    }
    if outcome.get("max_iterations"):
        event["max_iterations"] = int(outcome["max_iterations"])
    return Step("outcome", event, {"outcome": outcome.get("expect") or "satisfied"})
