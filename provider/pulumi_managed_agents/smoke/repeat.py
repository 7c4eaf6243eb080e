"""A test that is run several times: one result, which passes when the wanted share of its runs does. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

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
