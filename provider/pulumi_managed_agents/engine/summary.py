"""What came of a run: a table of resources and tests, one line of figures, and what to type next. Pure functions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.engine.subjects import subject_of, taken_over, test_results, tests_of
from pulumi_managed_agents.kinds.record import RESOURCE
from pulumi_managed_agents.preview.style import LOOKS
from pulumi_managed_agents.smoke.pins import coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.engine.events import Outcome, Step

DONE = {op: LOOKS[op].done for op in ("create", "update", "replace", "delete", "same")} | {"read": LOOKS["same"].done}
CHANGES = ("create", "update", "replace", "delete")
"""What is counted, in this order, whichever came first."""


def table(outcome: Outcome) -> list[str]:
    """One aligned line per resource and per test."""
    rows = [row for step in outcome.steps if (row := _row(step))]
    earlier = taken_over(outcome.steps)
    rows += [_test_row(name, result, name in earlier) for name, result in test_results(outcome.steps).items()]
    return _aligned([("kind", "name", "action", "id", "version"), *rows]) if rows else []


def _row(step: Step) -> tuple[str, ...] | None:
    subject = subject_of(step)
    if subject is None or step.op not in DONE:
        return None
    return subject.kind, subject.name, "FAILED" if step.error else DONE[step.op], step.id, subject.version


def _test_row(name: str, result: Mapping[str, Any], earlier: bool) -> tuple[str, ...]:
    cost = result.get("cost_usd")
    tools = result.get("tools") or []
    detail = (
        f"{counted(int(result.get('steps', 0)), 'step')}, {counted(len(tools), 'tool call')}, "
        f"{float(result.get('seconds', 0)):.1f} s, {'cost unknown' if cost is None else f'${cost:.2f}'}"
    )
    verdict = "passed" if result.get("passed") else "FAILED"
    return "test", name, verdict, f"{detail}, in an earlier run" if earlier else detail, ""


def _aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    details = {row for row in rows if row[0] == "test"}
    widths = [max(len(row[column]) for row in rows if row not in details or column < 3) for column in range(5)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def tally(outcome: Outcome, writes: int | None = None) -> str:
    """The run in one line: ``nothing to change``, or how many resources did what."""
    changed = (step for step in outcome.steps if step.op in CHANGES and subject_of(step) and not step.error)
    counts = Counter(DONE[step.op] for step in changed)
    text = ", ".join(f"{counts[DONE[op]]} {DONE[op]}" for op in CHANGES if counts[DONE[op]]) or "nothing to change"
    return text if writes is None else f"{text}, {counted(writes, 'write request')}"


def coverage_line(outcome: Outcome) -> list[str]:
    """How many of the stage's agents a smoke test is about; nothing where the run did not come to the tests."""
    values = tests_of(outcome.steps)
    return [coverage(values["agents"], (values.get("tests") or {}).values())] if values.get("agents") else []


def held_lines(outcome: Outcome) -> list[str]:
    """The agents that serve another version than their newest, and why."""
    values = tests_of(outcome.steps)
    agents, back = values.get("agents") or {}, values.get("rolled_back") or {}
    return [
        f"{name} serves version {pin['version']}, not {agents[name]['version']}: "
        + ("rolled back (managed-agents:rolledBack)" if name in back else "the last one that passed its tests")
        for name, pin in sorted((values.get("pins") or {}).items())
        if name in agents and pin["version"] != agents[name]["version"]
    ]


def next_step(outcome: Outcome, stage: str, typed: Callable[[str], str], *, verified_in: str, program: str) -> str:
    """What to type next, after an up that worked; `typed` makes of our command what a person types.

    A stage that takes only what another one proved, `verified_in`, is changed by promotion; a `program` of one's own
    has no definition files.
    """
    if verified_in:
        promote = typed(f"promote {verified_in} {stage}")
        return f"Next: change and prove {verified_in}; `{promote}` then hands over what {stage} is to become."
    abouts = [(step.new or {}).get(RESOURCE) or {} for step in outcome.steps]
    files = {about.get("kind"): about["file"] for about in reversed(abouts) if about.get("file")}
    file = files.get("agent") or next(iter(files.values()), program)
    return f"Next: edit {file}, see what that would change with `{typed(f'preview {stage}')}`, then run this again."
