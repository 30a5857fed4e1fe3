"""Rows that are deleted in a real database leave the refined table: marked ones at once, others by a list of keys."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from lake_spark.contracts import Column
from lake_spark.ingest.staging import RawZone
from lake_spark.ingest.store import WindowStore

from ..support import Lake
from .support import Feed, Site, feed
from .test_faults import InjectedError, after, before

COLUMNS = (
    Column("id", "int", required=True),
    Column("name", "string"),
    Column("deleted_at", "timestamp"),
    Column("at", "timestamp", required=True),
)
DDL = "CREATE TABLE {} (id int PRIMARY KEY, name text, deleted_at timestamptz, at timestamptz NOT NULL)"


@pytest.fixture
def table(site: Site) -> Feed:
    """A table of a hundred rows, whose keys are compared in each run after the first."""
    made = feed(site, DDL, COLUMNS, deletes={"compare": "0m"})
    site.sql(
        f"INSERT INTO {made.name} SELECT i, 'n' || i, NULL, now() - interval '1 hour' FROM generate_series(1, 100) i"
    )
    return made


def in_database(table: Feed) -> list[int]:
    return [row[0] for row in table.site.sql(f"SELECT id FROM {table.name} WHERE deleted_at IS NULL ORDER BY id")]


def refined(lake: Lake, table: Feed) -> list[int]:
    lake.refine(table.contract, table.files)
    return [row["id"] for row in lake.rows(table.contract)]


def lists(table: Feed) -> list[str]:
    return [file for file in table.files if "/_keys/" in file]


def test_rows_that_are_gone_leave_with_the_next_window(lake: Lake, table: Feed):
    assert table.ingest() == "succeeded"
    # With the first window there was nothing to compare.
    assert (lists(table), "compared_stop" in table.state) == ([], False)
    assert refined(lake, table) == list(range(1, 101))
    table.site.sql(f"DELETE FROM {table.name} WHERE id % 10 = 0")
    assert table.ingest() == "empty"
    assert table.history[-1]["keys"] == 90
    assert table.state["compared_stop"] == table.state["committed_stop"] == table.history[-1]["window_stop"]
    assert len(lists(table)) == 1
    assert refined(lake, table) == in_database(table)
    assert table.staged == []


def test_keys_are_listed_as_often_as_the_table_asks(lake: Lake, table: Feed):
    table.document["deletes"] = {"compare": "24h"}
    table.deploy()
    for listed in (0, 1, 1):
        table.ingest()
        assert len(lists(table)) == listed
    state = {name: value for name, value in table.state.items() if name not in ("pk", "sk")}
    table.put(f"state#{table.id}", "state", **{**state, "compared_stop": "2020-01-01T00:00:00.000000Z"})
    table.ingest()
    assert len(lists(table)) == 2


def test_a_table_that_does_not_ask_is_not_compared(lake: Lake, table: Feed):
    del table.document["deletes"]
    table.deploy()
    table.ingest()
    table.site.sql(f"DELETE FROM {table.name} WHERE id = 1")
    table.ingest()
    assert "keys" not in table.history[-1]
    assert refined(lake, table) == list(range(1, 101))


@pytest.mark.parametrize(
    "patch",
    [
        before(RawZone, "write_keys"),
        after(RawZone, "write_keys"),
        before(WindowStore, "decide"),
        after(WindowStore, "decide"),
        after(RawZone, "publish"),
        before(WindowStore, "finish"),
    ],
)
def test_a_fault_with_a_list_is_healed_by_the_next_run(lake: Lake, table: Feed, monkeypatch, patch):
    table.ingest()
    table.site.sql(f"DELETE FROM {table.name} WHERE id <= 50")
    table.site.sql(f"UPDATE {table.name} SET at = now() - interval '3 minutes' WHERE id = 51")
    with monkeypatch.context() as patched:
        patch(patched)
        with pytest.raises(InjectedError):
            table.ingest()
    assert "compared_stop" not in table.state
    assert table.ingest() == "succeeded"
    assert len(lists(table)) == 1
    assert refined(lake, table) == in_database(table)


def test_marked_rows_leave_and_come_back_when_the_mark_is_gone(lake: Lake, table: Feed):
    table.contract = replace(table.contract, deleted_by="deleted_at", latest_by="at")
    table.ingest()
    table.site.sql(f"UPDATE {table.name} SET deleted_at = now(), at = now() - interval '4 minutes' WHERE id <= 10")
    table.ingest()
    assert refined(lake, table) == in_database(table) == list(range(11, 101))
    table.site.sql(f"UPDATE {table.name} SET deleted_at = NULL, at = now() - interval '3 minutes' WHERE id = 5")
    table.ingest()
    assert refined(lake, table) == in_database(table) == [5, *range(11, 101)]


def test_whatever_is_deleted_and_inserted_in_between_the_tables_agree(lake: Lake, table: Feed):
    random = Random(11)
    for _ in range(4):
        table.ingest()
        assert refined(lake, table) == in_database(table)
        gone, back = random.sample(range(1, 120), 40), random.sample(range(1, 120), 20)
        table.site.sql(f"DELETE FROM {table.name} WHERE id = ANY(ARRAY{gone})")
        table.site.sql(
            f"INSERT INTO {table.name} SELECT i, 'new', NULL, now() - interval '3 minutes' FROM unnest(ARRAY{back}) i "
            "ON CONFLICT (id) DO UPDATE SET at = excluded.at"
        )
