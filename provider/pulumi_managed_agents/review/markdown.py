"""The review as Markdown for a comment on a pull request, the report of drift for an issue, the status of stages.

The comment is one for all stages: a table of them, then what nobody may miss, each with its stages, then each stage.
Counts are in the table alone. What is removed or gains power is never folded away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.plan_rows import rows, rows_of
from pulumi_managed_agents.reconcile.plan_text import becomes, remarks
from pulumi_managed_agents.review import phrases, status_phrases
from pulumi_managed_agents.review.blocks import Block, code, fenced, fitted, in_html, left_out, prose, sentence, table
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.review.style import look_of
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.plan_rows import Row
    from pulumi_managed_agents.review.drift import DriftReport
    from pulumi_managed_agents.review.phrases import SimilarResources
    from pulumi_managed_agents.review.review import Review, StageReview
    from pulumi_managed_agents.review.status import StatusReport

MARKER = "<!-- managed-agents:preview -->"
COMMAND = "managed-agents preview --output-format json"
DRIFT_MARKER = "<!-- managed-agents:drift -->"
DRIFT_COMMAND = "managed-agents drift --output-format json"
STATUS_MARKER = "<!-- managed-agents:status -->"
STATUS_COMMAND = "managed-agents status --output-format json"
PRESSING = frozenset({"conflict", "refused", "replace", "delete"})
LIMIT = 60_000
NONE = "none"
COLUMNS = ("stage", "change", "new power", "gone for ever", "refused by the gate", "tests and cost")


def markdown(review: Review, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The comment, never longer than `limit` characters; `artifact` is where people find the whole review."""
    return fitted(_blocks(review), limit, lambda count: left_out(count, COMMAND, artifact))


def _blocks(review: Review) -> Iterator[Block]:
    attention = any(stage.capability or phrases.lost(stage) or stage.ending != "planned" for stage in review.stages)
    yield Block(0, f"{MARKER}\n## {'⚠️' if attention else '✅'} Agents: {prose(_title(review))}")
    if review.stages:
        yield Block(0, table(COLUMNS, map(_overview, review.stages)))
    yield from _shared("### ⛔ Gone for ever", review, phrases.lost, 0)
    yield from _moved(review)
    yield from _shared(
        "### ⚠️ New power", review, lambda stage: [phrases.power(gain) for gain in phrases.powers(stage)], 1
    )
    shown_on: dict[tuple[str, ...], str] = {}
    for stage in review.stages:
        yield from _stage(stage, shown_on)
    yield from _shared("**What it is compared with**", review, lambda stage: filter(None, [stage.compared]), 4)


def _title(review: Review) -> str:
    """What a reader has to know first, without a number: those are in the table."""
    facts: dict[str, Callable[[StageReview], bool]] = {
        "an up would stop": lambda stage: stage.ending != "planned",
        "gone for ever": lambda stage: bool(stage.gone),
        "new power": lambda stage: bool(stage.capability),
        "changes": lambda stage: bool(stage.resources or stage.left),
    }
    places: dict[str, list[str]] = {}
    for fact, holds in facts.items():
        stages = tuple(stage.stage for stage in review.stages if holds(stage))
        every = len(stages) == len(review.stages) > 1
        if stages and not (fact == "changes" and places):
            places.setdefault("every stage" if every else phrases.names_of(stages), []).append(fact)
    return "; ".join(f"{' and '.join(found)} on {place}" for place, found in places.items()) or phrases.NOTHING


def _overview(stage: StageReview) -> list[str]:
    """A row of the table."""
    lost = counted(len(stage.gone), "resource") if stage.gone else NONE
    tests = phrases.cost(stage.tests) if stage.tests.due else NONE
    cells = [
        phrases.change(stage),
        str(len(stage.capability) or NONE),
        lost,
        str(len(stage.refused) or NONE),
        ", ".join(filter(None, [tests, stage.tests.coverage])),
    ]
    # In a table a bar ends a cell even inside code.
    return [code(stage.stage).replace("|", "\\|"), *map(prose, cells)]


def _shared(heading: str, review: Review, items: Callable[[StageReview], Iterable[str]], rank: int) -> Iterator[Block]:
    """A heading and its items, each behind the stages that share it; nothing if there are none."""
    stages: dict[str, list[str]] = {}
    for stage in review.stages:
        for item in items(stage):
            stages.setdefault(item, []).append(stage.stage)
    if stages:
        yield Block(min(rank, 4), heading)
    for item, names in stages.items():
        yield Block(rank, f"- {', '.join(map(code, names))}: {prose(item)}", tight=True)


