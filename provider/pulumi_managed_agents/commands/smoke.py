"""Smoke tests outside an up: on the versions the stage's state records, whatever its files say by now."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import recorded_workspace
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.reconcile.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.engine.open_stage import OpenStage


@dataclass(frozen=True)
class _Recorded:
    id: str
    version: Any = None


@dataclass(frozen=True)
class Ran:
    """The tests that were run, and a result for each, by name."""

    tests: Mapping[str, dict[str, Any]]
    results: Mapping[str, dict[str, Any]]


def run_now(opened: OpenStage, names: tuple[str, ...], say: Callable[[str], None]) -> Ran:
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
    client, deployed = opened.client(), _deployed(resources)
    client.expect(recorded_workspace(resources))
    for file in stage.smoke:
        if (not names or file.name in names) and file.agent not in deployed:
            up = command_line(f"up {stage.name}", emulator=bool(opened.emulator))
            raise InputError(f"{file.file}: {file.agent} is not deployed; run `{up}` first")
    tests = stage_tests(stage, deployed)
    if unknown := set(names) - tests.keys():
        raise InputError(f"no smoke test {', '.join(sorted(unknown))} (there is: {', '.join(sorted(tests)) or 'none'})")
    chosen = {name: test for name, test in tests.items() if not names or name in names}
    must_be_affordable(chosen.values(), stage.values.smoke.get("budget_usd"))
    results = run_all(
        client,
        [runnable(name, test) for name, test in chosen.items()],
        directory=TRANSCRIPTS / stage.name,
        say=say,
        stop=threading.Event(),
        concurrency=stage.values.smoke.get("concurrency", CONCURRENCY),
        labels={"stage": stage.name},
    )
    return Ran(chosen, {result.name: result.as_record() for result in results})


def _deployed(resources: Iterable[Mapping[str, Any]]) -> Mapping[str, _Recorded]:
    found = {}
    for resource in resources:
        about = resource["inputs"].get(RESOURCE)
        if about and resource["id"]:
            version = resource["outputs"].get("version")
            found[about["name"]] = _Recorded(resource["id"], int(version) if isinstance(version, float) else version)
    return found
