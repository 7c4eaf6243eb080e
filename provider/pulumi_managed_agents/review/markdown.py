"""The review as Markdown for a comment on a pull request, the report of drift for an issue, the status of stages.

Values come from files and from whoever edits agents elsewhere: nothing in them becomes markup. GitHub refuses a comment
of more than 65,536 characters, so whole blocks are left out where all do not fit, the least urgent first.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pulumi_managed_agents.review import phrases, status_phrases
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.review.style import details, look_of, outside_details
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.drift import DriftReport
    from pulumi_managed_agents.review.phrases import SimilarResources
    from pulumi_managed_agents.review.review import Review, StageReview
    from pulumi_managed_agents.review.status import StatusReport
    from pulumi_managed_agents.review.style import Line

MARKER = "<!-- managed-agents:preview -->"
COMMAND = "managed-agents preview --output-format json"
DRIFT_MARKER = "<!-- managed-agents:drift -->"
DRIFT_COMMAND = "managed-agents drift --output-format json"
STATUS_MARKER = "<!-- managed-agents:status -->"
STATUS_COMMAND = "managed-agents status --output-format json"
PRESSING = frozenset({"conflict", "refused", "replace", "delete"})
LIMIT = 60_000
POINTER = 400
"""Room for the line that says what was left out."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~@&$!]|(?<=:)/(?=/)|(?<=www)\.")
_ENTITIES = frozenset("<>@&#/.")


@dataclass(frozen=True)
class Block:
    """A piece of Markdown that stands or falls as a whole; the lower its rank, the longer it stays.

    Tight blocks are items of one list.
    """

    rank: int
    text: str
    tight: bool = False


