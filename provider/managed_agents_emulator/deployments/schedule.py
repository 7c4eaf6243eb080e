"""Cron schedules: which expressions are allowed, and when they come due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SEARCHED_DAYS = 366 * 5


@dataclass(frozen=True)
class Cron:
    """The minutes, hours, days, months and weekdays (0 is Sunday) of a five-field POSIX expression."""

    minutes: list[int]
    hours: list[int]
    days: list[int]
    months: list[int]
    weekdays: list[int]
    either_day: bool

    def upcoming(self, zone: ZoneInfo, after: datetime, count: int) -> list[datetime]:
        """List the next `count` moments in UTC, fewer where the expression names none within five years."""
        return list(islice(self._moments(zone, after), count))

    def _moments(self, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
        start = after.astimezone(zone).date()
        for day in (start + timedelta(days=offset) for offset in range(_SEARCHED_DAYS)):
            if day.month not in self.months or not self._includes(day.day, day.isoweekday() % 7):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
                    if moment > after:
                        yield moment

    def _includes(self, day: int, weekday: int) -> bool:
        by_day, by_weekday = day in self.days, weekday in self.weekdays
        return by_day or by_weekday if self.either_day else by_day and by_weekday


def parse_cron(expression: str) -> Cron:
    """Read an expression. Raises `ValueError` for anything but five POSIX fields."""
    fields = expression.lower().split()
    if len(fields) != 5:
        raise ValueError("must have five fields: minute, hour, day, month, weekday")
    minutes, hours, days, months, weekdays = fields
    return Cron(
        _values(minutes, 0, 59),
        _values(hours, 0, 23),
        _values(days, 1, 31),
        _values(months, 1, 12, _MONTHS),
        sorted({value % 7 for value in _values(weekdays, 0, 7, _WEEKDAYS)}),
        # POSIX: where both days are restricted, either is enough.
        either_day=not days.startswith("*") and not weekdays.startswith("*"),
    )


def zone_of(name: str) -> ZoneInfo:
    """Find an IANA time zone. Raises `ValueError` for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone") from None


def _values(field: str, low: int, high: int, names: Sequence[str] = ()) -> list[int]:
    numbers = {name: number for number, name in enumerate(names, low)}
    values: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, last = (low, high) if span == "*" else _span(span, numbers)
        if not low <= first <= last <= high or (slash and not (step.isdecimal() and int(step) > 0)):
            raise ValueError(f"{part!r} is not allowed in a field from {low} to {high}")
        values.update(range(first, last + 1, int(step or 1)))
    return sorted(values)


def _span(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    begin = _number(first, numbers)
    return begin, _number(last, numbers) if dash else begin


def _number(text: str, numbers: dict[str, int]) -> int:
    if text not in numbers and not text.isdecimal():
        raise ValueError(f"{text!r} is not a number")
    return numbers[text] if text in numbers else int(text)
