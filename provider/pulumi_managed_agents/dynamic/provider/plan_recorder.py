"""Reports what the provider plans: as files for a command that collects plans, else as lines while the engine runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.wire import body, is_unknown, known_body, with_whole_numbers
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.reconcile.fingerprint import slow_digest
from pulumi_managed_agents.reconcile.plan_text import ADOPTS, drift_message, fan_out
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.reconcile.secrets import secrets_of
from pulumi_managed_agents.release.part_of_stage import part_of_tests
from pulumi_managed_agents.release.serving import held_back, serving
from pulumi_managed_agents.release.smoke_results import RETEST, coverage, due_tests, is_cancelled
from pulumi_managed_agents.review.plan_files import (
    AHEAD_PLANS,
    AS_REVIEWED,
    GO_ON_PAST_STOPS,
    REVIEWED_PLANS,
    VARIABLE,
    DueTest,
    SecretsRecord,
    TestsRecord,
    last_result,
    salt_of,
    save,
    saved,
)
from pulumi_managed_agents.review.plan_moves import MOVED, moved_live

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.plan_files import Phase

Props = dict[str, Any]


def directory() -> Path | None:
    """Where plans go, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def goes_on() -> bool:
    """Whether a preview is to go on where an up would stop; what follows is planned as if the file were to win."""
    return bool(directory() and os.environ.get(GO_ON_PAST_STOPS))


def report_creation(plan: Plan) -> tuple[str, ...]:
    """Save the plan of a new resource where a command collects plans; else the lines to show now."""
    if folder := directory():
        save(plan, folder, "check")
        return ()
    adopts = f"{plan.kind.replace('_', ' ')} '{plan.name}' {ADOPTS.format(plan.adopts)}" if plan.adopts else ""
    return tuple(filter(None, (adopts, plan.remark)))


def note_secrets(facts: Facts, news: Props) -> None:
    """Record marks of a resource's secrets, where a command asks for them."""
    folder = directory()
    if not (folder and (salt := salt_of(folder))):
        return
    about, (desired, _) = news[RESOURCE], known_body(news)
    marked = {name: json.dumps(desired[name], sort_keys=True) for name in about.get("secret") or () if name in desired}
    secrets = {path: slow_digest(text, salt) for path, text in (secrets_of(facts, body(news)) | marked).items()}
    if secrets:
        save(SecretsRecord(f"{facts.kind} {about['name']}", secrets), folder)


def report(plan: Plan, reach: str = "") -> tuple[str, ...]:
    """Save a plan where a command collects plans; else the lines to show now.

    These say what somebody else did, and whom a new version reaches, unless a review that was just shown has said it.

    Raises:
        Refused: somebody changed the object since a plan was checked that is to be applied as it was reviewed.
    """
    if folder := directory():
        save(plan, folder)
        return ()
    line = drift_message(plan)
    reviewed = os.environ.get(REVIEWED_PLANS)
    earlier = saved(plan.kind, plan.name, Path(reviewed)) if reviewed else None
    if earlier and os.environ.get(AS_REVIEWED) and (moved := moved_live(earlier, plan)):
        raise Refused(f"{moved} {MOVED}")
    if earlier and drift_message(earlier) == line:
        return ()
    if plan.is_ahead and (ahead := os.environ.get(AHEAD_PLANS)):
        # Nobody has reviewed it, so that it is not that of a `diff`.
        save(plan, Path(ahead), "check")
    # What only takes over another's new version is among those that the line of that one has named.
    moves = plan.replaces or any(change.path[-1] != "version" for change in plan.changes)
    spread = fan_out(plan.kind, plan.name, reach) if reach and moves else ""
    return tuple(filter(None, (line, spread)))


def note_tests(news: Props, olds: Props, phase: Phase) -> None:
    """Record which smoke tests an up would run; a test whose agent or environment moves is one of them."""
    folder = directory()
    if folder is None:
        return
    named: dict[str, Props] = {} if isinstance(news.get("tests"), Unknown) else news.get("tests") or {}
    tests = dict(sorted(named.items()))  # an engine hands them over in any order
    results = with_whole_numbers(olds.get("results") or {})
    waiting = {name: _due(name, test, results) for name, test in part_of_tests(tests, os.environ).items()}
    waiting_tests = tuple(_due_test(name, tests[name], why) for name, why in waiting.items() if why)
    tested = coverage(news.get("agents") or {}, tests.values())
    standing = tuple(last_result(name, test, results[name]) for name, test in tests.items() if name in results)
    held = held_back(serving(with_whole_numbers(olds)))
    record = TestsRecord(waiting_tests, len(tests), news.get("budget_usd"), tested, standing, held)
    save(record, folder, phase, within=news[RESOURCE].get("within", ""))


def _due(name: str, test: Props, results: Props) -> str:
    """Why an up would run a test, or an empty string."""
    if name not in results:
        return "new"
    if not results[name].get("passed"):
        return f"{'cancelled' if is_cancelled(results[name]) else 'failed'} last time"
    if os.environ.get(RETEST):
        return f"{RETEST} asks for it"
    if is_unknown(test):
        return "its agent or environment changes"
    return "it, its agent or its environment changed" if due_tests({name: with_whole_numbers(test)}, results) else ""


def _due_test(name: str, test: Props, reason: str) -> DueTest:
    body = test["body"]
    return DueTest(name, test["agent"], reason, float(body["budget_usd"]) * int(body.get("repeat", 1)))
