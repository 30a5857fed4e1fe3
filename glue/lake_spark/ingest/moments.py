"""Times and durations as the store of windows writes them: UTC, with microseconds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
_DURATION = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment_of(text: str) -> datetime:
    """`2026-01-31T10:00:00.000000Z` as a time. Raises ValueError for any other form."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} is no moment such as 2026-01-31T10:00:00.000000Z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def text_of(moment: datetime) -> str:
    """The inverse of `moment_of`. Texts compare as times do."""
    utc = moment.astimezone(timezone.utc)
    # strftime leaves out leading zeros of years on some systems.
    return f"{utc.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def moment_at(micros: int) -> datetime:
    """The time so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def now() -> datetime:
    """By this machine's clock: only for what people read, as windows go by the database's."""
    return datetime.now(timezone.utc)


def duration_of(text: str) -> timedelta:
    """`15m`, `24h` or `7d`. Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no duration such as 15m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
