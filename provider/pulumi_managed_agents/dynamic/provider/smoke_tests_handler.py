"""The handler of a stage's smoke tests, which are one resource: it runs those that are due and records the results.

A failed test does not fail the resource: one failing step of an up cancels all others, and nothing of it is stored, not
even that the test failed. The proof, a resource that comes last, fails for it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_managed_agents.dynamic.provider import plan_recorder
from pulumi_managed_agents.dynamic.provider.handler import ChangedField, CreateAnswer, DiffAnswer, ReadAnswer
from pulumi_managed_agents.dynamic.provider.process import cancelled, git_commit, say, verified_context
from pulumi_managed_agents.dynamic.wire import is_unknown, with_whole_numbers
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.part_of_stage import part_of_tests
from pulumi_managed_agents.release.rollback import ROLLING_BACK, unproven_targets
from pulumi_managed_agents.release.serving import served
from pulumi_managed_agents.release.smoke_results import (
    RAN_IN,
    RETEST,
    due_tests,
    failure_messages,
    proven_versions,
    replaced_pins,
    serving_pins,
    untested_agents,
    untested_messages,
)

Props = dict[str, Any]

NAME = "smoke-tests"
"""The resource's name in every stage."""

RESULTS = (ChangedField(("results",)),)
"""What a diff says has changed. An engine that shows inputs shows nothing of it, and not the digests of all tests."""

DECIDING = ("agents", "require_smoke", "rolled_back")
"""The inputs that decide beside the tests which version serves."""


@dataclass(frozen=True)
class SmokeTestsHandler:
    """Inputs are `tests` and `agents` with the versions just applied; outputs are `results`, `pins`, `failures`.

    Each result says when it was obtained and at which commit, so that what follows from it stays as it is;
    `served` holds which version each agent served since when.
    """

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """The files were checked before anything was declared."""
        plan_recorder.note_tests(news, {}, "check")
        return []

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Changed when a test is due, or when an agent moved."""
        plan_recorder.note_tests(news, olds, "diff")
        if is_unknown(news):
            return DiffAnswer(changes=True, fields=RESULTS)
        olds, news = with_whole_numbers(olds), with_whole_numbers(news)
        waiting = _due(part_of_tests(news.get("tests") or {}, os.environ), olds.get("results") or {})
        gone = (olds.get("results") or {}).keys() - (news.get("tests") or {}).keys()
        decided = any(olds.get(key) != news.get(key) for key in DECIDING)
        return DiffAnswer(changes=bool(waiting or gone or decided), fields=RESULTS)

    def create(self, props: Props) -> CreateAnswer:
        """Run every test."""
        return CreateAnswer(str(props[RESOURCE]["stage"]), _run(props, {}))

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Run what is due and keep the other results; while pins are rolled back, nothing is."""
        return _run(news, with_whole_numbers(olds))

    def read(self, id: str, props: Props) -> ReadAnswer:
        """Results do not change by themselves."""
        return ReadAnswer(id, props)

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Forget the results, unless the rest of the stage could not go with them; sessions are gone already."""
        verified_context(props)
        return ()


def _due(tests: Props, recorded: Props) -> dict[str, str]:
    """The tests that must run; all of them where somebody asks for that."""
    return due_tests(tests, {} if os.environ.get(RETEST) else recorded)


def _run(props: Props, before: Props) -> Props:
    from pulumi_managed_agents.smoke import run_all
    from pulumi_managed_agents.smoke.stage_tests import CONCURRENCY, TRANSCRIPTS, must_be_affordable, runnable

    props = with_whole_numbers(props)
    tests = props.get("tests") or {}
    recorded = before.get("results") or {}
    waiting = {} if ROLLING_BACK in os.environ else _due(part_of_tests(tests, os.environ), recorded)
    stage = str(props[RESOURCE]["stage"])
    must_be_affordable([tests[name] for name in waiting], props.get("budget_usd"))
    runs = [runnable(name, test) for name, test in tests.items() if name in waiting]
    done = run_all(
        verified_context(props).client,
        runs,
        directory=TRANSCRIPTS / stage,
        say=say,
        stop=cancelled,
        concurrency=props.get("concurrency") or CONCURRENCY,
        labels={"stage": stage},
    )
    about = {"finished_at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": git_commit()}
    fresh = {
        result.name: {
            **result.as_record(),
            "subject": waiting[result.name],
            RAN_IN: tests[result.name].get(RAN_IN) or [],
            **about,
        }
        for result in done
    }
    results = {name: fresh.get(name) or recorded[name] for name in tests}
    gone = {
        name for name, pin in replaced_pins(_pins(before), props.get("agents") or {}).items() if _is_gone(props, pin)
    }
    pinned = {name: pin for name, pin in _pins(before).items() if name not in gone}
    verdict = _verdict(props, results, {**before, "pins": pinned})
    now = {"since": about["finished_at"], "commit": about["commit"]}
    turns = served(verdict["pins"], pinned, before.get("served") or {}, now)
    return {**props, "results": results, **verdict, "served": turns}


def _pins(outputs: Props) -> Props:
    return outputs.get("pins") or {}


def _is_gone(props: Props, pin: Props) -> bool:
    """Whether a replaced agent no longer serves; as long as no other is proven in its place, it is kept."""
    return is_gone(verified_context(props).live.get(FACTS["agent"], pin["id"]))


def _verdict(props: Props, results: Props, before: Props) -> Props:
    """What may serve, what was proven at any time, and a line for everything that is not as it should be."""
    tests, agents = props.get("tests") or {}, props.get("agents") or {}
    pinned, moves = _pins(before), props.get("rolled_back") or {}
    proved = proven_versions(pinned, before.get("proved") or {})
    bare = untested_agents(agents, tests, proved) if props.get("require_smoke") == "changed" else []
    pins = serving_pins(agents, tests, results, pinned, proved=proved, untested=bare, rolled_back=moves)
    lines = [
        *failure_messages(tests, results),
        *untested_messages(agents, bare),
        *unproven_targets(agents, moves, proved),
    ]
    return {"pins": pins, "proved": proven_versions(pins, proved), "failures": lines}
