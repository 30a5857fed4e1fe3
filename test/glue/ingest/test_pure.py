"""What needs no database: names, times, definitions, texts of statements."""

from __future__ import annotations

import ast
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_spark.contracts import Contract
from lake_spark.errors import ArgumentsError
from lake_spark.ingest.definition import Connection, load_table, table_of
from lake_spark.ingest.dialects import dialect_of
from lake_spark.ingest.dialects.dialect import FoundColumn
from lake_spark.ingest.dialects.mysql import MySql
from lake_spark.ingest.dialects.postgresql import PostgreSql
from lake_spark.ingest.moments import duration_of, moment_at, moment_of, text_of
from lake_spark.ingest.names import ingested_key, staging_prefix, table_id, window_version
from lake_spark.ingest.partitions import Parts, Splitter

from ..support import contract
from .support import SOURCE, table_document

HOST = {"engine": "postgresql", "host": "db.example", "port": 5432, "database": "d", "secret": "ssm:/x"}
START, STOP = (datetime(2026, 1, day, 10, tzinfo=timezone.utc) for day in (1, 2))  # noqa: UP017


def found(name: str, kind: str, precision: int = 0, scale: int = 0, nullable: bool = True) -> FoundColumn:
    return FoundColumn(name, kind, precision, scale, nullable)


@given(st.integers(min_value=-(10**16), max_value=10**17))
def test_moments_are_texts_that_sort_as_times_do(micros: int):
    moment = moment_at(micros)
    assert moment_of(text_of(moment)) == moment
    assert (text_of(moment) < text_of(moment + timedelta(microseconds=1))) is True


@pytest.mark.parametrize(
    "text", ["2026-01-31T10:00:00Z", "2026-01-31 10:00:00.000000Z", "2026-02-31T10:00:00.000000Z", ""]
)
def test_other_moments_are_refused(text: str):
    with pytest.raises(ValueError, match=r"moment|day"):
        moment_of(text)


def test_durations():
    assert duration_of("15m") == timedelta(minutes=15)
    assert duration_of("7d") == timedelta(days=7)
    with pytest.raises(ValueError, match="no duration"):
        duration_of("15 m")


def test_names_are_those_of_the_function():
    of: Contract = contract(id="sales/orders", dataset="orders")
    start, stop = "2026-01-01T10:00:00.000000Z", "2026-01-02T10:00:00.000000Z"
    orders = table_id("sales/shop", "orders")
    # sha256 of `sales/shop/orders|regular|2026-01-01T10:00:00.000000Z|2026-01-02T10:00:00.000000Z`
    assert ingested_key(of, orders, "regular", start, stop, 7) == (
        "sales/orders/ingest_date=2026-01-02/0f20981337e5ddb36aacbe922306652f-00007.parquet"
    )
    assert ingested_key(of, orders, "regular", None, stop, 7) != ingested_key(of, orders, "full", None, stop, 7)
    assert window_version(None, stop) == f"~{stop}"
    assert staging_prefix("sales/shop", "orders", 3) == "_staging/sales/shop/orders/3/"
    for strange in ("../x", "a//b", "50%", "é", 'x"; DROP TABLE y; --'):
        part = staging_prefix("sales/shop", strange, 3).split("/")[3]
        assert part.startswith("x-")
        assert len(part) == 34


def test_definitions_are_complete():
    document = table_document(window={"column": "at", "overlap": "15m", "lag": "2m", "timezone": "Europe/Berlin"})
    table = table_of(SOURCE, {"connection": HOST}, document)
    assert table.id == "sales/shop/t"
    assert table.window is not None
    assert table.window.timezone == "Europe/Berlin"
    assert table.partitioning.hash == ("id",)


@pytest.mark.parametrize(
    ("connection", "table", "said"),
    [
        ({"host": "x/y?sslmode=disable"}, {}, "no name and no address of a host"),
        ({"host": "managed:1\n"}, {}, "no name and no address of a host"),
        ({"port": 0}, {}, "port 0 is no whole number from 1 to 65535"),
        ({"port": "5432/x?"}, {}, "port '5432/x?' is no whole number"),
        ({"database": "a\0b"}, {}, "database"),
        ({}, {"name": "a\0b"}, "name"),
        ({}, {"fetch_size": True}, "fetch_size True"),
        ({}, {"partition": {"column": "", "count": 4}}, "partition.column"),
        ({}, {"partition": {"count": 100_000}}, "partition.count"),
        ({}, {"window": {"column": "at", "overlap": "15m; DROP", "lag": "2m"}}, "no duration"),
        ({}, {"window": {"overlap": "15m", "lag": "2m"}}, "'column' is missing"),
    ],
)
def test_hostile_definitions_are_refused(connection, table, said):
    with pytest.raises(ArgumentsError, match=r"stored definition of sales/shop/.* is broken") as caught:
        table_of(SOURCE, {"connection": {**HOST, **connection}}, table_document(**table))
    assert said in str(caught.value)


def test_what_is_not_deployed_is_named():
    class Empty:
        def get_item(self, **_):
            return {}

    with pytest.raises(ArgumentsError, match="sales/shop/orders is not defined in lake-ingestion: deploy"):
        load_table(Empty(), "lake-ingestion", "sales/shop", "orders")


def test_unknown_engines_are_refused():
    with pytest.raises(ArgumentsError, match="engine oracle is unknown: use one of postgresql, mysql"):
        dialect_of("oracle")


def test_databases_are_quoted_in_addresses():
    connection = Connection("postgresql", "db.example", 5432, "a/b?sslmode=disable&x", "ssm:/x")
    assert PostgreSql().url(connection) == "jdbc:postgresql://db.example:5432/a%2Fb%3Fsslmode%3Ddisable%26x"
    assert MySql().url(connection).startswith("jdbc:mysql://db.example:5432/a%2Fb%3Fsslmode%3Ddisable%26x?permit")


