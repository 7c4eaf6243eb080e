"""Writing plan records while a preview runs, and having it go on where an up would stop: where variables ask for it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.wire import is_unknown, whole
from pulumi_managed_agents.dynamic.wishes import wish
from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.kinds import reconcile
from pulumi_managed_agents.kinds.compare import compare
from pulumi_managed_agents.kinds.leaves import leaves
from pulumi_managed_agents.kinds.live import is_gone
from pulumi_managed_agents.kinds.plan import Plan, moved_items
from pulumi_managed_agents.kinds.record import RESOURCE
from pulumi_managed_agents.preview.record import (
    LOOK_ON,
    VARIABLE,
    DueTest,
    GateRecord,
    LastResult,
    TestsRecord,
    save,
)
from pulumi_managed_agents.preview.recording import checked, decided, seen
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.pins import coverage, due

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.errors import Finding
    from pulumi_managed_agents.kinds.compare import Change
    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.plan import Subject
    from pulumi_managed_agents.kinds.reconcile import World
    from pulumi_managed_agents.kinds.record import Record
    from pulumi_managed_agents.preview.record import Decision, FieldChange, PlanRecord

Props = dict[str, Any]


def directory() -> Path | None:
    """Where plan records go, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def note_checked(subject: Subject, news: Props) -> None:
    """Record what a resource is declared to be."""
    if folder := directory():
        adopted = (news.get(RESOURCE) or {}).get("adopt")
        notes = (f"takes over {adopted}, which exists, and changes it only where it differs",) if adopted else ()
        _save(replace(checked(subject, wish(news, {})), notes=notes), folder)


def note_refusals(refusals: Iterable[Finding]) -> bool:
    """Record why the stage would be refused, where a preview is to go on all the same; whether it is."""
    folder = directory()
    if folder is None or not os.environ.get(LOOK_ON) or not pulumi.runtime.is_dry_run():
        return False
    save(GateRecord(tuple(map(str, refusals))), folder)
    return True


def look(world: World, subject: Subject, id: str, desired: Props, record: Record, *, olds: Props, news: Props) -> Plan:
    """Plan as `reconcile.look` does, and record what was decided, also where the decision is to stop.

    Where the preview is to go on, what follows is planned as if the file were to win.
    """
    folder = directory()
    if folder is None:
        return reconcile.look(world, subject, id, desired, record)
    wanted = wish(news, olds)
    try:
        plan = reconcile.look(world, subject, id, desired, record)
    except (Conflict, Refused) as error:
        live, changes = world.seen.get(id), _all_changes(world, subject, id, desired, record)
        stop: Decision = "conflict" if isinstance(error, Conflict) else "refused"
        stopped = decided(subject, wanted, record, live, stop, changes, (str(error),))
        _save(seen(stopped, subject, wanted, live, changes), folder)
        if os.environ.get(LOOK_ON):
            return Plan(changes=tuple(changes))
        raise
    live, all_changes = world.seen.get(id), plan.changes
    if world.rules.on_drift == "ignore":
        all_changes = tuple(_all_changes(world, subject, id, desired, record))
    decision = _decision(plan, moving=bool(wanted.pending or wanted.unknown))
    planned = decided(subject, wanted, record, live, decision, plan.changes, plan.notes)
    planned = replace(planned, items=_edited_items(subject.facts, desired, record, plan))
    _save(planned if plan.own_doing else seen(planned, subject, wanted, live, all_changes), folder)
    return plan


def _save(record: PlanRecord, folder: Path) -> None:
    """Write a record, without the secrets that stand where none belongs, as in a prompt that somebody edited."""
    scrubber = KNOWN.scrubber()

    def discreet(change: FieldChange) -> FieldChange:
        recorded, desired, live = map(scrubber.value, (change.recorded, change.desired, change.live))
        return replace(change, recorded=recorded, desired=desired, live=live)

    changes, outside = (tuple(map(discreet, told)) for told in (record.changes, record.outside))
    notes, items = (tuple(map(scrubber.text, told)) for told in (record.notes, record.items))
    save(replace(record, changes=changes, outside=outside, notes=notes, items=items), folder)


def _edited_items(facts: Facts, desired: Props, record: Record, plan: Plan) -> tuple[str, ...]:
    """What an edit moves in the files behind a digest, which alone is compared."""
    edited = [one.field for one in plan.changes if one.field in facts.itemised and one.cause == "edit"]
    now = leaves(facts.operations.itemised(desired)) if edited else {}
    return tuple(item for field in edited for item in moved_items(facts, field, record, now))


def _all_changes(world: World, subject: Subject, id: str, desired: Props, record: Record) -> list[Change]:
    """Every field that moved, whatever the stage's policy makes of it."""
    live = world.seen.get(id)
    return [] if live is None or is_gone(live) else compare(subject.facts, desired, record, live, subject.ignore)


def _decision(plan: Plan, *, moving: bool) -> Decision:
    if plan.replaces:
        return "replace" if plan.changes else "gone"
    return "same" if plan.is_empty and not moving else "update"


def note_tests(news: Props, olds: Props, decision: Decision) -> None:
    """Record which smoke tests an up would run; a test whose agent or environment moves is one of them."""
    folder = directory()
    if folder is None:
        return
    tests: dict[str, Props] = {} if isinstance(news.get("tests"), Unknown) else news.get("tests") or {}
    results = whole(olds.get("results") or {})
    waiting = {name: _due(name, test, results) for name, test in tests.items()}
    due_tests = tuple(_due_test(name, tests[name], why) for name, why in waiting.items() if why)
    tested = coverage(news.get("agents") or {}, tests.values())
    standing = tuple(_last_result(name, test, results[name]) for name, test in tests.items() if name in results)
    save(TestsRecord(due_tests, len(waiting), news.get("budget_usd"), decision, tested, standing), folder)


def _last_result(name: str, test: Props, result: Props) -> LastResult:
    failure = next(iter(result.get("failures") or ()), "")
    at, cost = str(result.get("finished_at") or ""), result.get("cost_usd")
    return LastResult(name, test["agent"], bool(result.get("passed")), at, cost, failure)


def _due(name: str, test: Props, results: Props) -> str:
    """Why a test will run, or an empty text."""
    if name not in results:
        return "new"
    if not results[name].get("passed"):
        return "failed last time"
    if is_unknown(test):
        return "its agent or environment changes"
    return "it, its agent or its environment changed" if due({name: whole(test)}, results) else ""


def _due_test(name: str, test: Props, reason: str) -> DueTest:
    body = test["body"]
    return DueTest(name, test["agent"], reason, float(body["budget_usd"]) * int(body.get("repeat", 1)))
