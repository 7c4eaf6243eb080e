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
    return next((f"{name} is not valid" for field, (name, *bounds) in pairs if not _is_valid(field, *bounds)), None)


def _is_valid(field: str, low: int, high: int) -> bool:
    # Whether names of months and days are taken is not documented, so they pass.
    return all(bool(_NAMES.fullmatch(part)) or _in_bounds(part, low, high) for part in field.split(","))


def _in_bounds(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    return match is not None and all(low <= int(number) <= high for number in match.group(1, 2) if number)
