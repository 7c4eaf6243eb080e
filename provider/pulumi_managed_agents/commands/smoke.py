"""`managed-agents smoke`: run tests outside an up, on the versions that the stage's state records."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.open_stage import open_and_announce
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.engine.stage_results import outputs_of, recorded_workspace, whole_number
from pulumi_managed_agents.errors import InputError, SmokeFailed
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.junit import write_report
from pulumi_managed_agents.output.reports import Report, deliver_result, keeps_standard_output
from pulumi_managed_agents.output.run_report import smoke_result
from pulumi_managed_agents.output.run_summary import REPLAY, serving_lines
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.release.serving import Serving


def smoke_stage(
    project: Path,
    stage: str,
    names: tuple[str, ...],
    *,
    emulator: bool,
    report: Path | None = None,
    reports: Sequence[Report] = (Report("text"),),
) -> None:
    """Run smoke tests on the versions that are deployed, even if files or live objects changed since.

    `report` takes the results as JUnit XML, `reports` as JSON.

    Raises:
        SmokeFailed: an assertion does not hold.
    """
    from pulumi_managed_agents.release.smoke_results import failure_messages

    console = Console(aside=keeps_standard_output(reports))
    opened = open_and_announce(project, stage, console.line, emulator=emulator)
    run = _run_tests(opened, names, console)
    if report:
        console.line(write_report(report, stage, run.tests, run.results))
    deliver_result(console, reports, lambda: smoke_result(stage, run.results))
    console.lines(serving_lines(run.serving, run.tests, run.results))
    if red := failure_messages(run.tests, run.results):
        has_transcript = any(result["transcript"] for result in run.results.values() if not result["passed"])
        raise SmokeFailed("\n".join([*red, *([REPLAY] if has_transcript else [])]))


@dataclass(frozen=True)
class _SmokeRun:
    """The tests that ran, a result for each, by name, and what the agents serve regardless of the results."""

    tests: Mapping[str, dict[str, Any]]
    results: Mapping[str, dict[str, Any]]
    serving: tuple[Serving, ...]


def _run_tests(opened: OpenStage, names: tuple[str, ...], console: Console) -> _SmokeRun:
    """Run the named tests, or all.

    Raises:
        InputError: there is no such test, or what it is about is not deployed.
        Refused: together they may cost more than the stage allows in one run.
    """
    from pulumi_managed_agents.smoke import run_all
    from pulumi_managed_agents.smoke.stage_tests import (
        CONCURRENCY,
        TRANSCRIPTS,
        must_be_affordable,
        runnable,
        stage_tests,
    )

    opened.learn_secrets()
    stage = opened.stage()
    resources = opened.engine.resources()
    deployed = _deployed(resources)
    for file in stage.smoke:
        if (not names or file.name in names) and file.agent not in deployed:
            up = command_line(f"up {stage.name}", emulator=bool(opened.emulator))
            raise InputError(f"{file.file}: {file.agent} is not deployed; run `{up}` first")
    tests = stage_tests(stage, deployed)
    if unknown := set(names) - tests.keys():
        raise InputError(f"no smoke test {', '.join(sorted(unknown))} (there is: {', '.join(sorted(tests)) or 'none'})")
    chosen = {name: test for name, test in tests.items() if not names or name in names}
    must_be_affordable(chosen.values(), stage.values.smoke.get("budget_usd"))
    with closing(opened.client()) as client, console.following("running smoke tests", len(chosen)):
        client.expect(recorded_workspace(resources))
        results = run_all(
            client,
            [runnable(name, test) for name, test in chosen.items()],
            directory=TRANSCRIPTS / stage.name,
            say=console.counting_tests,
            stop=threading.Event(),
            concurrency=stage.values.smoke.get("concurrency", CONCURRENCY),
            labels={"stage": stage.name},
        )
    serves = serving(outputs_of(resources, "SmokeTests"))
    return _SmokeRun(chosen, {result.name: result.as_record() for result in results}, serves)


@dataclass(frozen=True)
class _DeployedVersion:
    id: str
    version: Any = None


def _deployed(resources: Iterable[Mapping[str, Any]]) -> Mapping[str, _DeployedVersion]:
    agents = {}
    for resource in resources:
        about = resource["inputs"].get(RESOURCE)
        if about and resource["id"]:
            agents[about["name"]] = _DeployedVersion(resource["id"], whole_number(resource["outputs"].get("version")))
    return agents
