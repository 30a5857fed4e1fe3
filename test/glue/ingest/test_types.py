"""What a row of the database is in the raw zone and in the refined tables: exactly the same."""

from __future__ import annotations

import itertools
import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb

from lake_spark.column_types import schema_of
from lake_spark.contracts import LINEAGE, Column

from ..support import Lake
from .support import BUCKET, Site, feed, rows_of

COLUMNS = (
    Column("id", "bigint", required=True),
    Column("small", "int"),
    Column("price", "decimal(12,2)"),
    Column("big", "decimal(38,18)"),
    Column("loose", "decimal(20,4)"),
    Column("ratio", "double"),
    Column("is_open", "boolean"),
    Column("day", "date"),
    Column("seen", "timestamp"),
    Column("local", "timestamp"),
    Column("name", "string"),
    Column("token", "string"),
    Column("extra", "string"),
    Column("kind", "string"),
    Column("at", "timestamp", required=True),
)
DDL = """CREATE TABLE {} (unused bytea, "at" timestamptz NOT NULL, id bigserial PRIMARY KEY, small smallint,
price numeric(10,2), big numeric(38,18), loose numeric, ratio float8, is_open boolean, day date, seen timestamptz,
local timestamp, name varchar(200), token uuid, extra jsonb, kind %s)"""

#: Each with every value set differently; the times hurt programs that go through a machine's own zone.
ROWS = [
    ["-32768", "-99999999.99", "-99999999999999999999.999999999999999999", "1234567890123456.7891", "-1.5e300", "true",
     "0001-01-01", "0001-01-01 00:00:00+00", "0001-01-01 00:00:00", "a\nb", "00000000-0000-0000-0000-000000000000",
     '{"a": 1}', "big"],
    ["0", "0.01", "0.000000000000000001", "0.0001", "0.1", "false", "1582-10-10", "1899-12-31 23:59:59.999999+00",
     "2026-03-29 02:30:00", "ünï¢ødé 🚢 \\ ' \" % ?", "ffffffff-ffff-ffff-ffff-ffffffffffff", "[]", "small"],
    ["32767", "99999999.99", "99999999999999999999.999999999999999999", "-0.5000", "5e-324", "true", "9999-12-31",
     "9999-12-31 23:59:59.999999+00", "9999-12-31 23:59:59.999999", "x" * 200, None, None, None],
    ["1", "-0.00", "1", "-1", "NaN", None, "2026-02-28", "2026-10-25 00:30:00.123456+00", "2026-10-25 02:30:00.000001",
     "  blanks  ", None, '"text"', "big"],
    [None] * 13,
]  # fmt: skip


def test_every_type_arrives_exactly(site: Site, lake: Lake):
    site.sql("CREATE TYPE size AS ENUM ('small', 'big')")
    table = feed(site, DDL.replace("%s", "size"), COLUMNS, partition={"column": "id", "count": 2})
    names = "small, price, big, loose, ratio, is_open, day, seen, local, name, token, extra, kind"
    kinds = "smallint numeric numeric numeric float8 boolean date timestamptz timestamp varchar uuid jsonb size"
    casts = [f"%s::{kind}" for kind in kinds.split()]
    for row in ROWS:
        site.sql(f"INSERT INTO {table.name} ({names}, at) SELECT {', '.join(casts)}, now() - interval '1 hour'", row)
    # Enough for two parts.
    site.sql(f"INSERT INTO {table.name} (name, at) SELECT i, now() - interval '2 hours' FROM generate_series(1, 200) i")
    assert table.ingest() == "succeeded"

    frame = table.frame()
    expected = [*schema_of([*COLUMNS, *LINEAGE]).fields]
    assert [(field.name, field.dataType) for field in frame.drop("ingest_date").schema.fields] == [
        (field.name, field.dataType) for field in expected
    ]
    stored = {row["id"]: row.asDict() for row in frame.collect()}
    shown = """id, small, price, big, loose, ratio, is_open, day, seen AT TIME ZONE 'UTC', local, name, token::text,
    extra::text, kind::text, at AT TIME ZONE 'UTC'"""
    for values in site.sql(f"SELECT {shown} FROM {table.name}"):
        wanted = dict(zip([column.name for column in COLUMNS], values, strict=True))
        found = {name: stored[wanted["id"]][name] for name in wanted}
        if isinstance(wanted["ratio"], float) and math.isnan(wanted["ratio"]):
            assert math.isnan(found.pop("ratio"))
            del wanted["ratio"]
        assert found == wanted
    assert len(stored) == len(ROWS) + 200

    # Lineage: where from, which window, each row by a number of its own.
    stop = table.state["committed_stop"]
    assert {row["_source_object"] for row in stored.values()} == {table.id}
    assert {row["_source_version"] for row in stored.values()} == {f"~{stop}"}
    assert sorted(row["_source_row"] for row in stored.values()) == list(range(1, len(stored) + 1))
    assert {row["_loaded_at"] for row in stored.values()} == {datetime.fromisoformat(stop[:-1])}

    # Refine takes the files as they are.
    result = lake.refine(table.contract, table.files)
    assert result["status"] == "succeeded"
    assert result["rows"]["inserted"] == len(stored)
    columns = [column.name for column in COLUMNS if column.name not in ("ratio", "name")]
    refined = [{name: row[name] for name in columns} for row in lake.rows(table.contract)]
    raw = [{name: row[name] for name in columns} for _, row in sorted(stored.items())]
    assert refined == raw


