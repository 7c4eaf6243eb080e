"""What came of a run, for people: a table of resources and tests, figures, what to type next.

Pure functions.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.stage_results import subject_of, taken_over, test_results, tests_of
from pulumi_managed_agents.errors import Conflict, InputError, ManagedAgentsError, Refused, SmokeFailed
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.serving import held_back, sentence, serving
from pulumi_managed_agents.release.smoke_results import coverage, is_cancelled
from pulumi_managed_agents.review.style import (
    ASIDE,
    ATTENTION,
    ERROR,
    GAP,
    LOOKS,
    UNBOUNDED,
    Line,
    Page,
    plain,
    wrapped,
)
from pulumi_managed_agents.words import NO_BREAK, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.engine.events import ResourceStep, RunOutcome
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.release.serving import Serving

SHORTEST_ID = 12
NARROW = 24
"""Room in which details are not begun beside what they are of."""
UNTOUCHED = "nothing was changed"
HALF_DONE = "the run failed; what had finished before is recorded, and the next run goes on from there"
REPLAY = "`managed-agents replay TRANSCRIPT` shows what happened, without a new session"
RED = (
    "not everything is proven: an agent whose test failed keeps serving the version it served before. "
    f"{REPLAY}; correct the agent or the test, then run this again"
)
STOPPED = "an up would stop; nothing was changed"
# All that an engine itself says is that it failed, so its errors are known by their wording.
ERRORS: tuple[tuple[str, type[ManagedAgentsError]], ...] = (
    ("dynamic/managedagents:Proof resource", SmokeFailed),
    ("was changed both in its file and outside Pulumi", Conflict),
    ("while it was being updated", Conflict),
    ("is gone since it was planned", Conflict),
    ("managed-agents:onDrift is 'fail'", Refused),
    ("managed-agents:onUndeclared is 'fail'", Refused),
    ("managed-agents:onRemoval is 'refuse'", Refused),
    ("managed-agents:confirmRemoval to ", Refused),
    ("as it is protected: remove `protect`", Refused),
    ("as it is currently marked for protection", Refused),
    ("and cannot be adopted", Refused),
    ("Remove it there first, or its metadata entry", Refused),
    ("which can never be changed", Refused),
    ("since it was reviewed", Refused),
    (" violates plan: ", Refused),
    ("the stack is currently locked by", Refused),
    ("Another update is currently in progress", Refused),
    ("managed-agents:verifiedIn is '", Refused),
    ("managed-agents:requireSmoke is 'all'", Refused),
    ("more than smoke.budget_usd in the stage's values", Refused),
    ("' has no value; set it with `pulumi config set --secret", InputError),
)
DONE = {op: LOOKS[op].done for op in ("create", "update", "replace", "delete", "same")} | {"read": LOOKS["same"].done}
CHANGES = ("create", "update", "replace", "delete")
"""What is counted, in this order, whichever came first."""


def failure(outcome: RunOutcome) -> type[ManagedAgentsError]:
    """The error with the right exit code for a run that failed."""
    texts = "\n".join(outcome.errors)
    return next((error for wording, error in ERRORS if wording in texts), ManagedAgentsError)


def must_have_worked(outcome: RunOutcome, message: str = HALF_DONE) -> None:
    """Turn an engine's failure into the error with the right exit code; its lines were shown as they came."""
    if outcome.ok:
        return
    kind = failure(outcome)
    if kind is SmokeFailed and message == HALF_DONE:
        message = RED
    raise kind(message if outcome.began else UNTOUCHED).with_cause_shown()


def table(outcome: RunOutcome, plans: Iterable[Plan] = (), width: int = UNBOUNDED) -> Page:
    """One aligned line per resource and per test, then which version goes on serving where that is to be said.

    `plans` say where a later version is live than the recorded one. Lines that would be wider than `width` have
    shorter ids, or none.
    """
    ahead = {(plan.kind, plan.name): plan.live_version for plan in plans if plan.is_ahead}
    rows = [row for step in outcome.steps if (row := _row(step, ahead))]
    earlier, values = taken_over(outcome.steps), tests_of(outcome.steps)
    results = test_results(outcome.steps)
    tests = [_test_row(name, result, name in earlier) for name, result in results.items()]
    if not (rows or tests):
        return Page()
    versions = serving(values)
    goes_on = serving_lines(versions, values.get("tests") or {}, results)
    messages = [(line, ERROR) for line in goes_on] + [(line, ATTENTION) for line in held_lines(outcome)]
    lines = (plain(part, style).indented(2) for line, style in messages for part in wrapped(line.strip(), width - 2))
    return Page([*_aligned(rows, tests, width), *lines])


def _row(step: ResourceStep, ahead: Mapping[tuple[str, str], str]) -> tuple[str, ...] | None:
    subject = subject_of(step)
    if subject is None or step.op not in DONE:
        return None
    later = ahead.get((subject.kind, subject.name)) if step.op == "same" else None
    version = f"{subject.version} ({later} is live)" if later else subject.version
    return subject.kind, subject.name, "FAILED" if step.error else DONE[step.op], step.id, version


def _test_row(name: str, result: Mapping[str, Any], earlier: bool) -> tuple[str, ...]:
    cost = result.get("cost_usd")
    tools = result.get("tools") or []
    detail = (
        f"{counted(int(result.get('steps', 0)), 'step')}, {counted(len(tools), 'tool call')}, "
        f"{float(result.get('seconds', 0)):.1f} s, {'cost unknown' if cost is None else f'${cost:.2f}'}"
    )
    return "test", name, verdict(result), f"{detail}, in an earlier run" if earlier else detail


