"""The script of a smoke test: the steps to play, each with the event to send and what to expect. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TIMEOUT = 120.0


@dataclass(frozen=True)
class ScriptStep:
    """One event to send, what to expect once its turn is over, and the label that failure lines begin with."""

    label: str
    event: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def is_outcome(self) -> bool:
        """Whether the turn lasts until an outcome has its verdict."""
        return bool(self.event["type"] == "user.define_outcome")

    @property
    def files(self) -> Mapping[str, bool]:
        """The patterns of the names of files that the session must write, and whether their content matters."""
        expected = self.expect.get("files") or ()
        expected = [expected] if isinstance(expected, str) else expected
        return {pattern: isinstance(expected, dict) and bool(expected[pattern]) for pattern in expected}

    @property
    def may_end_asking(self) -> bool:
        """Whether the test expects the session to wait for an answer, so that none is given."""
        reasons = self.expect.get("stop_reason") or ()
        return REQUIRES_ACTION in ((reasons,) if isinstance(reasons, str) else reasons)


def steps(body: Mapping[str, Any]) -> tuple[ScriptStep, ...]:
    """The steps of a file's body, also where a single one is written flat, and its outcome as the last one."""
    written = body.get("steps") or ([body] if body.get("send") else [])
    messages = [
        ScriptStep(f"step {number}", _message(step["send"]), step.get("expect") or {})
        for number, step in enumerate(written, 1)
    ]
    return (*messages, *([_outcome(body["outcome"])] if body.get("outcome") else []))


def timeout(body: Mapping[str, Any]) -> float:
    """How many seconds the whole test may take."""
    return float(body.get("timeout_seconds") or DEFAULT_TIMEOUT)


def _message(send: str | list[Mapping[str, Any]]) -> dict[str, Any]:
    content = [{"type": "text", "text": send}] if isinstance(send, str) else send
    return {"type": "user.message", "content": content}


def _outcome(outcome: Mapping[str, Any]) -> ScriptStep:
    rubric = outcome["rubric"]
    event = {
        "type": "user.define_outcome",
        "description": outcome["description"],
        "rubric": {"type": "text", "content": rubric} if isinstance(rubric, str) else rubric,
    }
    if outcome.get("max_iterations"):
        event["max_iterations"] = int(outcome["max_iterations"])
    return ScriptStep("outcome", event, {"outcome": outcome.get("expect") or "satisfied"})
