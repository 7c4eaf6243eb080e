"""Phrases about a stage that text and Markdown share: counts, new power, fan-out, smoke tests, drift."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.power import NEW, RULES
from pulumi_managed_agents.reconcile import plan_rows, plan_text
from pulumi_managed_agents.reconcile.plan_text import forecast, notes
from pulumi_managed_agents.release.serving import sentence
from pulumi_managed_agents.review.style import LOOKS, ORDER, RECORDED, details
from pulumi_managed_agents.scrubbing import clip
from pulumi_managed_agents.stage.removal import move_line
from pulumi_managed_agents.words import counted, first_of, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.kinds.power import Widening
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.plan_rows import Row
    from pulumi_managed_agents.review.drift import StageDrift
    from pulumi_managed_agents.review.plan_files import DueTest
    from pulumi_managed_agents.review.review import FanOut, StageReview, Tests

NOTHING = "nothing to change"
GIST = 40
"""The longest change that a title shows."""
PLACES = {pair: place for place, pair in enumerate((kind, rule) for kind, rules in RULES.items() for rule in rules)}
DRIFT_ADVICE = (
    "Take changes that you want to keep into the files with `managed-agents pull STAGE [NAME…]`. An up undoes the rest "
    "or stops, as managed-agents:onDrift says, or managed-agents:onUndeclared for fields that no file names. "
    "The API says when an object was changed, not by whom."
)


def counts(stages: Iterable[StageReview]) -> str:
    """How many resources have each decision: ``2 to update, 1 to create``."""
    plans = [plan for stage in stages for plan in stage.resources if not plan.only_records]
    tally: Counter[str] = Counter(plan.decision for plan in plans)
    return ", ".join(f"{tally[decision]} {LOOKS[decision].planned}" for decision in ORDER if tally[decision])


def change(stage: StageReview) -> str:
    """What becomes of a stage's resources: the cell of a table, in which nothing else stands."""
    stopped = "" if stage.ending == "planned" else f"would stop ({stage.ending})"
    outside = _outside([stage])
    parts = [
        stopped,
        counts([stage]) or (NOTHING if stage.ending == "planned" else ""),
        recorded([stage]),
        f"{outside} changed outside" if outside else "",
        f"{stage.unchanged} unchanged" if stage.unchanged else "",
    ]
    return ", ".join(filter(None, parts))


def recorded(stages: Iterable[StageReview]) -> str:
    """How many resources an up only records: ``2 live already``."""
    number = sum(plan.only_records for stage in stages for plan in stage.resources)
    return f"{number} {RECORDED.planned}" if number else ""


def summary(stage: StageReview) -> str:
    """A stage in one line."""
    planned = stage.ending == "planned"
    parts = [counts([stage]) or (NOTHING if planned else "nothing could be planned")]
    parts += [live] if (live := recorded([stage])) else []
    outside = _outside([stage])
    parts += [f"{outside} changed outside"] if outside else []
    parts += [f"{stage.unchanged} unchanged"] if stage.unchanged else []
    parts += [counted(len(stage.tests.due), "smoke test") + " to run"] if stage.tests.due else []
    parts += [stage.tests.coverage] if stage.tests.coverage else []
    return f"{', '.join(parts)}{f'; {stage.compared}' if stage.compared else ''}"


def _outside(stages: Iterable[StageReview]) -> int:
    return sum(plan.is_changed_outside for stage in stages for plan in (*stage.resources, *stage.left))


def stop(stage: StageReview) -> str:
    """That an up would stop, and how far the review is to be trusted then."""
    listed = " What follows from it is listed as if the file won." if stage.ending == "conflict" else ""
    missing = "" if stage.complete else " The preview stopped as well, so this list may be incomplete."
    return f"An up would stop ({stage.ending}).{listed}{missing}"


def reasons(stage: StageReview) -> list[str]:
    """Stage-level errors that are not already shown under a resource, or as a probable move, line by line."""
    shown = [note for plan in stage.resources for note in notes(plan)]
    shown += [move_line(move, stage.stage) for move in stage.moves]
    others = (error for error in stage.errors if not any(note in error for note in shown))
    return [line for error in others for line in error.splitlines() if line.strip()]


def fan_out(moving: FanOut) -> str:
    """Which resources follow a new version of another."""
    reach = moving.reach or counted(len(moving.users), "user")
    return f"{plan_text.fan_out(moving.kind, moving.name, reach)}: {names_of(moving.users)}"


