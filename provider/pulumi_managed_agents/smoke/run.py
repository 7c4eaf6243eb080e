"""Running smoke tests against live agents: many side by side, one result per test, in the order of the tests."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.attempt import Attempt
from pulumi_managed_agents.smoke.leftovers import end_left_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.smoke.result import Result


def combine(results: Sequence[Result], pass_rate: float) -> Result:
    """The results of one test's runs as one.

    Time, tokens and cost are sums, tool uses stand one run after the other. Reply, session and transcript are those of
    the first run that failed where the test fails, else of the last run that passed. It is inconclusive while the runs
    that were inconclusive could have turned a failure into a pass.
    """
    if len(results) == 1:
        return results[0]
    good = [result for result in results if result.passed]
    bad = [result for result in results if not result.passed]
    needed = math.ceil(round(pass_rate * len(results), 9))
    passed = len(good) >= needed
    unsure = sum(not result.conclusive for result in bad)
    costs = [result.cost_usd for result in results if result.cost_usd is not None]
    return replace(
        good[-1] if passed else bad[0],
        passed=passed,
        failures=() if passed else _failures(results, needed),
        tools=tuple(tool for result in results for tool in result.tools),
        steps=sum(result.steps for result in results),
        seconds=round(sum(result.seconds for result in results), 3),
        tokens=sum(result.tokens for result in results),
        cost_usd=round(sum(costs), 6) if costs else None,
        conclusive=passed or len(good) + unsure < needed,
        runs=len(results),
        runs_passed=len(good),
    )


def _failures(results: Sequence[Result], needed: int) -> tuple[str, ...]:
    good = sum(result.passed for result in results)
    lines = [f"run {number}: {line}" for number, result in enumerate(results, 1) for line in result.failures]
    return (f"{needed} of {len(results)} runs should pass, {good} did", *lines)


if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.smoke.result import Result, Test

    Say = Callable[[str], None]


def run(
    client: Client,
    test: Test,
    *,
    directory: Path,
    say: Say,
    stop: threading.Event,
    labels: Mapping[str, str] | None = None,
) -> Result:
    """Run a test once, in a session of its own, and clean up: a passed session is deleted, a failed one archived.

    The transcript goes to `directory`, as a file of its own; `labels` become the session's metadata. No secret that
    this process knows reaches transcript, result or progress. Once `stop` is set the session is interrupted and
    deleted, and the result says so. A failure of the platform before anything was asserted is tried once more; a failed
    assertion never is.

    Raises:
        WrongWorkspace: the credential belongs to another workspace.
    """
    scrubber = KNOWN.scrubber()

    def note(text: str) -> None:
        say(scrubber.text(f"smoke {test.name}: {text}"))

    attempt = Attempt(client, test, directory, labels or {}, scrubber, note, stop)
    note("running")
    result, platform_failure = attempt.run()
    if platform_failure and not stop.is_set():
        note(f"{platform_failure}; trying once more in a new session")
        result, _ = attempt.run()
    kept = f"; session {result.session_id}, transcript {result.transcript}" if result.transcript else ""
    note(result.summary() + ("" if result.passed else kept))
    return result


def run_all(
    client: Client,
    tests: Sequence[Test],
    *,
    directory: Path,
    say: Say,
    stop: threading.Event,
    labels: Mapping[str, str] | None = None,
    concurrency: int = 8,
) -> tuple[Result, ...]:
    """Run tests side by side, each as often as its `repeat` says; one result per test, in the tests' order.

    The parameters are those of `run`; `say` is called from several threads. An error in one run stops the others.
    Sessions that killed runs of these labels left behind are deleted first.

    Raises:
        WrongWorkspace: the credential belongs to another workspace.
    """
    if tests:
        end_left_over(client, (test.target.agent_id for test in tests), labels or {}, say)

    def one(test: Test) -> Result:
        try:
            return run(client, test, directory=directory, say=say, stop=stop, labels=labels)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="smoke") as pool:
        runs = [[pool.submit(one, test) for _ in range(int(test.body.get("repeat") or 1))] for test in tests]
        try:
            results = [[each.result() for each in made] for made in runs]
        except BaseException:  # Ctrl-C included: let the pool wind down before it is left
            stop.set()
            raise
    return tuple(combine(made, test.body.get("pass_rate") or 1.0) for test, made in zip(tests, results, strict=True))
