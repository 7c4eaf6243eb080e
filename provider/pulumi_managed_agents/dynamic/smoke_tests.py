"""All smoke tests of a stage as one resource: it records, it never fails for a verdict.

One failing Pulumi step would cancel all others and store nothing. So this resource runs exactly the tests that are
due, succeeds with a result for each and the version each agent may serve, and leaves it to the proof to fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi.dynamic import DiffResult, ReadResult

from pulumi_managed_agents.dynamic import planning
from pulumi_managed_agents.dynamic.process import at_home, cancelled, say
from pulumi_managed_agents.dynamic.wire import RESOURCE, is_unknown, whole
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.smoke.pins import due, failures, proven

Props = dict[str, Any]


@dataclass(frozen=True)
class SmokeTests:
    """Inputs are `tests` and `agents` with the versions just applied; outputs are `results`, `pins`, `failures`."""

    def check(self, news: Props) -> list[str]:
        """The files were checked before anything was declared."""
        planning.note_tests(news, {}, "checked")
        return []

    def diff(self, id: str, olds: Props, news: Props) -> DiffResult:  # noqa: ARG002
        """Changed when a test is due, or when an agent moved."""
        planning.note_tests(news, olds, "update")
        if is_unknown(news):
            return DiffResult(changes=True)
        olds, news = whole(olds), whole(news)
        waiting = due(news.get("tests") or {}, olds.get("results") or {})
        gone = (olds.get("results") or {}).keys() - (news.get("tests") or {}).keys()
        return DiffResult(changes=bool(waiting or gone) or olds.get("agents") != news.get("agents"))

    def create(self, props: Props) -> tuple[str, Props]:
        """Run every test."""
        return str(props[RESOURCE]["stage"]), _run(props, {})

    def update(self, id: str, olds: Props, news: Props) -> Props:  # noqa: ARG002
        """Run what is due and keep the other results."""
        return _run(news, whole(olds))

    def read(self, id: str, props: Props) -> ReadResult:
        """Results do not change by themselves."""
        return ReadResult(id, props)

    def delete(self, id: str, props: Props) -> None:  # noqa: ARG002
        """Forget the results, unless the rest of the stage could not go with them; sessions are gone already."""
        at_home(props)


def _run(props: Props, before: Props) -> Props:
    from pulumi_managed_agents.smoke import run_all
    from pulumi_managed_agents.smoke.stage_tests import CONCURRENCY, TRANSCRIPTS, runnable

    props = whole(props)
    tests, agents = props.get("tests") or {}, props.get("agents") or {}
    recorded = before.get("results") or {}
    waiting = due(tests, recorded)
    stage = str(props[RESOURCE]["stage"])
    _must_be_affordable([tests[name] for name in waiting], props.get("budget_usd"))
    runs = [runnable(name, test) for name, test in tests.items() if name in waiting]
    done = run_all(
        at_home(props).client,
        runs,
        directory=TRANSCRIPTS / stage,
        say=say,
        stop=cancelled,
        concurrency=props.get("concurrency") or CONCURRENCY,
        labels={"stage": stage},
    )
    fresh = {one.name: {**one.as_record(), "subject": waiting[one.name]} for one in done}
    results = {name: fresh.get(name) or recorded[name] for name in tests}
    pins = proven(agents, tests, results, before.get("pins") or {})
    return {**props, "results": results, "pins": pins, "failures": failures(tests, results)}


def _must_be_affordable(tests: list[Props], cap: float | None) -> None:
    """Refuse before the first session where the due tests may cost more than the stage allows in one up."""
    most = sum(test["body"]["budget_usd"] * test["body"].get("repeat", 1) for test in tests)
    if cap is not None and most > cap:
        raise Refused(
            f"{len(tests)} smoke tests are due and may cost ${most:.2f}, more than smoke.budget_usd in the stage's "
            f"values (${cap:.2f}); none was run"
        )
