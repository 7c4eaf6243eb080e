"""How often a cron schedule fires, so that a busier one can be told from one at another hour. Pure functions."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

from pulumi_managed_agents.preview.capability.widening import table

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
YEARS = (date(2025, 1, 1), date(2029, 1, 1))
"""Four years, so that a leap day is one of them."""

_PART = re.compile(r"(\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?")


def firings(schedule: Any) -> int | None:
    """How often a schedule fires in four years; None where it cannot be read."""
    expression = table(schedule).get("expression")
    return _firings(expression) if isinstance(expression, str) else None


@cache
def _firings(expression: str) -> int | None:
    fields = expression.split()
    if len(fields) != len(BOUNDS):
        return None
    sets = [_values(_numbered(field, place), *BOUNDS[place]) for place, field in enumerate(fields)]
    if any(values is None for values in sets):
        return None
    minutes, hours, days, months, weekdays = (values or set() for values in sets)
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    found = sum(
        _fires(day, days, {number % 7 for number in weekdays}, either=either) for day in _days() if day.month in months
    )
    return len(minutes) * len(hours) * found


def _fires(day: date, days: set[int], weekdays: set[int], *, either: bool) -> bool:
    """Where both the day and the weekday are restricted, either of them is enough, as POSIX has it."""
    by_day, by_weekday = day.day in days, day.isoweekday() % 7 in weekdays
    return by_day or by_weekday if either else by_day and by_weekday


def _days() -> list[date]:
    first, last = YEARS
    return [first + timedelta(days=number) for number in range((last - first).days)]


def _numbered(field: str, place: int) -> str:
    """A field with the names of months and weekdays as numbers."""
    names = {3: {name: number for number, name in enumerate(MONTHS, 1)}, 4: dict(zip(WEEKDAYS, range(7), strict=True))}
    known = names.get(place, {})
    return re.sub(r"[A-Za-z]{3}", lambda match: str(known.get(match[0].lower(), match[0])), field)


def _values(field: str, low: int, high: int) -> set[int] | None:
    """The numbers that a field stands for; None where it is no field of a cron."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        start = low if match[1] == "*" else int(match[2])
        # A step counts from a single number to the end of the range.
        end = int(match[3]) if match[3] else high if match[1] == "*" or match[4] else start
        found |= set(range(start, end + 1, int(match[4] or 1)))
    return found if found and found <= set(range(low, high + 1)) else None
