"""Phrases about the status of stages that text and Markdown share: cells of tables, and sentences below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.release.serving import sentence
from pulumi_managed_agents.review.drift import how
from pulumi_managed_agents.review.phrases import drift_summary, to_the_minute
from pulumi_managed_agents.review.status import ROOT_KINDS
from pulumi_managed_agents.review.style import ATTENTION, ERROR
from pulumi_managed_agents.scrubbing import clip
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.drift import How
    from pulumi_managed_agents.review.status import Content, Proof, RootStatus, StageStatus, StatusReport

NAMES = 24
"""How long the names of tests may be in a cell; else they are counted."""
FAILURE = 160
NOTHING = "-"
HOW: dict[How, str] = {
    "conflict": "changed outside Pulumi, and in its file to something else",
    "deleted": "deleted outside Pulumi",
    "archived": "archived outside Pulumi",
    "changed": "changed outside Pulumi",
}
CONTENTS: dict[Content, str] = {
    "behind": "Behind {before}",
    "ahead": "Ahead of {before}",
    "differs": "Differs from {before}",
    "only here": "Not in {before}",
}


@dataclass(frozen=True)
class Note:
    """Something to say, and the style in which."""

    text: str
    style: str = ""


def title(status: StageStatus) -> str:
    """A stage and where it is."""
    where = f" (workspace {status.workspace})" if status.workspace else ""
    return visible(f"Stage {status.stage}{where}")


def table(status: StageStatus) -> list[tuple[str, ...]]:
    """The roots of a stage below headings; of a Python program nothing is known but the versions applied."""
    if not status.released:
        return [("", "applied"), *((visible(root.name), served(root)) for root in status.roots)]
    rows = (
        (
            visible(root.name),
            served(root),
            to_the_minute(root.serving.since) or NOTHING,
            NOTHING if root.serving.serves is None else proven_by(root.proof),
        )
        for root in status.roots
    )
    return [("", "serves", "since (UTC)", "proven by"), *rows]


def style(root: RootStatus) -> str:
    """The style of a root's row: by the most urgent thing that is to be said of it."""
    if root.proof.verdict in ("failed", "edited"):
        return ERROR
    return "" if root.serving.is_newest and not root.outside else ATTENTION


def board(report: StatusReport) -> tuple[list[str], list[list[str]]]:
    """The stages, and of each root its name and what it is on each of them."""
    by_stage = [
        {(root.kind, root.name): _in_short(root, released=stage.released) for root in stage.roots}
        for stage in report.stages
    ]
    missing = ["?" if stage.condition == "not known" else NOTHING for stage in report.stages]
    rows = [
        [visible(key[1]), *(cells.get(key, blank) for cells, blank in zip(by_stage, missing, strict=True))]
        for key in sorted({key for cells in by_stage for key in cells})
    ]
    return [visible(stage.stage) for stage in report.stages], rows


def notes(root: RootStatus, status: StageStatus) -> Iterator[Note]:
    """What is to be said of a root beside its cells."""
    # What holds an agent back is said there, and not again at each deployment of it.
    if not root.serving.is_newest and (root.kind == "agent" or root.serving.why == "file"):
        back = root.serving.why == "rolled back" and root.serving.since
        when = f" {to_the_minute(root.serving.since)} UTC" if back else ""
        yield Note(visible(f"{sentence(root.serving)}{when}"), ATTENTION)
    if root.kind == "agent":
        for test in (test for test in root.tests if not test.passed):
            cost = "" if test.cost_usd is None else f" (${test.cost_usd:.2f})"
            failure = clip(visible(test.failure), FAILURE)
            came = "was cancelled" if test.cancelled else "failed"
            yield Note(f"smoke test {visible(test.name)} {came} {to_the_minute(test.at)} UTC{cost}: {failure}", ERROR)
    if root.proof.verdict == "failed":
        yield Note(f"what serves has lost its proof: {visible(clip(root.proof.reason, FAILURE))}", ERROR)
    if root.proof.verdict == "edited":
        yield Note("what serves has no proof: its receipt was edited after it was made", ERROR)
    yield from (outside(plan) for plan in _drifted(status) if (plan.kind, plan.name) == (root.kind, root.name))
    if not root.outside and root.live_version.isdigit() and int(root.live_version) > root.serving.newest:
        yield Note(f"version {root.live_version} is live, later than the last applied", ATTENTION)


