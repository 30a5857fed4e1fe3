"""Which versions of a table may go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .curate_inputs import INPUT


@dataclass(frozen=True)
class Version:
    """One version of a table."""

    id: int
    at: datetime


@dataclass(frozen=True)
class Retention:
    """What is kept of a table's past: whatever one of the two rules keeps."""

    #: How many of the newest versions.
    snapshots: int = 10
    #: How long each version.
    days: int = 7

    def __post_init__(self) -> None:
        if self.snapshots < 1 or self.days < 0:
            raise ValueError(f"{self} would expire what a table is: keep one snapshot at least, and 0 days or more")


def expirable(versions: Collection[Version], keep: Retention, pinned: Collection[int], now: datetime) -> list[int]:
    """Ids of the versions that nothing keeps, the oldest first. `pinned` are kept at any age."""
    newest_first = sorted(versions, key=lambda version: version.at, reverse=True)
    old = now - timedelta(days=keep.days)
    gone = [version.id for version in newest_first[keep.snapshots :] if version.at < old and version.id not in pinned]
    return gone[::-1]


def pins(made_of: Iterable[Mapping[str, str]]) -> set[int]:
    """The versions of inputs that marts name in their commits: what a mart is made of stays readable."""
    named = (value for summary in made_of for name, value in summary.items() if name.startswith(INPUT))
    return {int(value) for value in named if value.isdigit()}