@pytest.mark.parametrize("driver", MySql.drivers)
def test_names_and_authorities_are_verified(driver: str):
    assert PostgreSql().properties("org.postgresql.Driver", "a.pem")["sslmode"] == "verify-full"
    settings = MySql().properties(driver, "a.pem")
    assert settings["sslMode"] in ("verify-full", "VERIFY_IDENTITY")
    assert "a.pem" in " ".join(settings.values())


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",))))
def test_mysql_cannot_be_left_by_any_text(text: str):
    name, literal = MySql().identifier(text), MySql().literal(text)
    assert name[0] == name[-1] == "`"
    assert name[1:-1].replace("``", "") == text.replace("`", "")
    assert literal == f"_utf8mb4 X'{text.encode().hex()}'"


def test_mysql_says_windows_and_parts_in_its_own_words():
    mysql = MySql()
    at = found("a`t", "datetime")
    assert mysql.within(at, "UTC", START, STOP) == (
        "`a``t` < TIMESTAMP'2026-01-02 10:00:00.000000' AND `a``t` >= TIMESTAMP'2026-01-01 10:00:00.000000'"
    )
    local = mysql.within(at, "Europe/Berlin", START, STOP)
    zone = f"_utf8mb4 X'{b'Europe/Berlin'.hex()}'"
    assert f"CONVERT_TZ(`a``t`, {zone}, '+00:00') < TIMESTAMP'2026-01-02 10:00:00.000000'" in local
    # An hour earlier, as an hour comes twice in autumn; and wide bounds for an index.
    assert f"CONVERT_TZ(`a``t`, {zone}, '+00:00') >= TIMESTAMP'2026-01-01 09:00:00.000000'" in local
    assert "`a``t` >= TIMESTAMP'2025-12-31 10:00:00.000000'" in local
    assert "MD5(CONCAT_WS('|', COALESCE(CAST(`id` AS CHAR), '')))" in mysql.hash([found("id", "int")])
    assert mysql.boundaries("(x) s", 4, 0) == (
        "SELECT CAST(MAX(p) AS CHAR) FROM (SELECT p, NTILE(4) OVER (ORDER BY p) AS tile FROM (x) s) t "
        "WHERE tile < 4 GROUP BY tile ORDER BY tile"
    )
    assert mysql.value("7", "bigint") == "CAST(_utf8mb4 X'37' AS DECIMAL(65,0))"
    assert mysql.session() == ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",)
    assert mysql.table("d`", "t") == "`d```.`t`"
    assert mysql.knows_zone("UTC").startswith("SELECT CONVERT_TZ(")
    assert mysql.export_snapshot() is None


@pytest.mark.parametrize(
    ("column", "wanted", "expression"),
    [
        (found("a", "int"), "int", "`a`"),
        (found("a", "int unsigned"), "int", None),
        (found("a", "int unsigned"), "bigint", "`a`"),
        (found("a", "bigint unsigned"), "bigint", None),
        (found("a", "bigint unsigned"), "decimal(20,0)", "CAST(`a` AS DECIMAL(20,0))"),
        (found("a", "decimal", 10, 2), "decimal(12,2)", "CAST(`a` AS DECIMAL(12,2))"),
        (found("a", "decimal", 10, 2), "decimal(10,3)", None),
        (found("a", "bit"), "boolean", "(`a` <> 0)"),
        (found("a", "date"), "date", "DATEDIFF(`a`, '1970-01-01')"),
        (found("a", "timestamp"), "timestamp", "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', `a`)"),
        (found("a", "varchar"), "string", "CAST(`a` AS CHAR)"),
        (found("a", "varchar"), "int", None),
        (found("a", "double"), "decimal(10,2)", None),
        (found("a", "blob"), "string", None),
    ],
)
def test_mysql_types(column, wanted, expression):
    transport = MySql().transport(column, wanted, None)
    assert (transport and transport.expression) == expression


def test_mysql_looks_for_dates_that_are_none():
    for kind, wanted in (("date", "date"), ("datetime", "timestamp")):
        transport = MySql().transport(found("a", kind), wanted, None)
        assert transport is not None
        assert transport.unfit == "CAST(`a` AS CHAR) LIKE '%-00%'"


def test_skew_is_the_largest_part_against_the_mean():
    by = Splitter("x", "x", "")
    assert Parts(by, ("a", "b"), (75, 25)).skew == 1.5
    assert Parts(by, ("a", "b"), (0, 0)).skew == 1.0


def test_the_code_is_python_3_9():
    root = Path(__file__).resolve().parents[3] / "glue"
    files = [root / "jobs" / "ingest.py", *(root / "lake_spark" / "ingest").rglob("*.py")]
    files += [
        root / "lake_spark" / f"{name}.py" for name in ("arguments", "column_types", "contracts", "entry", "errors")
    ]
    newer = {
        ("datetime", "UTC"),
        ("itertools", "pairwise"),
        ("enum", "StrEnum"),
        ("typing", "Self"),
        ("typing", "assert_never"),
    }
    assert sys.version_info >= (3, 9)
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(), feature_version=(3, 9))):
            assert not isinstance(node, ast.Match), file
            if isinstance(node, ast.ImportFrom):
                assert not {(node.module, alias.name) for alias in node.names} & newer, file
            if isinstance(node, ast.Call):
                strict = {keyword.arg for keyword in node.keywords} & {"strict", "slots", "kw_only"}
                assert not strict, f"{file}:{node.lineno} {strict}"