def _moved(review: Review) -> Iterator[Block]:
    moves = [(stage.stage, *moved) for stage in review.stages for moved in phrases.moved(stage)]
    if moves:
        yield Block(0, "### ❓ Probably moved")
    for stage, text, line in moves:
        yield Block(0, f"- {code(stage)}: {prose(text)}: {code(line)}", tight=True)


def _list(heading: str, items: Iterable[str], rank: int) -> Iterator[Block]:
    """A heading and its items; nothing if there are none."""
    for index, item in enumerate(items):
        if index == 0:
            yield Block(rank, heading)
        yield Block(rank, f"- {prose(item)}", tight=True)


def _stage(stage: StageReview, shown_on: dict[tuple[str, ...], str]) -> Iterator[Block]:
    """A stage; `shown_on` says of what the stages before have shown of resources on which one it stands."""
    blocks = [*_stage_blocks(stage, shown_on)]
    stop = "" if stage.ending == "planned" else f"\n\n> ⛔ {phrases.stop(stage)}"
    if not (blocks or stop):
        return
    yield Block(0, f"### {code(stage.stage)}{stop}")
    yield from blocks


def _stage_blocks(stage: StageReview, shown_on: dict[tuple[str, ...], str]) -> Iterator[Block]:
    if reasons := phrases.reasons(stage):
        yield Block(2, fenced(reasons, "text"))
    seen: dict[str, list[str]] = {}
    for similar in phrases.detailed(stage):
        shown = _shown(similar.plan)
        block = (similar.plan.kind, *similar.names, look_of(similar.plan).planned, *shown.prose, *shown.diff)
        if earlier := shown_on.get(block):
            seen.setdefault(earlier, []).append(phrases.heading(similar))
            continue
        shown_on[block] = stage.stage
        yield Block(3 if _is_urgent(similar.plan) else 5, _resource(similar, shown))
    for earlier, names in seen.items():
        yield Block(4, f"**As on {code(earlier)}**: {prose(', '.join(names))}")
    for plan in stage.left:
        yield Block(3, _resource(phrases.SimilarResources(plan, (plan.name,)), _shown(plan, outside=True)))
    yield from _list("**Following a new version**", map(phrases.fan_out, stage.fan_out), 4)
    if stage.tests.due:
        over = f": {prose(text)}" if (text := phrases.over_budget(stage.tests)) else ""
        yield from _list(f"**Smoke tests**{over}", phrases.due_tests(stage.tests), 6)
    if untested := phrases.untested(stage):
        yield Block(4, f"**Not tested**: {prose(untested)}")
    yield from _list("**Proof**", stage.proof, 3)
    yield from _list("**Last results**", phrases.last_results(stage), 6)
    yield from _list("**Serving another version than the newest**", phrases.held(stage.tests), 3)


def _is_urgent(plan: Plan) -> bool:
    return plan.decision in PRESSING or plan.is_changed_outside


@dataclass(frozen=True)
class _Shown:
    """The report on one resource: sentences, and the lines of a diff; `takes` if something of it goes."""

    prose: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    takes: bool = False


def _shown(plan: Plan, *, outside: bool = False) -> _Shown:
    """A plan in sentences and a diff; `outside` is about what somebody else did alone."""
    changes = rows_of(plan, plan.outside) if outside else rows(plan)
    # One value that moves is read before a long text that does.
    changes = sorted(changes, key=lambda row: bool(row.diff))
    power = [f"⚠️ more power: {gain.text}" for gain in gained(plan)] if outside else []
    sentences_of_plan = [becomes(plan), *(() if outside else remarks(plan)), plan.waits if outside else ""]
    lines = [line for row in changes for line in _diff(row)]
    fates = [_fate(row) for row in changes if row.cause != "edit" or not _diff(row)]
    more = [f"{line.removeprefix('… ')}" for line in lines if line.startswith("…")]
    takes = any(_takes(row) for row in changes)
    sentences = (visible(sentence) for sentence in (*power, *sentences_of_plan, *fates, *more))
    return _Shown(
        tuple(filter(None, sentences)), tuple(line for line in lines if not line.startswith("…")), takes=takes
    )


def _takes(row: Row) -> bool:
    """Whether more goes than comes: a line that is gone may be the one that matters."""
    signs = [line[:1] for line in (*row.difference.sides, *row.diff)]
    return row.text.startswith("removed") or signs.count("-") > signs.count("+")


def _fate(row: Row) -> str:
    """A change in a sentence, with who wants it and what becomes of it."""
    return f"{row.label} {row.text}{'' if row.cause == 'edit' else f' [{row.cause}]'}"


