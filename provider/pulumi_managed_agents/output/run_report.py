"""What came of a run, for programs: every resource and what was done with it, every test and its result.

Pure functions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import error_text
from pulumi_managed_agents.engine.stage_results import subject_of, taken_over, test_results, tests_of
from pulumi_managed_agents.output.run_summary import DONE
from pulumi_managed_agents.release.serving import Serving, serving
from pulumi_managed_agents.smoke.result import SmokeResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.engine.events import ResourceStep, RunOutcome


@dataclass(frozen=True)
class DeployedResource:
    """A resource, and what was done with it.

    Attributes:
        kind: Its kind.
        name: Its name.
        action: Created, updated, replaced, removed, unchanged; or failed.
        id: The id of its object; empty if there is none.
        version: The version of its object; empty for a kind without versions.
        error: Why it failed, or empty.
    """

    kind: str
    name: str
    action: str
    id: str
    version: str
    error: str = ""


@dataclass(frozen=True)
class UpTest(SmokeResult):
    """A smoke test and its result.

    Attributes:
        taken_over: Whether it did not run now, so that its result is that of an earlier run.
    """

    taken_over: bool = False


@dataclass(frozen=True)
class UpReport:
    """A deployment of a stage.

    Attributes:
        stage: The stage.
        ok: Whether all of it worked and every test passed.
        seconds: How long it took.
        write_requests: How many writes the API was sent; null if nobody counts them, as on the real API.
        resources: Every resource.
        tests: Every smoke test.
        serving: What each agent serves now.
        errors: What went wrong, a text each.
    """

    stage: str
    ok: bool
    seconds: float
    write_requests: int | None
    resources: tuple[DeployedResource, ...]
    tests: tuple[UpTest, ...]
    serving: tuple[Serving, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class SmokeReport:
    """A run of smoke tests on the versions that are deployed.

    Attributes:
        stage: The stage.
        ok: Whether every test passed.
        tests: Every test that ran.
    """

    stage: str
    ok: bool
    tests: tuple[SmokeResult, ...]


def up_result(stage: str, outcome: RunOutcome, *, writes: int | None, seconds: float) -> dict[str, Any]:
    """An up as it is written; `writes` None is not known."""
    from pulumi_managed_agents.review.json import as_tree

    tests, earlier = test_results(outcome.steps), taken_over(outcome.steps)
    return as_tree(
        UpReport(
            stage=stage,
            ok=outcome.ok,
            seconds=round(seconds, 3),
            write_requests=writes,
            resources=tuple(_resources(outcome.steps)),
            tests=tuple(UpTest(**_known(name, test), taken_over=name in earlier) for name, test in tests.items()),
            serving=tuple(serving(tests_of(outcome.steps))),
            errors=tuple(error_text(error) for error in outcome.errors),
        )
    )


def smoke_result(stage: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A run of smoke tests as it is written."""
    from pulumi_managed_agents.review.json import as_tree

    tests = tuple(SmokeResult(**_known(name, result)) for name, result in results.items())
    return as_tree(SmokeReport(stage, all(test.passed for test in tests), tests))


def _resources(steps: Iterable[ResourceStep]) -> Iterator[DeployedResource]:
    for step in steps:
        subject = subject_of(step)
        if subject and step.op in DONE:
            action = "failed" if step.error else DONE[step.op]
            yield DeployedResource(subject.kind, subject.name, action, step.id, subject.version, step.error)


def _known(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a result; one that an earlier release recorded may lack something."""
    known = asdict(SmokeResult(name, passed=False))
    return {key: result.get(key, value) for key, value in known.items()}
