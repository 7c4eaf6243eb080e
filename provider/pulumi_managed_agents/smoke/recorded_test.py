"""A smoke test file made from a session: the same messages and answers, with proposals for what to assert. Pure.

The assertions are those that a rerun should meet however the agent words it: the stop reason, the tools it used, no
errors, and a cost with some room. The replies are added as comments, for a person to choose assertions from.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.event_text import text_of
from pulumi_managed_agents.smoke.turn import Turn, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Event = Mapping[str, Any]

ROOM = 2.0
"""The budget of a rerun, as a multiple of what the session cost."""
SMALLEST_BUDGET = 0.05
LONGEST_REPLY = 600
MESSAGE, OUTCOME = "user.message", "user.define_outcome"


@dataclass
class HistoryStep:
    """What a user sent, and the turn that followed."""

    content: list[Any]
    turn: Turn = field(default_factory=lambda: Turn(started=True))


@dataclass(frozen=True)
class SessionHistory:
    """What a test needs of a session: its steps, an outcome, and the answers that tools got; `notes` for the file."""

    steps: tuple[HistoryStep, ...]
    outcome: Event | None
    verdict: str
    permissions: Mapping[str, str]
    custom_tools: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...]


def read_history(events: Iterable[Event]) -> SessionHistory:
    """The history in a session's events, oldest first; messages sent while it worked belong to the step before."""
    steps: list[HistoryStep] = []
    outcome: Event | None = None
    verdict = ""
    answers = _Answers()
    for event in events:
        kind = event.get("type")
        if kind == MESSAGE and (not steps or steps[-1].turn.stop):
            steps.append(HistoryStep(list(event.get("content") or ())))
        elif kind == MESSAGE:
            steps[-1].content += event.get("content") or ()
        elif kind == OUTCOME:
            outcome = event
        answers.add(event)
        # Archiving terminates a session that had already stopped, which is no part of its last turn.
        archived = kind == "session.status_terminated" and steps and steps[-1].turn.stop
        if steps and not archived:
            steps[-1].turn = advance(steps[-1].turn, event)
        if kind == "span.outcome_evaluation_end":
            verdict = str(event.get("result"))
    return SessionHistory(tuple(steps), outcome, verdict, answers.permissions, answers.custom, tuple(answers.notes))


@dataclass
class _Answers:
    """The answers to permissions and custom tools, one per tool, as the format of test files has it."""

    names: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    custom: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        kind = str(event.get("type"))
        if kind.endswith("tool_use"):
            self.names[str(event.get("id"))] = str(event.get("name"))
        elif kind == "user.tool_confirmation":
            name = self.names.get(str(event.get("tool_use_id")), "")
            self._keep(self.permissions, name, str(event.get("result")))
        elif kind == "user.custom_tool_result":
            name = self.names.get(str(event.get("custom_tool_use_id")), "")
            failed = {"is_error": True} if event.get("is_error") else {}
            self._keep(self.custom, name, {"returns": text_of(event), **failed})

    def _keep(self, answers: dict[str, Any], name: str, answer: Any) -> None:
        if name and answers.setdefault(name, answer) != answer:
            self.notes.append(f"{name} was answered in more than one way; a test gives the first answer every time")


def smoke_file(history: SessionHistory, *, agent: str, environment: str, usage: Mapping[str, Any], source: str) -> str:
    """The file's text; `agent` and `environment` as the file refers to them, `usage` with `cost_usd` in US dollars.

    Raises:
        ValueError: nothing was ever sent to the session.
    """
    if not history.steps and history.outcome is None:
        raise ValueError("nothing was ever sent to it")
    cost = usage.get("cost_usd")
    budget = max(SMALLEST_BUDGET, _cents((cost or 0) * ROOM))
    head = [
        f"# Made from {source}. Read it, keep what matters, and say what the reply must hold.",
        *(f"# Note: {note}." for note in dict.fromkeys(history.notes)),
        f"agent: {_flow(agent)}",
        f"environment: {_flow(environment)}",
        f"budget_usd: {budget:.2f}",
    ]
    return "\n".join([*head, *_answers(history), *_steps(history), *_outcome(history)]) + "\n"


def _cents(usd: float) -> float:
    return math.ceil(round(usd * 100, 6)) / 100


def _answers(history: SessionHistory) -> Iterator[str]:
    if history.permissions:
        yield f"on_tool_request: {_flow(history.permissions)}"
    if history.custom_tools:
        yield "custom_tools:"
        yield from (f"  {_flow(name)}: {_flow(answer)}" for name, answer in history.custom_tools.items())


def _steps(history: SessionHistory) -> Iterator[str]:
    if history.steps:
        yield "steps:"
    for step in history.steps:
        yield f"  - send: {_send(step.content)}"
        yield from _expect(step.turn)


def _send(content: Sequence[Any]) -> str:
    texts = [block.get("text") for block in content if block.get("type") == "text"]
    return _flow("\n".join(texts) if len(texts) == len(content) else list(content))


def _expect(turn: Turn) -> Iterator[str]:
    yield "    expect:"
    yield f"      stop_reason: {_flow(turn.stop or 'end_turn')}"
    if turn.tools:
        used = list(dict.fromkeys(turn.tool_names))
        yield f"      tools: {{used: {_flow(used)}, at_most: {len(turn.tools) + 2}}}"
    if not turn.errors:
        yield "      no_errors: true"
    for tool in turn.tools:
        yield f"      # called: {tool.name}({_flow(dict(tool.input))})"
    if turn.reply:
        yield f"      # reply: {{contains: [{_flow(_first_words(turn.reply))}]}}"
        yield from (f"      # | {line}" for line in turn.reply[:LONGEST_REPLY].splitlines())


def _first_words(reply: str) -> str:
    return next((line.strip() for line in reply.splitlines() if line.strip()), "")[:60].rstrip()


def _outcome(history: SessionHistory) -> Iterator[str]:
    if history.outcome is None:
        return
    rubric = history.outcome.get("rubric") or {}
    yield "outcome:"
    yield f"  description: {_flow(history.outcome.get('description'))}"
    yield f"  rubric: {_flow(rubric.get('content') if rubric.get('type') == 'text' else rubric)}"
    if history.outcome.get("max_iterations"):
        yield f"  max_iterations: {int(history.outcome['max_iterations'])}"
    yield f"  expect: {history.verdict or 'satisfied'}"


def _flow(value: Any) -> str:
    """A value in JSON, which is valid YAML."""
    return json.dumps(value, ensure_ascii=False)
