"""A recorded session for a page: who said what, which tools were used with what, and which expectation failed where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.smoke_results import is_cancelled
from pulumi_managed_agents.smoke.event_text import LINES, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.smoke.recording import RecordedStep, Recording

    Event = Mapping[str, Any]

LONGEST = 20_000
"""How many characters of one message, argument or result stand on a page; the transcript has all of it."""
TOOL_USES = frozenset({"agent.tool_use", "agent.mcp_tool_use", "agent.custom_tool_use"})
RESULTS = frozenset({"agent.tool_result", "agent.mcp_tool_result", "user.custom_tool_result", "user.tool_result"})
FAILED = frozenset({"session.error", "session.status_terminated", "session.deleted"})


@dataclass(frozen=True)
class SessionLine:
    """One event: `who` it is of (user, agent, tool, result, error, or note), its title, and its text."""

    who: str
    title: str
    text: str = ""
    failed: bool = False


@dataclass(frozen=True)
class StepPage:
    """A step: what was said and done, what it took, and the expectations that did not hold."""

    label: str
    entries: tuple[SessionLine, ...]
    took: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionPage:
    """A session: the test it is of, its steps, and what came of it."""

    facts: Mapping[str, str]
    steps: tuple[StepPage, ...]
    verdict: str
    failures: tuple[str, ...]
    cost_usd: float | None
    stage: str
    test: str
    agent: str
    at: str


def session_page(recording: Recording, failures: tuple[str, ...] | None = None) -> SessionPage:
    """The page of a recording; `failures` are those of a check that was made again, else those that were recorded."""
    header, result = recording.header, recording.result
    failed = tuple(result.get("failures") or ()) if failures is None else failures
    steps = tuple(_step(step, failed) for step in recording.steps)
    shown = {failure for step in steps for failure in step.failures}
    labels = header.get("labels") or {}
    facts = {
        "agent": f"{header.get('agent_id')}, version {header.get('agent_version')}",
        "session": str(header.get("session_id")),
        "begun": str(header.get("created_at")),
    }
    return SessionPage(
        facts=facts,
        steps=steps,
        verdict=_verdict(result, failed),
        failures=tuple(failure for failure in failed if failure not in shown),
        cost_usd=result.get("cost_usd"),
        stage=str(labels.get("stage") or ""),
        test=str(header.get("test")),
        agent=str(labels.get("agent") or ""),
        at=str(header.get("created_at") or ""),
    )


def _verdict(result: Mapping[str, Any], failures: tuple[str, ...]) -> str:
    if not result:
        return "broken off"
    if is_cancelled(result):
        return "cancelled"
    return "failed" if failures else "passed"


def _step(step: RecordedStep, failures: tuple[str, ...]) -> StepPage:
    label = str(step.begin["label"])
    step_failures = tuple(failure for failure in failures if failure.startswith(f"{label}: "))
    return StepPage(label, tuple(_entries(step)), _took(step.end), step_failures)


def _took(end: Event | None) -> str:
    if end is None:
        return "never ended"
    cost = end.get("cost_usd")
    paid = "cost unknown" if cost is None else f"${cost:.4f}"
    files = f", files: {', '.join(end['files'])}" if end.get("files") else ""
    return f"{end['seconds']:.1f} s, {end.get('tokens')} tokens, {paid}{files}"


def _entries(step: RecordedStep) -> Iterator[SessionLine]:
    names: dict[str, str] = {}
    for event in step.events:
        type, describe = str(event["type"]), LINES.get(str(event["type"]))
        if describe is None:
            continue
        title, *more = (line.strip() for line in describe(event, names))
        if type in TOOL_USES:
            tool_input = json.dumps(event.get("input") or {}, indent=2, ensure_ascii=False)
            yield SessionLine("tool", f"uses {title.removeprefix('tool ').partition('(')[0]}", _clipped(tool_input))
        elif type in RESULTS:
            failed = bool(event.get("is_error"))
            yield SessionLine("result", title.partition(":")[0], _clipped(text_of(event)), failed=failed)
        elif type in {"user.message", "agent.message"}:
            yield SessionLine(type.partition(".")[0], type.partition(".")[0], _clipped(text_of(event)))
        else:
            yield SessionLine("error" if type in FAILED else "note", title, "\n".join(more), failed=type in FAILED)


def _clipped(text: str) -> str:
    more = len(text) - LONGEST
    return f"{text[:LONGEST]}… ({more} more characters are in the transcript)" if more > 0 else text
