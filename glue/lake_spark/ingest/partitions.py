"""One read in several parts of about the same size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .columns import Selection
from .database import Session
from .dialects import Dialect
from .dialects.dialect import FoundColumn

#: How much larger than the mean the largest part may be.
TOLERANCE = 1.2
#: A part of fewer rows is not worth a connection, and one row more or less would unbalance it.
LEAST_ROWS = 50
#: From so many rows on, parts come from a sample: of so many rows, and of so many for each part. With them, the
#: standard deviation of a part's size is 2 % of it.
SAMPLED_ROWS, SAMPLED_ROWS_EACH = 100_000, 2_500

#: The name under which relations show by what they are split.
SPLIT = "p"


@dataclass(frozen=True)
class Splitter:
    """An expression of the database by whose order rows are split."""

    name: str
    expression: str
    type: str


@dataclass(frozen=True)
class Parts:
    """Conditions on SPLIT of which each row fulfils exactly one, and how many rows fulfil each."""

    splitter: Splitter
    conditions: tuple[str, ...]
    counts: tuple[int, ...]
    #: What people should know.
    warning: str | None = field(default=None, compare=False)

    @property
    def skew(self) -> float:
        """The largest part as a multiple of the mean."""
        total = sum(self.counts)
        return max(self.counts) * len(self.counts) / total if total else 1.0


def splitters(dialect: Dialect, selection: Selection, is_hash: bool) -> tuple[list[Splitter], str | None]:
    """By what to split, the best first, and what is wrong with what is configured. The last is a hash of the key."""
    by_key = _by_hash(dialect, selection.key)
    if not selection.split:
        return [by_key], None
    if is_hash:
        configured = _by_hash(dialect, selection.split)
        return [configured] if configured == by_key else [configured, by_key], None
    [column] = selection.split
    if column.type not in dialect.ordered_types:
        return [by_key], f"partition column {column.name} is {column.full_type}, which has no ranges"
    return [Splitter(f"ranges of {column.name}", dialect.identifier(column.name), column.type), by_key], None


def _by_hash(dialect: Dialect, columns: Sequence[FoundColumn]) -> Splitter:
    return Splitter(f"hash of {', '.join(column.name for column in columns)}", dialect.hash(columns), "")


def split(
    session: Session, dialect: Dialect, source: str, total: int, count: int, candidates: Sequence[Splitter]
) -> Parts:
    """The first candidate's parts that are balanced, or else the best. `source` is `<table> WHERE <condition>`.

    There are `count` parts, or fewer when there are not enough rows.
    """
    wanted = max(1, min(count, total // LEAST_ROWS))
    if wanted == 1:
        return Parts(candidates[-1], ("1 = 1",), (total,))
    tried = []
    for candidate in candidates:
        parts = _parts(session, dialect, source, total, wanted, candidate)
        tried.append(parts)
        if parts.skew <= TOLERANCE:
            break
    best = min(tried, key=lambda parts: parts.skew)
    refused = [parts for parts in tried if parts.skew > TOLERANCE]
    if not refused:
        return best
    said = [f"{parts.splitter.name}: the largest part has {parts.skew:.2f} times the mean" for parts in refused]
    warning = f"{'; '.join(said)}; read by {best.splitter.name}: choose a column with more and rarer values"
    return Parts(best.splitter, best.conditions, best.counts, warning)


def _parts(session: Session, dialect: Dialect, source: str, total: int, count: int, by: Splitter) -> Parts:
    shown = f"(SELECT {by.expression} AS {SPLIT} FROM {source}) s"
    # A hash is never missing.
    missing = int(session.text(f"SELECT count(*) - count({SPLIT}) FROM {shown}")) if by.type else 0
    sampled = max(SAMPLED_ROWS, SAMPLED_ROWS_EACH * count)
    sample = "" if total <= sampled else f" AND {dialect.sample(sampled / total)}"
    rows = session.rows(
        dialect.boundaries(f"(SELECT {by.expression} AS {SPLIT} FROM {source}{sample}) s", count, missing / total)
    )
    texts = [row[0] for row in rows if row[0] is not None]
    conditions = _conditions([_value(dialect, by, text) for text in texts], count)
    counted = ", ".join(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in conditions)
    [counts] = session.rows(f"SELECT {counted} FROM {shown}")
    return Parts(by, tuple(conditions), tuple(int(part or 0) for part in counts))


def _value(dialect: Dialect, by: Splitter, text: str) -> str:
    # Hashes are whole numbers that the database has made.
    return dialect.value(text, by.type) if by.type else str(int(text))


def _conditions(last_values: Sequence[str], count: int) -> list[str]:
    """Ranges that end with these values; rows without a value are in the first. Always as many as wanted."""
    if not last_values:
        return ["1 = 1", *["1 = 0"] * (count - 1)]
    first = f"({SPLIT} <= {last_values[0]} OR {SPLIT} IS NULL)"
    between = [f"({SPLIT} > {low} AND {SPLIT} <= {high})" for low, high in zip(last_values, last_values[1:])]
    ranges = [first, *between, f"({SPLIT} > {last_values[-1]})"]
    # A part of nothing but missing values has no last one.
    return [*ranges, *["1 = 0"] * (count - len(ranges))]