def _diff(row: Row) -> list[str]:
    """A change as the lines of a diff: what goes and what comes; a long text by its hunks. None if it has no sides."""
    if row.diff:
        return [f"@@ {row.label}: {row.text} @@", *row.diff]
    if row.difference.sides:
        return [f"{side[:1]} {row.label}: {side[2:]}" for side in row.difference.sides]
    sign = {"added": "+", "removed": "-"}.get(row.text.partition(" ")[0])
    return [f"{sign} {row.label}: {row.text}"] if sign else []


def _resource(similar: SimilarResources, shown: _Shown) -> str:
    """A folded block, open where something goes, gains power or cannot wait; several resources go by their names."""
    plan, look = similar.plan, look_of(similar.plan)
    gist = f" · {in_html(text)}" if (text := phrases.gist(plan)) else ""
    title = (
        f"{look.sign} {look.planned}: <b>{in_html(phrases.heading(similar))}</b>{gist}{' ⚠️' if similar.gains else ''}"
    )
    opened = _is_urgent(plan) or similar.gains or shown.takes
    parts = [
        f"<details{' open' if opened else ''}><summary>{title}</summary>",
        prose(phrases.names_of(similar.names, 40)) if len(similar.names) > 1 else code(plan.file) if plan.file else "",
        "\n".join(f"- {sentence(line)}" for line in shown.prose),
        fenced(shown.diff, "diff") if shown.diff else "" if shown.prose else "All of it is new.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n</details>"


def drift_markdown(report: DriftReport, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The issue's text, never longer than `limit` characters; `artifact` is where people find the whole report."""
    return fitted(_drift_blocks(report), limit, lambda count: left_out(count, DRIFT_COMMAND, artifact))


def _drift_blocks(report: DriftReport) -> Iterator[Block]:
    count = sum(len(stage.drifted) for stage in report.stages)
    clean = report.is_clean and all(stage.complete for stage in report.stages)
    objects = f"{counted(count, 'object')} changed outside Pulumi" if count else "no drift"
    if not (count or clean):
        objects = "not all could be looked at"
    yield Block(0, f"{DRIFT_MARKER}\n## {'✅' if clean else '⚠️'} Agents: {objects}")
    gains = [
        f"- {code(stage.stage)}: {prose(f'{gain.kind} {gain.name}: {gain.text}')}"
        for stage in report.stages
        for plan in stage.drifted
        for gain in gained(plan)
    ]
    if gains:
        yield Block(1, "### ⚠️ New power, given outside Pulumi")
    yield from (Block(1, gain, tight=True) for gain in gains)
    for stage in report.stages:
        yield Block(0, f"### {code(stage.stage)}: {prose(phrases.drift_summary(stage))}")
        if stage.errors:
            yield Block(2, fenced(stage.errors, "text"))
        yield from _list("**Not known**", stage.notes, 4)
        for plan in stage.drifted:
            file = f" ({code(plan.file)})" if plan.file else ""
            shown = _shown(plan, outside=True)
            parts = [
                f"**{prose(f'{plan.kind} {plan.name}')}**{file}",
                "\n".join(f"- {sentence(line)}" for line in shown.prose),
                fenced(shown.diff, "diff") if shown.diff else "",
            ]
            yield Block(3, "\n\n".join(filter(None, parts)))
    if not report.is_clean:
        yield Block(0, sentence(phrases.DRIFT_ADVICE))


def status_markdown(report: StatusReport, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The status of stages, never longer than `limit` characters; `artifact` is where people find the whole of it."""
    return fitted(_status_blocks(report), limit, lambda count: left_out(count, STATUS_COMMAND, artifact))


def _status_blocks(report: StatusReport) -> Iterator[Block]:
    stages, rows = status_phrases.board(report)
    yield Block(0, f"{STATUS_MARKER}\n## Agents: what serves")
    if rows:
        yield Block(0, _table(["", *stages], rows))
    for stage in report.stages:
        yield Block(0, f"### {prose(status_phrases.title(stage))}")
        if stage.roots:
            headings, *roots = status_phrases.table(stage)
            yield Block(1, _table(headings, roots))
        for root in stage.roots:
            notes = [note.text for note in status_phrases.notes(root, stage)]
            yield from _list(f"**{prose(root.name)}**", notes, 2)
        yield Block(2, "\n".join(f"- {prose(note.text)}" for note in status_phrases.remarks(stage)))
        for index, step in enumerate(stage.next):
            if index == 0:
                yield Block(3, "**Next**")
            yield Block(3, f"- {code(step.command)} {prose(step.does)}", tight=True)


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return table(map(prose, heading), (map(prose, row) for row in rows))
