"""Names and values of databases are texts: none runs, none breaks a statement."""

from __future__ import annotations

import itertools

import pytest

from lake_spark.contracts import Column

from .support import Site, feed, quoted

#: Names and texts that statements made by concatenation would not survive.
HOSTILE = (
    'x"; DROP TABLE victim; --',
    "x'; DROP TABLE victim; --",
    "100%s %d %(x)s {} {0} $1 ? ?? :name",
    "back\\slash\\' \\\" \\\\",
    "x); DROP TABLE victim; --",
    "{fn now()} {d '2026-01-01'}",
    "$$; DROP TABLE victim; $$",
    "naïve Ünïcode 表 🚢",
    "/* comment */ -- and more",
    "a.b`c[d]e",
    " blank ",
    "../../up//down",
)
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def victim(site: Site):
    """A table that somebody may try to drop, by a user who could."""
    site.sql("CREATE TABLE IF NOT EXISTS victim (id int)")
    yield
    assert site.sql("SELECT count(*) FROM victim") == [[0]]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_can_be_read(site: Site, name: str):
    number = next(_numbers)
    schema, column, at, value = (f"{prefix}{number} {name}"[:60] for prefix in ("s", "c", "a", "v"))
    site.sql(f"CREATE SCHEMA {quoted(schema)}")
    site.sql(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO reader")
    ddl = (
        f"CREATE TABLE {{}} ({quoted(column)} int PRIMARY KEY, {quoted(at)} timestamptz NOT NULL, {quoted(value)} text)"
    )
    columns = (Column(column, "int", required=True), Column(at, "timestamp"), Column(value, "string"))
    table = feed(
        site,
        ddl,
        columns,
        name=name,
        schema=schema,
        key=(column,),
        window={"column": at, "overlap": "15m", "lag": "2m"},
        # The values are boundaries of parts.
        partition={"column": value, "count": 3},
    )
    for number_of_row in range(1, 151):
        text = f"{number_of_row:03}{HOSTILE[number_of_row % len(HOSTILE)]}"
        # Without parameters, whose places the client would look for in names.
        site.sql(
            f"INSERT INTO {quoted(schema)}.{quoted(name)} "
            f"VALUES ({number_of_row}, now() - interval '1 hour', $lake${text}$lake$)"
        )
    assert table.ingest() == "succeeded"
    assert table.ids() == list(range(1, 151))
    found = {row[column]: row[value] for row in table.frame().collect()}
    assert found == {number: f"{number:03}{HOSTILE[number % len(HOSTILE)]}" for number in range(1, 151)}
    assert "warning" not in table.history[-1]


def test_a_database_of_any_name_can_be_read(site: Site):
    database = 'sh/op?sslmode=disable&x="; DROP'
    site.postgres.execute(f"CREATE DATABASE {quoted(database)}")
    for statement in (
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL)",
        "INSERT INTO t VALUES (1, now() - interval '1 hour')",
        "GRANT SELECT ON t TO reader",
    ):
        site.postgres.execute(statement, database=database)
    columns = (Column("id", "int"), Column("at", "timestamp"))
    table = feed(site, None, columns, name="t")
    table.deploy(database=database)
    assert table.ingest() == "succeeded"
    assert table.ids() == [1]


@pytest.mark.parametrize("zone", ["UTC'; DROP TABLE victim; --", "\\'; DROP TABLE victim; --", 'UTC"', "posix/../UTC"])
def test_time_zones_are_texts(site: Site, zone: str):
    window = {"column": "at", "overlap": "15m", "lag": "2m", "timezone": zone}
    columns = (Column("id", "int"), Column("at", "timestamp"))
    table = feed(site, "CREATE TABLE {} (id int PRIMARY KEY, at timestamp NOT NULL)", columns, window=window)
    with pytest.raises(Exception, match="does not know the time zone"):
        table.ingest()


@pytest.mark.parametrize("setting", ["on", "off"])
def test_texts_are_texts_whatever_a_role_has_set(site: Site, setting: str):
    """With standard_conforming_strings off, a backslash escapes the quote that ends a plain literal."""
    site.sql(f"ALTER ROLE reader SET standard_conforming_strings = {setting}")
    try:
        columns = (Column("id", "string", required=True), Column("at", "timestamp"))
        ddl = "CREATE TABLE {} (id text PRIMARY KEY, at timestamptz NOT NULL)"
        table = feed(site, ddl, columns, partition={"column": "id", "count": 3})
        ids = sorted(f"{number:03}\\'; DROP TABLE victim; -- \\" for number in range(150))
        for text in ids:
            site.sql(f"INSERT INTO {table.name} VALUES (%s, now() - interval '1 hour')", [text])
        assert table.ingest() == "succeeded"
        assert table.ids() == ids
    finally:
        site.sql("ALTER ROLE reader RESET standard_conforming_strings")
