"""Windows of a real database, one after another."""

from __future__ import annotations

from lake_spark.contracts import Column

from .support import feed

COLUMNS = (Column("id", "int", required=True), Column("name", "string"), Column("at", "timestamp", required=True))
DDL = "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz NOT NULL)"


def test_a_window_after_the_other(site):
    table = feed(site, DDL, COLUMNS)
    site.sql(
        f"INSERT INTO {table.name} SELECT i, 'n' || i, now() - interval '1 day' + i * interval '1 second' "
        "FROM generate_series(1, 500) i"
    )
    assert table.ingest() == "succeeded"
    assert table.ids() == list(range(1, 501))
    print(table.history, table.state, table.files, table.staged)
    assert table.windows == []
    assert table.ingest() == "empty"
