"""A session's events as a smoke test file: the same messages and answers, with proposals for what to assert. Pure.

What is asserted is what a rerun should show whatever the words: how it stopped, which tools it used, that nothing
failed, with room in cost and time. What was said stands beside it as a comment, for a person to choose from.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.narrate import text_of
from pulumi_managed_agents.smoke.turn import Turn, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Event = Mapping[str, Any]

ROOM = 2.0
"""A rerun may cost this many times as much."""
SMALLEST_BUDGET = 0.05
LONGEST_REPLY = 600
MESSAGE, OUTCOME = "user.message", "user.define_outcome"


@dataclass
class Exchange:
    """What a user sent, and the turn that followed."""

    content: list[Any]
    turn: Turn = field(default_factory=lambda: Turn(started=True))


@dataclass(frozen=True)
class Session:
    """A session as a test would play it: its exchanges, an outcome, and the answers that were given to tools."""

    exchanges: tuple[Exchange, ...]
    outcome: Event | None
    verdict: str
    permissions: Mapping[str, str]
    custom_tools: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...]


def read_session(events: Iterable[Event]) -> Session:
    """A session's history, oldest first, as exchanges; messages sent while it worked belong to the one before."""
    exchanges: list[Exchange] = []
    outcome: Event | None = None
    verdict = ""
    answers = _Answers()
    for event in events:
        kind = event.get("type")
        if kind == MESSAGE and (not exchanges or exchanges[-1].turn.stop):
            exchanges.append(Exchange(list(event.get("content") or ())))
        elif kind == MESSAGE:
            exchanges[-1].content += event.get("content") or ()
        elif kind == OUTCOME:
            outcome = event
        answers.take(event)
        archived = kind == "session.status_terminated" and exchanges and exchanges[-1].turn.stop
        if exchanges and not archived:  # which ends a session that had stopped, and is nothing that it did
            exchanges[-1].turn = advance(exchanges[-1].turn, event)
        if kind == "span.outcome_evaluation_end":
            verdict = str(event.get("result"))
    return Session(tuple(exchanges), outcome, verdict, answers.permissions, answers.custom, tuple(answers.notes))


@dataclass
class _Answers:
    """What the user answered to tools that asked, and for custom ones; the format has one answer per tool."""

    names: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    custom: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
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


def smoke_file(session: Session, *, agent: str, environment: str, usage: Mapping[str, Any], source: str) -> str:
    """The file's text; `agent` and `environment` as the file names them, `usage` in dollars and seconds.

    Raises:
        ValueError: nobody ever sent the session anything.
    """
    if not session.exchanges and session.outcome is None:
        raise ValueError("nothing was ever sent to it")
    cost = usage.get("cost_usd")
    budget = max(SMALLEST_BUDGET, _cents((cost or 0) * ROOM))
    head = [
        f"# Made from {source}. Read it, keep what matters, and say what the reply must hold.",
        *(f"# Note: {note}." for note in dict.fromkeys(session.notes)),
        f"agent: {_flow(agent)}",
        f"environment: {_flow(environment)}",
        f"budget_usd: {budget:.2f}",
    ]
    return "\n".join([*head, *_answers(session), *_steps(session), *_outcome(session)]) + "\n"


def _cents(usd: float) -> float:
    return math.ceil(round(usd * 100, 6)) / 100


def _answers(session: Session) -> Iterator[str]:
    if session.permissions:
        yield f"on_tool_request: {_flow(session.permissions)}"
    if session.custom_tools:
        yield "custom_tools:"
        yield from (f"  {_flow(name)}: {_flow(answer)}" for name, answer in session.custom_tools.items())


def _steps(session: Session) -> Iterator[str]:
    if session.exchanges:
        yield "steps:"
    for exchange in session.exchanges:
        yield f"  - send: {_send(exchange.content)}"
        yield from _expect(exchange.turn)


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


def _outcome(session: Session) -> Iterator[str]:
    if session.outcome is None:
        return
    rubric = session.outcome.get("rubric") or {}
    yield "outcome:"
    yield f"  description: {_flow(session.outcome.get('description'))}"
    yield f"  rubric: {_flow(rubric.get('content') if rubric.get('type') == 'text' else rubric)}"
    if session.outcome.get("max_iterations"):
        yield f"  max_iterations: {int(session.outcome['max_iterations'])}"
    yield f"  expect: {session.verdict or 'satisfied'}"


def _flow(value: Any) -> str:
    """JSON, which every YAML reader takes as it is."""
    return json.dumps(value, ensure_ascii=False)
