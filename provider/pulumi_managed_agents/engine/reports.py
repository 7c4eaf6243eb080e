"""Results of smoke tests as a file for the tools that read JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.engine.subjects import taken_over, test_results, tests_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome

    Records = Mapping[str, Mapping[str, Any]]


def report_up(file: Path, stage: str, outcome: Outcome) -> str:
    """Write the results that a stage records after an up; a line that says so."""
    tests = tests_of(outcome.steps).get("tests")
    results, earlier = test_results(outcome.steps), taken_over(outcome.steps)
    return write_report(file, stage, tests if isinstance(tests, dict) else {}, results, earlier)


def write_report(
    file: Path, stage: str, tests: Records, results: Records, earlier: Collection[str] = frozenset()
) -> str:
    """Write results as JUnit XML, those of `earlier` runs apart; a line that says so."""
    from pulumi_managed_agents.smoke.junit import junit

    agents = {name: str(test.get("agent", "")) for name, test in tests.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(junit(stage, results, agents, earlier), encoding="utf-8")
    taken = f", {len(earlier)} of them from earlier runs" if earlier else ""
    return f"wrote {file}: {counted(len(results), 'smoke test')}{taken}"
