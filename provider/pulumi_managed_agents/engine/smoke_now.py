"""Smoke tests outside an up: on the versions the stage's state records, whatever its files say by now."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.engine.opening import Opened


@dataclass(frozen=True)
class _Recorded:
    id: str
    version: Any = None


def run_now(opened: Opened, names: tuple[str, ...], say: Callable[[str], None]) -> list[str]:
    """Run the named tests, or all; one line per assertion that does not hold.

    Raises:
        InputError: there is no such test, or what it is about is not deployed.
    """
    from pulumi_managed_agents.smoke import run_all
    from pulumi_managed_agents.smoke.pins import failures
    from pulumi_managed_agents.smoke.stage_tests import CONCURRENCY, TRANSCRIPTS, runnable, stage_tests

    stage = opened.stage()
    deployed = _deployed(opened)
    for file in stage.smoke:
        if (not names or file.name in names) and file.agent not in deployed:
            raise InputError(f"{file.file}: {file.agent} is not deployed; run `managed-agents up {stage.name}` first")
    tests = stage_tests(stage, deployed)
    if unknown := set(names) - tests.keys():
        raise InputError(f"no smoke test {', '.join(sorted(unknown))} (there is: {', '.join(sorted(tests)) or 'none'})")
    chosen = {name: test for name, test in tests.items() if not names or name in names}
    results = run_all(
        opened.client(),
        [runnable(name, test) for name, test in chosen.items()],
        directory=TRANSCRIPTS / stage.name,
        say=say,
        stop=threading.Event(),
        concurrency=stage.values.smoke.get("concurrency", CONCURRENCY),
        labels={"stage": stage.name},
    )
    return failures(chosen, {result.name: result.as_record() for result in results})


def _deployed(opened: Opened) -> Mapping[str, _Recorded]:
    found = {}
    for resource in opened.engine.resources():
        about = resource["inputs"].get("__resource")
        if about and resource["id"]:
            version = resource["outputs"].get("version")
            found[about["name"]] = _Recorded(resource["id"], int(version) if isinstance(version, float) else version)
    return found
