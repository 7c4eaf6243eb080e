"""The cost of a stage's smoke tests over time, as a chart of bars in SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.review.phrases import to_the_minute

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 60
"""How many bars there are at most: the newest."""
WIDTH, HEIGHT, GAP = 600.0, 120.0, 2.0


@dataclass(frozen=True)
class SmokeRun:
    """Tests that ended at one time, and their cost; what they were about, and whether they passed."""

    at: str
    cost_usd: float
    about: str
    passed: bool = True


@dataclass(frozen=True)
class Bar:
    """One bar, in the units of the drawing, with what it says."""

    x: float
    y: float
    width: float
    height: float
    run: SmokeRun


@dataclass(frozen=True)
class Chart:
    """The bars, oldest first, and what the highest of them costs."""

    bars: tuple[Bar, ...]
    most_usd: float
    total_usd: float
    first: str
    last: str
    left_out: int = 0


def chart(runs: Iterable[SmokeRun]) -> Chart | None:
    """The chart of what is known; None if nothing is."""
    known = sorted({run.at: run for run in runs if run.at}.values(), key=lambda run: run.at)
    shown = known[-MOST:]
    if not shown:
        return None
    most = max(run.cost_usd for run in shown) or 0.01
    step = WIDTH / max(len(shown), 12)
    bars = tuple(
        Bar(round(place * step, 1), round(HEIGHT - high, 1), round(step - GAP, 1), round(high, 1), run)
        for place, run in enumerate(shown)
        for high in [max(2.0, run.cost_usd / most * HEIGHT)]
    )
    total = sum(run.cost_usd for run in shown)
    return Chart(bars, most, total, to_the_minute(shown[0].at), to_the_minute(shown[-1].at), len(known) - len(shown))