def tests(tests: Tests) -> str:
    """How many smoke tests run, and what they may cost."""
    line = f"{len(tests.due)} of {tests.total} will run, for at most ${tests.most_usd:.2f}"
    return f"{line}: {over}" if (over := over_budget(tests)) else line


def cost(tests: Tests) -> str:
    """The same as the cell of a table."""
    return f"{len(tests.due)} of {tests.total} run, at most ${tests.most_usd:.2f}"


def over_budget(tests: Tests) -> str:
    """That the tests may cost more than the stage allows, or an empty string."""
    if tests.cap_usd is None or tests.most_usd <= tests.cap_usd:
        return ""
    return f"more than smoke.budget_usd allows (${tests.cap_usd:.2f}), so the up will refuse to run them"


def untested(stage: StageReview) -> str:
    """The changing agents that no smoke test is about; an empty string if there are none."""
    known = {test.agent for test in stage.tests.due} | {test.agent for test in stage.tests.standing}
    moving = [plan.name for plan in stage.resources if plan.kind == "agent" and plan.decision != "delete"]
    without = tuple(name for name in moving if name not in known)
    if not (without and stage.tests.coverage):
        return ""
    return f"no smoke test is about {len(without)} of {counted(len(moving), 'agent')} that change: {names_of(without)}"


@dataclass(frozen=True)
class SimilarResources:
    """Resources with the same changes: `plan` is the first one's, `gains` is set if one of them gains power."""

    plan: Plan
    names: tuple[str, ...]
    gains: bool = False


@dataclass(frozen=True)
class SharedGain:
    """One widening, and the resources of one kind that share it."""

    kind: str
    names: tuple[str, ...]
    text: str


def due_tests(tests: Tests) -> list[str]:
    """The tests that run, grouped by the reason."""
    groups: dict[str, list[DueTest]] = {}
    for test in tests.due:
        groups.setdefault(test.reason, []).append(test)
    return [
        f"{names_of(tuple(test.name for test in group), 20)}: {visible(reason)}" for reason, group in groups.items()
    ]


def last_results(stage: StageReview) -> list[str]:
    """The results of tests that ran before, failed ones first; none if nothing changes on the stage."""
    if not (stage.resources or stage.tests.due):
        return []
    good = [result for result in stage.tests.standing if result.passed]
    bad = [result for result in stage.tests.standing if not result.passed]
    lines = [
        f"{'cancelled' if result.cancelled else 'failed'}{_when(result.at)}: {visible(result.name)}: "
        f"{clip(visible(result.failure), 160)}"
        for result in bad
    ]
    if good:
        cost = sum(result.cost_usd or 0.0 for result in good)
        names, last = tuple(result.name for result in good), max(result.at for result in good)
        lines.append(f"passed{_when(last)}: {names_of(names)} (${cost:.2f})")
    return lines


def held(tests: Tests) -> list[str]:
    """The agents that serve another version than their newest, and why."""
    return [visible(f"{serving.agent} {sentence(serving)}") for serving in tests.held]


def to_the_minute(at: str) -> str:
    """A moment in UTC to the minute, as people write it; nothing if it is not known."""
    return at[:16].replace("T", " ")


def _when(at: str) -> str:
    return f" {to_the_minute(at)} UTC" if at else ""


def detailed(stage: StageReview) -> list[SimilarResources]:
    """The resources worth a paragraph, one for those with the same changes; who only follows another is left out.

    Within one decision, what somebody else changed comes first, then what gains power.
    """
    gaining = {(gain.kind, gain.name) for gain in stage.capability}

    def urgency(plan: Plan) -> tuple[int, bool, bool]:
        return ORDER.index(plan.decision), not plan.is_changed_outside, (plan.kind, plan.name) not in gaining

    groups: dict[Any, list[Plan]] = {}
    for plan in sorted(stage.resources, key=urgency):
        if not plan.only_follows:
            text = tuple(map(str, details(plan)))
            groups.setdefault((plan.decision, plan.kind, text, forecast(plan)), []).append(plan)
    return [
        SimilarResources(
            group[0], tuple(plan.name for plan in group), any((plan.kind, plan.name) in gaining for plan in group)
        )
        for group in groups.values()
    ]


