"""Cron expressions as the API takes them: five POSIX fields, read by cronsim, without its extensions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from cronsim import CronSim, CronSimError

_NAMES = {"Bad minute": "minute", "Bad hour": "hour", "Bad day-of-month": "day of month", "Bad month": "month"}
_FIRST, _LAST = date(2025, 1, 1), date(2028, 12, 31)
"""Four years, so that a leap day is one of them."""


def cron_complaint(expression: str) -> str | None:
    """Say why a text is no cron expression, naming the field that is wrong; None if it is one."""
    if expression.startswith("@"):
        return "shortcuts such as @daily are not supported; write five fields"
    fields = expression.split()
    if len(fields) != 5:
        return f"must have five fields (minute hour day month weekday), not {len(fields)}"
    read = _read(expression)
    if isinstance(read, CronSim):
        return None
    if read == "day of month" and isinstance(_read(" ".join([*fields[:3], "1", *fields[4:]])), CronSim):
        return f"never happens: no month that is meant has a day {fields[2]}"
    return f"{read} is not valid"


def frequency_complaint(expression: str) -> str | None:
    """Say that a schedule fires more than once an hour; None if it does not, or cannot be read."""
    read = _read(expression) if cron_complaint(expression) is None else ""
    if not isinstance(read, CronSim) or len(read.minutes) == 1:
        return None
    times = len(read.minutes)
    return f"fires {times} times an hour: each one is a session that costs, and more than one an hour may be refused"


@cache
def firings(expression: str) -> int | None:
    """Count how often a schedule fires in four years, in any time zone; None if it cannot be read."""
    if (complaint := cron_complaint(expression)) is not None:
        return 0 if complaint.startswith("never happens") else None
    cron = CronSim(expression, datetime.now(UTC))
    days = (_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days + 1))
    return len(cron.minutes) * len(cron.hours) * sum(day.month in cron.months and cron.match_day(day) for day in days)


def _read(expression: str) -> CronSim | str:
    """Read five fields; the name of the field that is wrong where that fails."""
    try:
        cron = CronSim(expression, datetime.now(UTC))
    except CronSimError as error:
        return _NAMES.get(str(error), "day of week")
    # cronsim keeps L, LW and 5#2 as negative numbers and pairs. POSIX has none of them.
    if any(day < 0 for day in cron.days):
        return "day of month"
    return cron if all(isinstance(day, int) for day in cron.weekdays) else "day of week"
