"""Parts of a read: each row in exactly one, and about as many rows in each, whatever the values are."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lake_spark.ingest import partitions
from lake_spark.ingest.columns import find_columns
from lake_spark.ingest.partitions import TOLERANCE, Parts, Splitter, split

from .support import Site, quoted

_numbers = itertools.count()

#: Values of a partition column for the row with the number `i` of 1 to `n`, and whether ranges of it can be balanced.
DISTRIBUTIONS = {
    "uniform": ("bigint", "i", True),
    "gaps that grow exponentially": ("float8", "exp(i / 20.0)", True),
    "one huge cluster": ("bigint", "CASE WHEN i <= 10 THEN i * 1000000000::bigint ELSE i END", True),
    "two far islands": ("bigint", "CASE WHEN i % 3 = 0 THEN 9000000000000000000 + i ELSE i END", True),
    "negative keys": ("bigint", "-i * 7919", True),
    "both ends of a type": (
        "bigint",
        "CASE WHEN i % 2 = 0 THEN 9223372036854775807 - i ELSE i - 9223372036854775807 END",
        True,
    ),
    "texts": ("text", "md5(i::text)", True),
    "texts that hurt": ("text", "'''); DROP TABLE y; -- \\ %s ? {d} $1 \"' || i", True),
    "identifiers": ("uuid", "md5(i::text)::uuid", True),
    "times": ("timestamptz", "'2026-01-01'::timestamptz + i * interval '1 microsecond'", True),
    "days": ("date", "'2000-01-01'::date + i::int", True),
    "numbers with a point": ("numeric", "i / 7.0", True),
    "four values": ("int", "i % 4", True),
    "some without a value": ("bigint", "CASE WHEN i % 10 = 0 THEN NULL ELSE i END", True),
    "NaN and infinity": (
        "float8",
        "CASE WHEN i % 10 = 0 THEN 'NaN'::float8 WHEN i % 10 = 1 THEN 'Infinity'::float8 ELSE i END",
        True,
    ),
    "all equal": ("int", "7", False),
    "quarters with one busy": ("int", "CASE WHEN i % 10 < 7 THEN 4 ELSE i % 4 END", False),
    "half without a value": ("bigint", "CASE WHEN i % 2 = 0 THEN NULL ELSE i END", False),
    "truth": ("boolean", "i % 2 = 0", False),
}


def made(site: Site, kind: str, value: str, rows: int) -> str:
    """A table with a key and a partition column."""
    name = f"parts{next(_numbers)}"
    site.sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY, v {kind})")
    site.sql(f"INSERT INTO {name} SELECT i, {value} FROM generate_series(1, {rows}) i")
    return name


def planned(site: Site, name: str, count: int, total: int | None = None) -> Parts:
    """The parts by `v`, or else by the key."""
    table = site.definition(name=name)
    database = site.open(table)
    with database.open() as session:
        session.begin()
        key, value = find_columns(session, database.dialect, table)
        dialect = database.dialect
        ranges = [Splitter("ranges of v", quoted("v"), value.type)] if value.type in dialect.ordered_types else []
        source = f"{dialect.table('public', name)} WHERE 1 = 1"
        if total is None:
            total = int(session.text(f"SELECT count(*) FROM {source}"))
        return split(session, dialect, source, total, count, [*ranges, Splitter("hash", dialect.hash([key]), "")])


def memberships(site: Site, name: str, parts: Parts) -> dict[int, int]:
    """How many rows are in how many parts."""
    fulfilled = " + ".join(f"(coalesce({condition}, false))::int" for condition in parts.conditions)
    expression = parts.splitter.expression
    counted = site.sql(
        f"SELECT n, count(*) FROM (SELECT {fulfilled} AS n FROM (SELECT {expression} AS p FROM {name}) s) t GROUP BY n"
    )
    return {int(n): int(rows) for n, rows in counted}


@pytest.mark.parametrize("count", [2, 4, 7])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_parts_are_balanced(site: Site, distribution: str, count: int):
    kind, value, _ = DISTRIBUTIONS[distribution]
    rows = count * 50
    name = made(site, kind, value, rows)
    parts = planned(site, name, count)
    assert len(parts.conditions) == len(parts.counts) == count
    assert sum(parts.counts) == rows
    assert memberships(site, name, parts) == {1: rows}
    assert parts.skew <= TOLERANCE


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_hash_is_used_only_where_ranges_cannot_be_balanced(site: Site, distribution: str):
    kind, value, is_balanced = DISTRIBUTIONS[distribution]
    parts = planned(site, made(site, kind, value, 4000), 4)
    assert parts.splitter.name == ("ranges of v" if is_balanced else "hash")
    if is_balanced:
        assert parts.warning is None
    elif kind != "boolean":
        assert parts.warning is not None
        assert "ranges of v: the largest part has" in parts.warning
        assert "read by hash" in parts.warning


@pytest.mark.parametrize("rows", [1, 2, 3, 49, 99])
def test_few_rows_need_few_parts(site: Site, rows: int):
    name = made(site, "bigint", "i", rows)
    parts = planned(site, name, 8)
    assert len(parts.conditions) == 1
    assert memberships(site, name, parts) == {1: rows}


def test_an_empty_table_is_one_part(site: Site):
    assert planned(site, made(site, "bigint", "i", 0), 8).counts == (0,)


@pytest.mark.parametrize("distribution", ["uniform", "texts", "two far islands", "some without a value"])
def test_samples_balance_large_tables(site: Site, distribution: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(partitions, "SAMPLED_ROWS", 10_000)
    kind, value, _ = DISTRIBUTIONS[distribution]
    name = made(site, kind, value, 60_000)
    parts = planned(site, name, 4)
    assert sum(parts.counts) == 60_000
    assert memberships(site, name, parts) == {1: 60_000}
    assert parts.splitter.name == "ranges of v"


def test_rows_without_any_unique_column_are_read_as_well_as_can_be(site: Site):
    name = f"parts{next(_numbers)}"
    site.sql(f"CREATE TABLE {name} (id bigint, v int)")
    site.sql(f"INSERT INTO {name} SELECT 1, i % 3 FROM generate_series(1, 1000) i")
    parts = planned(site, name, 2)
    # A third against two thirds is better than everything at once.
    assert parts.splitter.name == "ranges of v"
    assert max(parts.counts) < 700
    assert parts.warning is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 3)), min_size=1, max_size=400
    ),
    count=st.integers(1, 9),
)
def test_any_values_are_in_exactly_one_part(site: Site, values: list[int | None], count: int):
    name = f"parts{next(_numbers)}"
    site.sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY, v bigint)")
    site.sql(
        f"INSERT INTO {name} SELECT row_number() OVER (), v FROM unnest(%s::bigint[]) v",
        ["{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"],
    )
    parts = planned(site, name, count)
    assert memberships(site, name, parts) == {1: len(values)}
    if len(values) >= 50 * count:
        assert parts.skew <= TOLERANCE
    site.sql(f"DROP TABLE {name}")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=6),
        min_size=60,
        max_size=200,
    )
)
def test_any_texts_are_in_exactly_one_part(site: Site, values: list[str]):
    name = f"parts{next(_numbers)}"
    site.sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY, v text)")
    escaped = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    site.sql(f"INSERT INTO {name} SELECT row_number() OVER (), v FROM unnest(%s::text[]) v", ["{" + escaped + "}"])
    parts = planned(site, name, 3, total=max(150, len(values)))
    assert memberships(site, name, parts) == {1: len(values)}
    assert sum(parts.counts) == len(values)
    site.sql(f"DROP TABLE {name}")