def lost(stage: StageReview) -> list[str]:
    """What is gone for ever, grouped by what happens to it."""
    return [
        f"{who(kind, names)}{f' ({names_of(names, 30)})' if len(names) > 1 else ''}: "
        f"{'replaced; the old one is ' if replaced else ''}{visible(fate)}"
        for (kind, fate, replaced), names in _fates(stage)
    ]


def gone_for_ever(stage: StageReview) -> str:
    """The same at the beginning of a question, in sentences: ``1 agent is archived for ever: agents/x.``."""
    return " ".join(
        f"{counted(len(names), _noun(kind))} {'is' if len(names) == 1 else 'are'} {visible(fate)}: {names_of(names)}."
        for (kind, fate, _), names in _fates(stage)
    )


def _fates(stage: StageReview) -> Iterable[tuple[tuple[str, str, bool], tuple[str, ...]]]:
    groups: dict[tuple[str, str, bool], list[str]] = {}
    for gone in stage.gone:
        groups.setdefault((gone.kind, gone.fate, gone.replaced), []).append(gone.name)
    return [(fate, tuple(names)) for fate, names in groups.items()]


def _noun(kind: str) -> str:
    return kind.replace("_", " ")


def moved(stage: StageReview) -> list[tuple[str, str]]:
    """What probably moved and what to do about it, each with the line to write."""
    return [
        (
            f"{_noun(move.kind)} {visible(move.old)} → {visible(move.new)} ({visible(move.same)}): "
            f"{visible(move.advice)}, or remove the old one with --confirm-removal {visible(move.old)}",
            visible(move.line),
        )
        for move in stage.moves
    ]


def powers(stage: StageReview) -> list[SharedGain]:
    """The gains of power, those that several resources share as one, in the order of the rules."""
    groups: dict[Any, list[str]] = {}
    for gain in sorted(stage.capability, key=_place):
        groups.setdefault((gain.kind, gain.text), []).append(gain.name)
    return [SharedGain(kind, tuple(names), text) for (kind, text), names in groups.items()]


def _place(gain: Widening) -> tuple[bool, int]:
    # New resources come last, since they are easy to see elsewhere.
    return gain.rule == NEW, PLACES.get((gain.kind, gain.rule), len(PLACES))


def who(kind: str, names: tuple[str, ...]) -> str:
    """One resource by its kind and name, several by their number."""
    return f"{kind} {visible(names[0])}" if len(names) == 1 else counted(len(names), kind)


def heading(similar: SimilarResources) -> str:
    """Which resource, or how many, and the version before and after."""
    return " ".join(filter(None, (who(similar.plan.kind, similar.names), forecast(similar.plan))))


def power(gain: SharedGain) -> str:
    """A gain of power, and which resources have it."""
    which = f" ({names_of(gain.names, 30)})" if len(gain.names) > 1 else ""
    return f"{who(gain.kind, gain.names)}: {visible(gain.text)}{which}"


def names_of(names: tuple[str, ...], most: int = 8) -> str:
    """The first names, and how many more there are."""
    return first_of([visible(name) for name in names], most)


def gist(plan: Plan) -> str:
    """The fields that change, for a title: values before long texts, what changes itself before what only follows."""
    changed = sorted(plan_rows.rows(plan), key=lambda row: (row.cause.startswith("new version"), bool(row.diff)))
    labels = [f"{plan.vanished} outside"] if plan.vanished else []
    labels += [_gist(row) for row in changed]
    return first_of(labels, 3)


def _gist(row: Row) -> str:
    """A field with its values where they are short, or how many lines of it change: one that goes may matter most."""
    what = ""
    if row.cause == "edit" or row.cause.startswith("drift"):
        lines = f"({row.text.removesuffix('s').removesuffix(' line')})" if row.diff else ""
        what = lines or (row.text if len(row.text) <= GIST else "")
    return f"{row.label}{f' {what}' if what else ''}{' (drift)' if row.cause.startswith('drift') else ''}"


def drift_summary(stage: StageDrift) -> str:
    """A stage's drift in one line."""
    if not stage.complete and not stage.looked_at:
        return "not looked at, since the preview failed"
    if not stage.deployed:
        return "nothing is deployed yet"
    objects = counted(stage.looked_at, "object")
    summary = f"{len(stage.drifted)} of {objects} changed outside" if stage.drifted else f"no drift in {objects}"
    return summary if stage.complete else f"{summary}; the preview failed, so this may not be all"
