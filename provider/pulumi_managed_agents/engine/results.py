"""What came of a run, as JSON for other programs. Pure functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import plain
from pulumi_managed_agents.engine.subjects import subject_of, taken_over, test_results
from pulumi_managed_agents.engine.summary import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.events import Outcome, Step


def up_result(stage: str, outcome: Outcome, *, writes: int | None, seconds: float) -> dict[str, Any]:
    """An up: every resource and what was done with it, every test and its result; `writes` None is not known.

    A test that is `taken_over` did not run now: its result is that of an earlier run.
    """
    resources = [row for step in outcome.steps if (row := _resource(step))]
    tests, earlier = test_results(outcome.steps), taken_over(outcome.steps)
    return {
        "stage": stage,
        "ok": outcome.ok,
        "seconds": round(seconds, 3),
        "write_requests": writes,
        "resources": resources,
        "tests": [{**test, "taken_over": test["name"] in earlier} for test in _tests(tests)],
        "errors": [plain(error) for error in outcome.errors],
    }


def _resource(step: Step) -> dict[str, Any] | None:
    subject = subject_of(step)
    if subject is None or step.op not in DONE:
        return None
    action = "failed" if step.error else DONE[step.op]
    told = {"kind": subject.kind, "name": subject.name, "action": action, "id": step.id, "version": subject.version}
    return {**told, "error": step.error} if step.error else told


def smoke_result(stage: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A run of smoke tests."""
    return {"stage": stage, "ok": all(one.get("passed") for one in results.values()), "tests": _tests(results)}


def _tests(results: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **result} for name, result in results.items()]


def as_json(result: Mapping[str, Any]) -> str:
    """A result as it is written."""
    return json.dumps(result, indent=2, ensure_ascii=False) + "\n"
