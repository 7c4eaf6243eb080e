"""Whether a text is a cron expression the API takes: five POSIX fields, without the extensions of other crons."""

from __future__ import annotations

import re
from typing import Final

_FIELDS: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART: Final = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?")
_NAMES: Final = re.compile(r"[A-Za-z]{3}(-[A-Za-z]{3})?")


def cron_complaint(expression: str) -> str | None:
    """Says why a text is no cron expression, naming the field that is wrong."""
    if expression.startswith("@"):
        return "shortcuts such as @daily are not supported; write five fields"
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        return f"must have five fields (minute hour day month weekday), not {len(fields)}"
    pairs = zip(fields, _FIELDS, strict=True)
    wrong = next((f"{name} is not valid" for field, (name, *bounds) in pairs if not _is_valid(field, *bounds)), None)
    return wrong or _never(*fields[2:])


def _never(day: str, month: str, weekday: str) -> str | None:
    """Says so where no month that is meant has a day that is meant, as in 30 February."""
    if weekday != "*" or not day.isdigit() or _NAMES.search(month):  # days of the week are an alternative
        return None
    months = [number for number in range(1, 13) if any(_meets(number, part) for part in month.split(","))]
    if any(int(day) <= _LONGEST_MONTHS[number - 1] for number in months):
        return None
    return f"never happens: no month that is meant has a day {day}"


def _meets(number: int, part: str) -> bool:
    """Whether a number belongs to a part of a field: ``*``, ``3``, ``3-9``, ``*/2``, ``3-9/2``."""
    match = _PART.fullmatch(part)
    low, high, step = match.group(1, 2, 3) if match else (None, None, None)
    first = int(low or 1)
    last = int(high or (first if low and not step else 12))
    return first <= number <= last and (number - first) % int(step or 1) == 0


def _is_valid(field: str, low: int, high: int) -> bool:
    # Whether names of months and days are taken is not documented, so they pass.
    return all(bool(_NAMES.fullmatch(part)) or _in_bounds(part, low, high) for part in field.split(","))


def _in_bounds(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    numbers = [int(number) for number in match.group(1, 2) if number] if match else []
    return match is not None and numbers == sorted(numbers) and all(low <= number <= high for number in numbers)
