"""Rows that a database has no more leave the tables when a list of its keys has come."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from lake_spark import key_lists
from lake_spark.column_types import schema_of
from lake_spark.contracts import Column

from .support import DAY, Lake, contract

SOURCE = "sales/shop/t"


def at(days):
    return DAY + timedelta(days=days)


def list_of(lake: Lake, of, keys, days, number=0):
    """A list of keys as ingestion publishes it."""
    columns = [column for column in of.columns if column.name in of.key]
    staged = lake.folder / f"staged-{days}-{number}-{of.dataset}"
    lake.spark.createDataFrame([(key,) for key in keys], schema_of(columns)).coalesce(1).write.parquet(str(staged))
    [file] = staged.glob("*.parquet")
    target = lake.folder / of.dataset / "_keys" / f"{at(days):%Y%m%dT%H%M%S%f}Z-{number}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    file.rename(target)
    return str(target)


def rows_at(lake: Lake, of, keys, days):
    """A window's file."""
    rows = [{"id": key, "n": days, "_source_object": SOURCE} for key in keys]
    return lake.raw_file(of, rows, _loaded_at=at(days))


def ids(lake: Lake, of):
    return [row["id"] for row in lake.rows(of)]


def test_rows_that_are_not_listed_leave_and_are_counted_apart(lake: Lake):
    of = contract()
    result = lake.refine(of, [rows_at(lake, of, "abc", 0), list_of(lake, of, "ac", 1)], "b1")
    assert ids(lake, of) == ["a", "c"]
    assert result["rows"]["in"] == result["rows"]["inserted"] == 3
    assert result["rows"]["gone"] == 1


def test_a_list_that_comes_again_changes_nothing(lake: Lake):
    of = contract()
    listed = list_of(lake, of, "b", 1)
    lake.refine(of, [rows_at(lake, of, "ab", 0), listed], "b1")
    result = lake.refine(of, [listed], "b2")
    assert (result["status"], result["rows"]["gone"], result["rows"]["in"]) == ("unchanged", 0, 0)
    assert ids(lake, of) == ["b"]


def test_rows_that_were_read_later_and_rows_of_files_stay(lake: Lake):
    of = contract()
    of_file = lake.raw_file(of, [{"id": "f"}])
    lake.refine(of, [rows_at(lake, of, "a", 0), rows_at(lake, of, "b", 2), of_file], "b1")
    lake.refine(of, [list_of(lake, of, "", 1)], "b2")
    assert ids(lake, of) == ["b", "f"]


def test_a_table_without_rows_empties_the_tables(lake: Lake):
    of = contract()
    lake.refine(of, [rows_at(lake, of, "ab", 0)], "b1")
    assert lake.refine(of, [list_of(lake, of, "", 1)], "b2")["rows"]["gone"] == 2
    assert ids(lake, of) == []


def test_a_list_before_all_rows_is_taken(lake: Lake):
    of = contract()
    assert lake.refine(of, [list_of(lake, of, "a", 1)], "b1")["status"] == "unchanged"


def test_masked_and_trimmed_keys_are_found_in_both_tables(lake: Lake):
    columns = (Column("id", "string", required=True, mask="hash"), Column("n", "int", mask="redact"))
    of = contract(*columns)
    lake.refine(of, [rows_at(lake, of, [" a", "b"], 0), list_of(lake, of, [" a"], 1)], "b1")
    assert [row["id"] for row in lake.rows(of, clear=True)] == ["a"]
    assert len(lake.rows(of)) == 1


def test_a_crash_between_the_two_tables_is_mended_by_the_retry(lake: Lake, monkeypatch):
    of = contract(Column("id", "string", required=True), Column("n", "int", mask="redact"))
    batch = [rows_at(lake, of, "ab", 0), list_of(lake, of, "a", 1)]
    remove = key_lists.remove_gone

    def crashing(*arguments):
        remove(*arguments)
        raise ConnectionError("the machine is gone")

    monkeypatch.setattr("lake_spark.refine.remove_gone", crashing)
    with pytest.raises(ConnectionError):
        lake.refine(of, batch, "b1")
    monkeypatch.undo()
    lake.refine(of, batch, "b1")
    for clear in (True, False):
        assert [row["id"] for row in lake.rows(of, clear)] == ["a"]


def test_whatever_the_order_the_last_list_leaves_what_the_database_has(lake: Lake):
    random = Random(7)
    of = contract()
    has: set[str] = set()
    batches = []
    for day in range(8):
        has -= {key for key in has if random.random() < 0.4}
        fresh = {key for key in "abcdefgh" if random.random() < 0.4}
        has |= fresh
        batches.append([rows_at(lake, of, fresh, day), list_of(lake, of, has, day)])
    *earlier, last = batches
    random.shuffle(earlier)
    for number, batch in enumerate([*earlier, last, last]):
        lake.refine(of, batch, f"b{number}")
    assert ids(lake, of) == sorted(has)