def markdown(review: Review, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The comment, never longer than `limit` characters; `artifact` is where people find the whole review."""
    return _fitted(_blocks(review), limit, lambda count: _left_out(count, COMMAND, artifact))


def _blocks(review: Review) -> Iterator[Block]:
    several = len(review.stages) > 1
    attention = any(stage.capability or phrases.lost(stage) or stage.ending != "planned" for stage in review.stages)
    yield Block(0, f"{MARKER}\n## {'⚠️' if attention else '✅'} Agents: {prose(phrases.overall(review))}")
    lost = [(stage.stage, line) for stage in review.stages for line in phrases.lost(stage)]
    yield from _list("### ⛔ Gone for ever", lost, 0, several=several)
    yield from _moved(review, several=several)
    gains = [(stage.stage, phrases.power(gain)) for stage in review.stages for gain in phrases.powers(stage)]
    yield from _list("### ⚠️ New power", gains, 1, several=several)
    for stage in review.stages:
        yield from _stage(stage)


def _moved(review: Review, *, several: bool) -> Iterator[Block]:
    moves = [(stage.stage, *moved) for stage in review.stages for moved in phrases.moved(stage)]
    if moves:
        yield Block(0, "### ❓ Probably moved")
    for stage, text, line in moves:
        yield Block(0, f"- {f'{code(stage)}: ' if several else ''}{prose(text)}: {code(line)}", tight=True)


def _list(heading: str, items: Iterable[tuple[str, str]], rank: int, *, several: bool = False) -> Iterator[Block]:
    """A heading and its items, each with its stage where there are several; nothing where there are none."""
    for index, (stage, item) in enumerate(items):
        if index == 0:
            yield Block(min(rank, 4), heading)
        yield Block(rank, f"- {f'{code(stage)}: ' if several else ''}{prose(item)}", tight=True)


def _stage(stage: StageReview) -> Iterator[Block]:
    stop = "" if stage.ending == "planned" else f"\n\n> ⛔ {phrases.stop(stage)}"
    yield Block(0, f"### {code(stage.stage)}: {phrases.summary(stage)}{stop}")
    if reasons := phrases.reasons(stage):
        yield Block(2, fenced(reasons, "text"))
    for similar in phrases.detailed(stage):
        yield Block(3 if _is_urgent(similar.plan) else 5, _resource(similar, details(similar.plan, diff_indent=0)))
    for plan in stage.left:
        yield Block(3, _resource(phrases.SimilarResources(plan, (plan.name,)), outside_details(plan, diff_indent=0)))
    yield from _list("**Following a new version**", (("", phrases.fan_out(moving)) for moving in stage.fan_out), 4)
    if stage.tests.due:
        heading = f"**Smoke tests**: {prose(phrases.tests(stage.tests))}"
        yield from _list(heading, (("", line) for line in phrases.due_tests(stage.tests)), 6)
    if untested := phrases.untested(stage):
        yield Block(4, f"**Not tested**: {prose(untested)}")
    yield from _list("**Proof**", (("", line) for line in stage.proof), 3)
    yield from _list("**Last results**", (("", line) for line in phrases.last_results(stage)), 6)
    held = (("", line) for line in phrases.held(stage.tests))
    yield from _list("**Serving another version than the newest**", held, 3)


def _is_urgent(plan: Plan) -> bool:
    return plan.decision in PRESSING or plan.is_changed_outside


def _resource(similar: SimilarResources, lines: list[Line]) -> str:
    """A folded block, open where it is urgent; several resources are listed by their names."""
    plan, look = similar.plan, look_of(similar.plan)
    gist = f" · {_html(text)}" if (text := phrases.gist(plan)) else ""
    title = f"{look.sign} {look.planned}: <b>{_html(phrases.heading(similar))}</b>{gist}{' ⚠️' if similar.gains else ''}"
    parts = [
        f"<details{' open' if _is_urgent(plan) else ''}><summary>{title}</summary>",
        prose(phrases.names_of(similar.names, 40)) if len(similar.names) > 1 else code(plan.file) if plan.file else "",
        fenced(map(str, lines), "diff") if lines else "All of it is new.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n</details>"


def drift_markdown(report: DriftReport, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The issue's text, never longer than `limit` characters; `artifact` is where people find the whole report."""
    return _fitted(_drift_blocks(report), limit, lambda count: _left_out(count, DRIFT_COMMAND, artifact))


def _drift_blocks(report: DriftReport) -> Iterator[Block]:
    count = sum(len(stage.drifted) for stage in report.stages)
    clean = report.is_clean and all(stage.complete for stage in report.stages)
    objects = f"{counted(count, 'object')} changed outside Pulumi" if count else "no drift"
    if not (count or clean):
        objects = "not all could be looked at"
    yield Block(0, f"{DRIFT_MARKER}\n## {'✅' if clean else '⚠️'} Agents: {objects}")
    gains = [
        (stage.stage, f"{gain.kind} {gain.name}: {gain.text}")
        for stage in report.stages
        for plan in stage.drifted
        for gain in gained(plan)
    ]
    yield from _list("### ⚠️ New power, given outside Pulumi", gains, 1, several=True)
    for stage in report.stages:
        yield Block(0, f"### {code(stage.stage)}: {prose(phrases.drift_summary(stage))}")
        if stage.errors:
            yield Block(2, fenced(stage.errors, "text"))
        yield from _list("**Not told**", (("", note) for note in stage.notes), 4)
        for plan in stage.drifted:
            file = f" ({code(plan.file)})" if plan.file else ""
            lines = map(str, outside_details(plan, diff_indent=0))
            yield Block(3, f"**{prose(f'{plan.kind} {plan.name}')}**{file}\n\n{fenced(lines, 'diff')}")
    if not report.is_clean:
        yield Block(0, prose(phrases.DRIFT_ADVICE))


def status_markdown(report: StatusReport, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The status of stages, never longer than `limit` characters; `artifact` is where people find the whole of it."""
    return _fitted(_status_blocks(report), limit, lambda count: _left_out(count, STATUS_COMMAND, artifact))


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
            said = [("", note.text) for note in status_phrases.notes(root, stage)]
            yield from _list(f"**{prose(root.name)}**", said, 2)
        yield Block(2, "\n".join(f"- {prose(note.text)}" for note in status_phrases.remarks(stage)))
        for index, step in enumerate(stage.next):
            if index == 0:
                yield Block(3, "**Next**")
            yield Block(3, f"- {code(step.command)} {prose(step.does)}", tight=True)


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = [*map(prose, heading)]
    lines = [head, ["---"] * len(head), *([*map(prose, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fitted(blocks: Iterable[Block], limit: int, pointer: Callable[[int], str]) -> str:
    """The blocks that fit, in their order; `pointer` says how many did not. The first always stays."""
    head, *rest = blocks
    room = limit - len(head.text) - POINTER
    kept: set[int] = set()
    for index, block in sorted(enumerate(rest), key=lambda pair: (pair[1].rank, pair[0])):
        if len(block.text) + 2 <= room:
            kept.add(index)
            room -= len(block.text) + 2
    chosen = [head, *(block for index, block in enumerate(rest) if index in kept)]
    if missing := len(rest) - len(kept):
        chosen.append(Block(0, pointer(missing)))
    # Items of one list stand close together, everything else apart.
    gaps = ("\n" if before.tight and block.tight else "\n\n" for before, block in pairwise(chosen))
    return head.text + "".join(gap + block.text for gap, block in zip(gaps, chosen[1:], strict=True)) + "\n"


def _left_out(count: int, command: str, artifact: str = "") -> str:
    """The pointer to what did not fit; `artifact` is where people find all of it, `command` prints it."""
    where = f" All of it: {artifact}." if 0 < len(artifact) < POINTER - 250 else ""
    parts = "1 part" if count == 1 else f"{count} parts"
    return f"> ⚠️ {parts} of this report did not fit into a comment.{where} `{command}` prints all of it."


def code(text: str) -> str:
    """A text as inline code, whatever backticks it holds."""
    shown = visible(text)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str) -> str:
    """Lines as a code block, behind a fence that none of them can close."""
    body = [visible(part) for line in lines for part in line.split("\n")]
    fence = "`" * max(3, _longest_run("\n".join(body)) + 1)
    return "\n".join([f"{fence}{language}", *body, fence])


def prose(text: str) -> str:
    """A text in which nothing is markup: no link, no mention, no image."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};" if match[0] in _ENTITIES else f"\\{match[0]}", visible(text))


def _html(text: str) -> str:
    return html.escape(visible(text)).replace("@", "&#64;")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
