"""Running smoke tests against live agents: several side by side, one result per test, in the order of the tests."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.release.smoke_results import is_cancelled, trace, traced_failures
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.attempt import Attempt
from pulumi_managed_agents.smoke.leftover_sessions import delete_leftovers
from pulumi_managed_agents.smoke.result import RepeatedResult

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.smoke.result import RunnableTest, SmokeResult

    Say = Callable[[str], None]


def run_all(
    client: Client,
    tests: Sequence[RunnableTest],
    *,
    directory: Path,
    say: Say,
    stop: threading.Event,
    labels: Mapping[str, str] | None = None,
    concurrency: int = 8,
) -> tuple[SmokeResult, ...]:
    """Run tests side by side, each as often as its `repeat` says; one result per test, in the tests' order.

    The parameters are those of `run`; `say` is called from several threads. An error in one run stops the others.
    The caller, who gets the results, says why a test failed. This function says it only where no caller can: of a
    failed run that the test's `pass_rate` allows, and after a stop.
    Sessions that killed runs with the same labels left behind are deleted first.

    Raises:
        WrongWorkspace: the credential belongs to another workspace.
    """
    if tests:
        delete_leftovers(client, (test.target.agent_id for test in tests), labels or {}, say)

    def run_or_stop_all(test: RunnableTest) -> SmokeResult:
        try:
            return run(client, test, directory=directory, say=say, stop=stop, labels=labels)
        # What breaks one run (not a failed assertion, which is a result) would break the others, which cost money.
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="smoke") as pool:
        futures = [
            [pool.submit(run_or_stop_all, test) for _ in range(int(test.body.get("repeat") or 1))] for test in tests
        ]
        try:
            results = [[future.result() for future in runs] for runs in futures]
        except BaseException:  # Ctrl-C included: without the stop, leaving the pool would wait for all tests
            stop.set()
            for begun in futures:
                _say_failures(_ended(begun), say)
            raise
    combined = tuple(
        combine(runs, test.body.get("pass_rate") or 1.0) for test, runs in zip(tests, results, strict=True)
    )
    for result, runs in zip(combined, results, strict=True):
        if stop.is_set() or result.passed:
            _say_failures(runs, say)
    return combined


def _ended(futures: Iterable[Future[SmokeResult]]) -> Iterator[SmokeResult]:
    """The results that there are."""
    return (future.result() for future in futures if future.done() and not future.exception())


def _say_failures(runs: Iterable[SmokeResult], say: Say) -> None:
    """Say why runs failed, except those that somebody cancelled."""
    for result in runs:
        record = result.as_record()
        for line in () if is_cancelled(record) else traced_failures(record):
            say(f"smoke {result.name}: one run failed: {line}")


def run(
    client: Client,
    test: RunnableTest,
    *,
    directory: Path,
    say: Say,
    stop: threading.Event,
    labels: Mapping[str, str] | None = None,
) -> SmokeResult:
    """Run a test once, in a new session, and clean up: a passed session is deleted, a failed one archived.

    The transcript becomes a file in `directory`; `labels` become metadata of the session. Secrets that this process
    knows are scrubbed from transcript, result and progress. Once `stop` is set, the session is interrupted and deleted,
    and the result says so. After a failure of the platform before anything was asserted the test is tried once more;
    after a failed assertion never.

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
    note(result.summary())
    return result


def combine(results: Sequence[SmokeResult], pass_rate: float) -> SmokeResult:
    """The results of one test's runs as one result.

    Time, tokens and cost are sums; tool uses are listed run after run. Reply, session and transcript are those of the
    last run that passed, or of the first that failed where the test fails. A failure is inconclusive if the
    inconclusive runs could have turned it into a pass.
    """
    if len(results) == 1:
        return results[0]
    good = [result for result in results if result.passed]
    bad = [result for result in results if not result.passed]
    # Rounded first: a binary fraction just above a whole number must not ask for one run more.
    needed = math.ceil(round(pass_rate * len(results), 9))
    passed = len(good) >= needed
    inconclusive = sum(not result.conclusive for result in bad)
    costs = [result.cost_usd for result in results if result.cost_usd is not None]
    summed = replace(
        good[-1] if passed else bad[0],
        passed=passed,
        failures=(),
        tools=tuple(tool for result in results for tool in result.tools),
        steps=sum(result.steps for result in results),
        seconds=round(sum(result.seconds for result in results), 3),
        tokens=sum(result.tokens for result in results),
        cost_usd=round(sum(costs), 6) if costs else None,
        conclusive=passed or len(good) + inconclusive < needed,
        runs=len(results),
        runs_passed=len(good),
    )
    if passed:
        return summed
    lines = [(f"{needed} of {len(results)} runs should pass, {len(good)} did", "")]
    for number, result in enumerate(results, 1):
        lines += [(f"run {number}: {line}", trace(result.as_record())) for line in result.failures]
    failures, traces = zip(*lines, strict=True)
    return RepeatedResult(**{**vars(summed), "failures": failures}, traces=traces)