def test_files_look_like_those_of_the_intake(site: Site):
    columns = (Column("id", "int"), Column("price", "decimal(10,2)"), Column("day", "date"), Column("at", "timestamp"))
    ddl = "CREATE TABLE {} (id int PRIMARY KEY, price numeric(10,2), day date, at timestamptz NOT NULL)"
    table = feed(site, ddl, columns)
    site.sql(f"INSERT INTO {table.name} VALUES (1, 1.25, '2026-01-01', now() - interval '1 hour')")
    assert table.ingest() == "succeeded"
    key = table.keys(f"{table.contract.domain}/{table.contract.dataset}/")[0]
    file = site.folder / "intake.parquet"
    site.s3.download_file(BUCKET, key, str(file))
    described = duckdb.sql(f"SELECT name, type, converted_type FROM parquet_schema('{file}') WHERE type IS NOT NULL")
    types = {name: (kind, converted) for name, kind, converted in described.fetchall()}
    assert types["price"] == ("INT64", "DECIMAL")
    assert types["day"] == ("INT32", "DATE")
    assert types["at"][0] == types["_loaded_at"][0] == "INT64"
    read = duckdb.sql(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
    # A time without a zone, as those that come in files.
    assert {name: kind for name, kind, *_ in read} == {
        "id": "INTEGER",
        "price": "DECIMAL(10,2)",
        "day": "DATE",
        "at": "TIMESTAMP",
        "_source_object": "VARCHAR",
        "_source_version": "VARCHAR",
        "_source_row": "BIGINT",
        "_loaded_at": "TIMESTAMP",
    }
    compression = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{file}')").fetchall()
    assert compression == [("ZSTD",)]
    tags = site.s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    assert tags == [{"Key": "classification", "Value": "proprietary"}]


LOCAL = "CREATE TABLE {} (id int PRIMARY KEY, at timestamp NOT NULL)"
LOCAL_COLUMNS = (Column("id", "int", required=True), Column("at", "timestamp", required=True))


def test_an_hour_that_comes_twice_loses_no_row(site: Site):
    window = {"column": "at", "overlap": "1m", "lag": "1m", "timezone": "Europe/Berlin"}
    table = feed(site, LOCAL, LOCAL_COLUMNS, window={**window, "overlap": "0m"}, partition={"column": "id", "count": 1})
    # One row each ten minutes around the end of summer time, as a clock on the wall shows it.
    begin = datetime(2025, 10, 25, 23, 0)
    site.sql(
        f"INSERT INTO {table.name} SELECT i, (%s::timestamp + i * interval '10 minutes') AT TIME ZONE 'UTC' "
        "AT TIME ZONE 'Europe/Berlin' FROM generate_series(0, 20) i",
        [begin],
    )
    moments = [begin + timedelta(minutes=30 * step) for step in range(8)]
    for start, stop in itertools.pairwise(moments):
        table.ingest_between(start, stop)
    found = rows_of(table.frame(), "id", "at")
    assert [row["id"] for row in found] == list(range(21))
    real = [begin + timedelta(minutes=10 * number) for number in range(21)]
    for row, moment in zip(found, real, strict=True):
        # The first pass of the hour is taken for the second: an hour late, and never early.
        assert row["at"] - moment in (timedelta(0), timedelta(hours=1))


def test_windows_are_half_open_to_the_microsecond(site: Site):
    table = feed(site, LOCAL, LOCAL_COLUMNS, window={"column": "at", "overlap": "0m", "lag": "0m", "timezone": "UTC"})
    base = datetime(2026, 1, 1, 10)
    tick = timedelta(microseconds=1)
    for number, moment in enumerate([base - tick, base, base + tick, base + 5 * tick, base + 6 * tick]):
        site.sql(f"INSERT INTO {table.name} VALUES (%s, %s)", [number, moment])
    table.ingest_between(base, base + 6 * tick)
    assert table.ids() == [1, 2, 3]
    assert {row["at"] for row in table.frame().collect()} == {base, base + tick, base + 5 * tick}


def test_a_dates_only_table_is_read_as_a_whole(site: Site):
    columns = (Column("id", "int", required=True), Column("day", "date"))
    table = feed(
        site, "CREATE TABLE {} (id int PRIMARY KEY, day date)", columns, window=None, full_load=True,
        partition={"hash": ["id"], "count": 2},
    )  # fmt: skip
    site.sql(f"INSERT INTO {table.name} VALUES (1, '1582-10-05'), (2, NULL), (3, '2026-01-01')")
    assert table.ingest() == "succeeded"
    assert rows_of(table.frame(), "id", "day") == [
        {"id": 1, "day": date(1582, 10, 5)},
        {"id": 2, "day": None},
        {"id": 3, "day": date(2026, 1, 1)},
    ]
    assert "committed_stop" not in table.state
    # Whole again, under other names.
    first = table.files
    assert table.ingest() == "succeeded"
    assert len(table.files) == 2 * len(first)


def test_decimals_keep_every_digit(site: Site):
    columns = (Column("id", "int", required=True), Column("n", "decimal(38,10)"), Column("at", "timestamp"))
    table = feed(site, "CREATE TABLE {} (id int PRIMARY KEY, n numeric(30,10), at timestamptz NOT NULL)", columns)
    value = Decimal("12345678901234567890.1234567891")
    site.sql(f"INSERT INTO {table.name} VALUES (1, %s, now() - interval '1 hour')", [value])
    table.ingest()
    assert table.frame().first()["n"] == value