def outside(plan: Plan) -> Note:
    """What somebody else did to an object."""
    moved = plan.live_version and plan.live_version != plan.recorded_version
    version = f" (live version {plan.live_version})" if moved and plan.kind == "agent" else ""
    return Note(f"{HOW[how(plan)]}{visible(version)}", ATTENTION)


def remarks(status: StageStatus) -> Iterator[Note]:
    """What is to be said of a stage as a whole."""
    if status.condition == "never deployed":
        yield Note("Nothing was ever deployed.")
        return
    if not status.released:
        yield Note("Declared by a Python program, which itself exports what serves.")
    yield from _beside_the_stage_before(status)
    if status.others:
        yield Note(f"Also {', '.join(counted(other.count, other.kind.replace('_', ' ')) for other in status.others)}.")
    for plan in _drifted(status):
        if plan.kind not in ROOT_KINDS:
            yield Note(f"{visible(f'{plan.kind} {plan.name}')}: {outside(plan).text}", ATTENTION)
    if status.drift:
        yield Note(f"Compared with what is live: {drift_summary(status.drift)}.")
    yield from (Note(visible(line), ATTENTION) for line in status.retiring)
    yield from (Note(visible(line)) for line in status.unproven)
    yield from (Note(visible(f"{line[:1].upper()}{line[1:]}"), ATTENTION) for line in status.unknown)
    if cost := _cost(status):
        yield Note(cost)
    if status.waiting:
        yield Note(f"The files change {counted(status.waiting, 'resource')}.")


def _beside_the_stage_before(status: StageStatus) -> Iterator[Note]:
    for content, words in CONTENTS.items():
        if names := [root.name for root in status.roots if root.content == content]:
            yield Note(visible(f"{words.format(before=status.before)}: {', '.join(names)}"), ATTENTION)
    if status.missing:
        yield Note(visible(f"Only in {status.before}: {', '.join(status.missing)}"), ATTENTION)
    compared = [root.content for root in status.roots if root.content]
    if not status.missing and {*compared} == {"equal"}:
        yield Note(visible(f"The same as in {status.before}."))


def _drifted(status: StageStatus) -> tuple[Plan, ...]:
    return status.drift.drifted if status.drift else ()


def served(root: RootStatus) -> str:
    """The version that serves, and the newest where that is another."""
    served = root.serving
    if served.serves is None and not served.newest:
        return NOTHING
    what = "none" if served.serves is None else str(served.serves)
    return what if served.is_newest else f"{what} of {served.newest}"


def proven_by(proof: Proof) -> str:
    """The tests that prove something and what they cost, or why it is not proven."""
    if proof.verdict != "proven":
        return {"failed": "FAILED since", "edited": "nothing", "none": proof.reason}[proof.verdict]
    names = ", ".join(proof.tests)
    cost = "" if proof.cost_usd is None else f", ${proof.cost_usd:.2f}"
    return visible(f"{names if len(names) <= NAMES else counted(len(proof.tests), 'test')}{cost}")


def marks(root: RootStatus, *, released: bool) -> list[str]:
    """What is to be said of what serves, each in a word or two, the most urgent first."""
    why = {"rolled back": "rolled back", "file": "by its file"}.get(root.serving.why, "held back")
    marks_of = (
        (bool(root.outside), f"{root.outside} outside"),
        (root.proof.verdict == "failed", "FAILED"),
        (not root.serving.is_newest and bool(root.serving.newest), why),
        (root.content not in ("", "equal"), root.content),
        (released and root.proof.verdict not in ("proven", "failed"), "not proven"),
    )
    return [word for holds, word in marks_of if holds]


def _in_short(root: RootStatus, *, released: bool) -> str:
    """What serves, and the most urgent thing to say of it in a word."""
    what = NOTHING if root.serving.serves is None else str(root.serving.serves)
    return " ".join([what, *marks(root, released=released)[:1]])


def _cost(status: StageStatus) -> str:
    """What the stage's tests cost when they last ran."""
    tests = {test.name: test for root in status.roots for test in root.tests}
    known = [test.cost_usd for test in tests.values() if test.cost_usd is not None]
    if not known:
        return ""
    last = to_the_minute(max(test.at for test in tests.values()))
    return f"{counted(len(tests), 'smoke test')}, last run {last} UTC, cost ${sum(known):.2f}."
