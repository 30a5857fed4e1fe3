"""When schedules of EventBridge Scheduler fire: `cron(...)`, `rate(...)` and `at(...)`.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_CRON = re.compile(r"cron\((.+)\)")


class ExpressionError(ValueError):
    """An expression is not one of Scheduler's."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    zone: ZoneInfo
    every: timedelta | None = None
    moment: datetime | None = None
    cron: tuple[str, ...] = ()

    def last_due(self, now: datetime, since: datetime) -> datetime | None:
        """The latest time after `since`, but not after `now`, at which the schedule fires."""
        if self.every is not None:
            passed = (now - since) // self.every
            return since + passed * self.every if passed > 0 else None
        if self.moment is not None:
            return self.moment if since < self.moment <= now else None
        minute = now.replace(second=0, microsecond=0)
        return minute if since < minute and _matches(self.cron, minute.astimezone(self.zone)) else None


def parse(text: str, timezone: str) -> Expression:
    """Reads an expression; ExpressionError where AWS refuses it."""
    try:
        zone = ZoneInfo(timezone)
    except Exception as error:
        raise ExpressionError(f"{timezone} is not a time zone") from error
    if found := _RATE.fullmatch(text):
        return Expression(zone, every=timedelta(**{f"{found[2]}s": int(found[1])}))
    if found := _AT.fullmatch(text):
        return Expression(zone, moment=datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(UTC))
    fields = found[1].split() if (found := _CRON.fullmatch(text)) else []
    if len(fields) != 6:
        raise ExpressionError(f"{text} is not cron with six fields, rate or at")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ExpressionError(f"{text}: one of day of month and day of week must be ?")
    expression = Expression(zone, cron=tuple(fields))
    # Every field is read once, so that a wrong one is known now rather than at some hour.
    for month in (1, 2):
        _matches(expression.cron, datetime(2024, month, 29, tzinfo=zone), everything=True)
    return expression


def _matches(cron: tuple[str, ...], at: datetime, *, everything: bool = False) -> bool:
    minute, hour, day, month, weekday, year = cron
    found = (
        _in(minute, at.minute, 0, 59),
        _in(hour, at.hour, 0, 23),
        _day_in(day, at),
        _in(month, at.month, 1, 12, _MONTHS),
        _weekday_in(weekday, at),
        _in(year, at.year, 1970, 2199),
    )
    # An hour that comes twice when clocks go back counts once.
    return all(found) and not (at.fold and not everything)


def _in(field: str, value: int, low: int, high: int, names: tuple[str, ...] = ()) -> bool:
    found = False
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first in ("*", "?") else _number(first, names, low)
        end = _number(last, names, low) if last else high if first in ("*", "?") or step else start
        if not (low <= start <= high and low <= end <= high) or (step and not step.isdecimal()) or step == "0":
            raise ExpressionError(f"{part} is not between {low} and {high}")
        found = found or (start <= value <= end and (value - start) % int(step or 1) == 0)
    return found


def _number(text: str, names: tuple[str, ...], low: int) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not text.isdecimal():
        raise ExpressionError(f"{text} is not a number")
    return int(text)


def _day_in(field: str, at: datetime) -> bool:
    if field == "L":
        return at.day == monthrange(at.year, at.month)[1]
    return _in(field, at.day, 1, 31)


def _weekday_in(field: str, at: datetime) -> bool:
    number = at.isoweekday() % 7 + 1
    if found := re.fullmatch(r"(\w+)#([1-5])", field):
        return number == _number(found[1], _DAYS, 1) and (at.day - 1) // 7 + 1 == int(found[2])
    if found := re.fullmatch(r"([1-7])L", field):
        return number == int(found[1]) and at.day + 7 > monthrange(at.year, at.month)[1]
    return _in(field, number, 1, 7, _DAYS)