def verdict(result: Mapping[str, Any]) -> str:
    """What came of a test, in a word."""
    return "passed" if result.get("passed") else "cancelled" if is_cancelled(result) else "FAILED"


STYLES = {
    "created": LOOKS["create"].style,
    "updated": LOOKS["update"].style,
    "replaced": LOOKS["replace"].style,
    "removed": LOOKS["delete"].style,
    "unchanged": ASIDE,
    "passed": LOOKS["create"].style,
    "FAILED": f"bold {ERROR}",
    "cancelled": ATTENTION,
}
"""How each outcome is shown."""


def _aligned(rows: Sequence[tuple[str, ...]], tests: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """The rows below their headings, in as much of `width` as they need."""
    heads = ("kind", "name", "action", "id", "version")
    head = [max(map(len, column)) for column in zip(heads[:3], *(row[:3] for row in (*rows, *tests)), strict=True)]
    rest = [max(map(len, column)) for column in zip(heads[3:], *(row[3:] for row in rows), strict=True)]
    room = width - 2 - sum(head) - len(GAP) * 4 - rest[1]
    # The beginning of an id distinguishes it from others; JSON has all of it.
    rest[0] = rest[0] if rest[0] <= room else min(rest[0], room) if room >= SHORTEST_ID else 0
    for number, row in enumerate((heads, *rows)):
        id = (row[3] if len(row[3]) <= rest[0] else f"{row[3][: rest[0] - 1]}…") if rest[0] else ""
        cells = [*zip(row[:3], head, strict=True), *([(id, rest[0])] if rest[0] else []), (row[4], rest[1])]
        yield _cells(cells, row[2] if number else "")
    beside = 2 + sum(head) + len(GAP) * 3
    for kind, name, action, details in tests:
        # A figure stays with its unit.
        figures = details.replace(" ", NO_BREAK).replace(f",{NO_BREAK}", ", ")
        fits = width - beside >= NARROW
        first, *more = wrapped(figures, width - beside) if fits else ["", *wrapped(figures, width - 6)]
        yield _cells([*zip((kind, name, action), head, strict=True), (first.replace(NO_BREAK, " "), 0)], action)
        indent = beside if fits else 6
        yield from (plain(part.replace(NO_BREAK, " ")).indented(indent) for part in more)


def _cells(cells: Iterable[tuple[str, int]], action: str) -> Line:
    """Cells in their columns, that of what was done in its colour."""
    shown = [(cell, wide) for cell, wide in cells]
    while not shown[-1][0]:
        shown.pop()
    last = len(shown) - 1
    spans = [
        (cell if place == last else cell.ljust(wide) + GAP, STYLES.get(cell, "") if cell == action else "")
        for place, (cell, wide) in enumerate(shown)
    ]
    return Line((("  ", ""), *spans))


def tally(outcome: RunOutcome, writes: int | None = None) -> str:
    """The run in one line: ``nothing to change``, or how many resources did what."""
    changed = (step for step in outcome.steps if step.op in CHANGES and subject_of(step) and not step.error)
    counts = Counter(DONE[step.op] for step in changed)
    text = ", ".join(f"{counts[DONE[op]]} {DONE[op]}" for op in CHANGES if counts[DONE[op]]) or "nothing to change"
    return text if writes is None else f"{text}, {counted(writes, 'write request')}"


def coverage_line(outcome: RunOutcome) -> list[str]:
    """How many of the stage's agents a smoke test is about; nothing if the run did not come to the tests."""
    values = tests_of(outcome.steps)
    return [coverage(values["agents"], (values.get("tests") or {}).values())] if values.get("agents") else []


def serving_lines(
    versions: Iterable[Serving], tests: Mapping[str, Mapping[str, Any]], results: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Of each agent with a test that failed, which version goes on serving, unless that is an older one.

    Of those `held_lines` says it, with the reason.
    """
    failed: dict[str, list[str]] = {}
    for name, result in results.items():
        if name in tests and verdict(result) == "FAILED":
            failed.setdefault(str(tests[name].get("agent")), []).append(name)
    return [
        f"{version.agent} goes on serving {version.serves}, its newest version, although "
        f"{', '.join(failed[version.agent])} failed"
        for version in versions
        if version.agent in failed and version.is_newest
    ]


def held_lines(outcome: RunOutcome) -> list[str]:
    """The agents that serve another version than their newest, and why."""
    return [f"  {version.agent} {sentence(version)}" for version in held_back(serving(tests_of(outcome.steps)))]


def next_step(
    outcome: RunOutcome, stage: str, command_line: Callable[[str], str], *, verified_in: str, program: str
) -> str:
    """What to type next, after an up that worked; `command_line` spells one of our commands as a person types it.

    A stage that takes only what another one proved, `verified_in`, is changed by promotion; a Python
    `program` has no definition files.
    """
    if verified_in:
        promote = command_line(f"promote {verified_in} {stage}")
        return f"Next: change and prove {verified_in}; `{promote}` then hands over what {stage} is to become."
    abouts = [(step.new or {}).get(RESOURCE) or {} for step in outcome.steps]
    files = {about.get("kind"): about["file"] for about in reversed(abouts) if about.get("file")}
    file = files.get("agent") or next(iter(files.values()), program)
    return (
        f"Next: edit {file}, see what that would change with `{command_line(f'preview {stage}')}`, then run this again."
    )
