"""Athena on Iceberg tables: their current state, earlier ones, and the tables about them."""

import pytest

from .iceberg_tables import EQUALITY_DELETES, IcebergTable
from .lake_tables import Lake

IDS = {"id": 1, "name": 2}
FIELDS = [(1, "id", "long"), (2, "name", "string")]


@pytest.fixture
def lake(aws, account):
    return Lake(aws, account)


@pytest.fixture
def table(lake):
    return IcebergTable(lake, "people", FIELDS)


def test_a_table_without_a_snapshot_is_empty(lake, table):
    assert lake.rows("SELECT count(*), max(id) FROM people") == [["0", None]]


def test_rows_of_all_files_without_those_that_were_deleted(lake, table):
    first = table.write("SELECT i AS id, 'a' || i AS name FROM range(4) AS r(i)", IDS)
    table.write("SELECT 10::BIGINT AS id, 'b' AS name", IDS)
    table.commit(100)
    table.delete_position(first, 0, 2)
    table.commit(200, "overwrite")
    assert lake.rows("SELECT name FROM people ORDER BY id") == [["a1"], ["a3"], ["b"]]
    execution = lake.run("SELECT count(*) FROM shop.people p WHERE p.id = 0")
    assert lake.lines(execution["QueryExecutionId"])[1] == ["0"]
    assert execution["Statistics"]["DataScannedInBytes"] > 0


def test_columns_are_known_by_their_ids(lake, table):
    table.write("SELECT 1::BIGINT AS id, 'old' AS name", IDS)
    table.commit(100)
    # Renamed, and another column under the old name.
    table.evolve([(1, "id", "long"), (2, "title", "string"), (3, "name", "double")])
    table.write("SELECT 2::BIGINT AS id, 'new' AS title, 0.5::DOUBLE AS name", {"id": 1, "title": 2, "name": 3})
    table.commit(200)
    assert lake.rows("SELECT id, title, name FROM people ORDER BY id") == [["1", "old", None], ["2", "new", "0.5"]]


def test_types_may_be_widened_and_nested(lake):
    struct = {"type": "struct", "fields": [{"id": 4, "name": "x", "type": "int", "required": False}]}
    array = {"type": "list", "element-id": 5, "element": "string", "element-required": False}
    fields = [(1, "n", "long"), (2, "at", "timestamptz"), (3, "s", struct), (6, "l", array), (7, "d", "decimal(10,2)")]
    table = IcebergTable(lake, "nested", fields)
    query = (
        "SELECT 1::INTEGER AS n, TIMESTAMPTZ '2026-01-02 03:04:05+00' AS at, {'x': 7} AS s, ['a'] AS l,"
        " 1.5::DECIMAL(10,2) AS d"
    )
    ids = {"n": 1, "at": 2, "s": {"__duckdb_field_id": 3, "x": 4}, "l": {"__duckdb_field_id": 6, "element": 5}, "d": 7}
    table.write(query, ids)
    table.commit(100)
    assert lake.rows("SELECT n, at, s.x, l[1], d FROM nested") == [
        ["1", "2026-01-02 03:04:05.000 UTC", "7", "a", "1.50"]
    ]


def test_earlier_states_are_read(lake, table):
    table.write("SELECT 1::BIGINT AS id, 'a' AS name", IDS)
    first = table.commit(1_700_000_000)
    table.evolve([(1, "id", "long"), (2, "title", "string")])
    table.write("SELECT 2::BIGINT AS id, 'b' AS title", {"id": 1, "title": 2})
    table.commit(1_700_000_100)
    assert lake.rows("SELECT count(*) FROM people") == [["2"]]
    # With the columns of that time.
    assert lake.rows(f"SELECT name FROM people FOR VERSION AS OF {first}") == [["a"]]
    then = "TIMESTAMP '2023-11-14 22:13:50 UTC'"
    assert lake.rows(f"SELECT p.name FROM people FOR TIMESTAMP AS OF {then} AS p") == [["a"]]
    both = (
        f"SELECT count(*) FROM people n LEFT JOIN people FOR VERSION AS OF {first} o ON o.id = n.id WHERE o.id IS NULL"
    )
    assert lake.rows(both) == [["1"]]
    assert lake.failure("SELECT * FROM people FOR VERSION AS OF 5").startswith("INVALID_ARGUMENTS: Iceberg snapshot ID")
    before = "SELECT * FROM people FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'"
    assert lake.failure(before).startswith("INVALID_ARGUMENTS: No version history")


def test_snapshots_history_and_files_are_tables(lake, table):
    table.write("SELECT 1::BIGINT AS id, 'a' AS name", IDS)
    table.commit(1_700_000_000, **{"added-records": "1", "lake.batch-id": "b-1"})
    table.write("SELECT 2::BIGINT AS id, 'b' AS name", IDS)
    table.commit(1_700_000_100, **{"added-records": "1"})
    assert lake.rows(
        "SELECT snapshot_id, parent_id, committed_at, operation, element_at(summary, 'lake.batch-id')"
        ' FROM "shop"."people$snapshots" ORDER BY committed_at'
    ) == [
        ["1000", None, "2023-11-14 22:13:20.000 UTC", "append", "b-1"],
        ["1001", "1000", "2023-11-14 22:15:00.000 UTC", "append", None],
    ]
    assert lake.rows('SELECT snapshot_id, is_current_ancestor FROM "people$history" ORDER BY 1') == [
        ["1000", "true"],
        ["1001", "true"],
    ]
    assert lake.rows('SELECT sum(record_count), count(*), min(file_format) FROM "people$files"') == [
        ["2", "2", "PARQUET"]
    ]
    assert "$partitions" in lake.failure('SELECT * FROM "people$partitions"')


def test_what_cannot_be_read_faithfully_is_refused(lake, table):
    table.write("SELECT 1::BIGINT AS id", {"id": 1}, EQUALITY_DELETES)
    table.commit(100)
    assert "equality deletes of the Iceberg table shop.people" in lake.failure("SELECT * FROM people")
    table.entries.clear()
    table.format_version = 3
    table.commit(200)
    assert "format version 3" in lake.failure("SELECT * FROM people")
    assert "Iceberg tables are written by Spark jobs" in lake.failure("INSERT INTO people VALUES (1, 'a')")
    assert "DROP TABLE of an Iceberg table" in lake.failure("DROP TABLE people")


def test_iceberg_and_files_are_joined(lake, table):
    table.write("SELECT 1::BIGINT AS id, 'a' AS name", IDS)
    table.commit(100)
    lake.put("plain/p.json", '{"id": 1, "n": 5}\n')
    serde = {"SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}
    lake.table("plain", {"id": "bigint", "n": "int"}, storage=serde)
    assert lake.rows("SELECT name, n FROM people JOIN plain USING (id)") == [["a", "5"]]
