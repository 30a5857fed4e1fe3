"""Batches of raw files into refined tables."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lake_spark import merge, refine
from lake_spark.contracts import Column
from lake_spark.snapshots import iceberg_table

from .support import DAY, Lake, contract, table_name


def test_a_batch_becomes_a_table_with_types_comments_and_lineage(lake: Lake):
    of = contract(
        Column("id", "string", "What it is", required=True),
        Column("n", "int"),
        Column("price", "decimal(10,2)"),
        Column("at", "timestamp"),
    )
    file = lake.raw_file(of, [{"id": "é", "n": 1, "price": Decimal("1.50"), "at": DAY}, {"id": "b"}])
    result = lake.refine(of, [file])
    assert result["status"] == "succeeded"
    assert result["rows"] == {
        "in": 2,
        "inserted": 2,
        "updated": 0,
        "removed": 0,
        "unchanged": 0,
        "superseded": 0,
        "refused": 0,
    }
    assert lake.rows(of) == [
        {"id": "b", "n": None, "price": None, "at": None},
        {"id": "é", "n": 1, "price": Decimal("1.50"), "at": DAY},
    ]
    table = f"refined_sales.{of.dataset}"
    assert result["tables"][table]["rows"] == 2
    assert lake.catalogue.said[table]["owner"] == "sales-data@example.com"
    assert lake.snapshots(of)[-1]["lake.batch-id"] == "b"


def test_a_batch_applied_twice_changes_nothing_and_commits_nothing(lake: Lake):
    of = contract()
    file = lake.raw_file(of, [{"id": "a", "n": 1}, {"id": "b", "n": 2}])
    first = lake.refine(of, [file], "b1")
    again = lake.refine(of, [file, file], "b2")
    assert again["status"] == "unchanged"
    assert again["rows"]["unchanged"] == 2
    assert again["tables"] == first["tables"]
    assert len(lake.snapshots(of)) == 1


def test_later_records_update_and_earlier_ones_do_not(lake: Lake):
    of = contract()
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "n": 1}, {"id": "b", "n": 2}])], "b1")
    later = lake.raw_file(of, [{"id": "a", "n": 10}, {"id": "c", "n": 3}], _loaded_at=DAY + timedelta(days=1))
    late = lake.raw_file(of, [{"id": "b", "n": 0}], _loaded_at=DAY - timedelta(days=1))
    result = lake.refine(of, [later, late], "b2")
    assert result["rows"] == {
        "in": 3,
        "inserted": 1,
        "updated": 1,
        "removed": 0,
        "unchanged": 0,
        "superseded": 1,
        "refused": 0,
    }
    assert [row["n"] for row in lake.rows(of)] == [10, 2, 3]
    assert lake.snapshots(of)[-1]["lake.batch-id"] == "b2"


def test_new_records_are_appended_and_those_that_came_along_again_are_not(lake: Lake):
    of = contract()
    old = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    lineage = {"_source_object": "s3://drop/x.csv", "_source_version": "v"}
    lake.refine(of, [lake.raw_file(of, old, **lineage)], "b1")
    result = lake.refine(of, [lake.raw_file(of, [*old, {"id": "c", "n": 3}], **lineage)], "b2")
    assert (result["rows"]["inserted"], result["rows"]["unchanged"]) == (1, 2)
    assert [row["n"] for row in lake.rows(of)] == [1, 2, 3]
    # No stored file was read or written for it.
    assert [commit["operation"] for commit in lake.commits(of)] == ["append", "append"]


def test_a_record_that_became_outdated_between_comparison_and_commit_is_not_written(lake: Lake, monkeypatch):
    of = contract()
    days = [lake.raw_file(of, [{"id": "a", "n": n}], _loaded_at=DAY + timedelta(days=n)) for n in (1, 2, 3)]
    lake.refine(of, [days[0]], "b1")
    lake.refine(of, [days[2]], "b3")
    before, meanwhile = [commit["snapshot_id"] for commit in lake.commits(of)]

    def show(snapshot: int) -> None:
        # As by another process: this session's cache hears nothing of it.
        iceberg_table(lake.spark, table_name(of)).manageSnapshots().setCurrentSnapshot(snapshot).commit()

    show(before)
    write = merge.write

    def late(*arguments):
        show(meanwhile)
        write(*arguments)

    monkeypatch.setattr(merge, "write", late)
    assert lake.refine(of, [days[1]], "b2")["rows"]["updated"] == 1
    assert lake.rows(of) == [{"id": "a", "n": 3}]


def test_of_equal_times_the_later_row_wins(lake: Lake):
    of = contract()
    file = lake.raw_file(of, [{"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "a", "n": 3}])
    result = lake.refine(of, [file])
    assert result["rows"] == {
        "in": 3,
        "inserted": 1,
        "updated": 0,
        "removed": 0,
        "unchanged": 0,
        "superseded": 2,
        "refused": 0,
    }
    assert lake.rows(of) == [{"id": "a", "n": 3}]


def test_the_contracts_own_time_comes_before_the_order_of_loading(lake: Lake):
    of = contract(Column("id", "string", required=True), Column("at", "timestamp"), latest_by="at")
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "at": DAY}, {"id": "b"}])], "b1")
    later = DAY + timedelta(days=1)
    file = lake.raw_file(of, [{"id": "a", "at": DAY - timedelta(hours=1)}, {"id": "b", "at": DAY}], _loaded_at=later)
    result = lake.refine(of, [file], "b2")
    assert (result["rows"]["updated"], result["rows"]["superseded"]) == (1, 1)
    assert [row["at"] for row in lake.rows(of)] == [DAY, DAY]


def test_an_empty_batch_makes_an_empty_table_and_no_commit(lake: Lake):
    of = contract(quality=("RowCount > 0",))
    for number, objects in enumerate([[], [lake.raw_file(of, [])]]):
        result = lake.refine(of, objects, f"b{number}")
        assert result["status"] == "unchanged"
        assert result["rows"]["in"] == 0
    assert lake.rows(of) == []
    assert lake.snapshots(of) == []


def test_texts_are_trimmed_and_blanks_are_no_value(lake: Lake):
    of = contract(Column("id", "string", required=True), Column("v", "string"))
    values = [" x ", "", "\u00a0\u200b", "a  b", "\tZoë\n", None]
    lake.refine(of, [lake.raw_file(of, [{"id": str(i), "v": value} for i, value in enumerate(values)])])
    assert [row["v"] for row in lake.rows(of)] == ["x", None, None, "a  b", "Zoë", None]


def test_five_hundred_columns(lake: Lake):
    wide = [Column(f"c{i}", "string" if i % 2 else "decimal(10,2)") for i in range(500)]
    of = contract(Column("id", "string", required=True), *wide)
    row = {"id": "a", **{c.name: "x" if c.type == "string" else Decimal("1.50") for c in wide}}
    lake.refine(of, [lake.raw_file(of, [row])], "b1")
    file = lake.raw_file(of, [{"id": "a", "c1": "y"}], _loaded_at=DAY + timedelta(days=1))
    assert lake.refine(of, [file], "b2")["rows"]["updated"] == 1
    assert lake.rows(of)[0]["c1"] == "y"


@pytest.mark.parametrize("crash_after", [1, 2])
def test_a_crash_between_the_two_tables_is_mended_by_the_retry(lake: Lake, monkeypatch, crash_after):
    of = contract(Column("id", "string", required=True), Column("v", "string", mask="redact"))
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "v": "1"}])], "b1")
    file = lake.raw_file(of, [{"id": "a", "v": "2"}, {"id": "b", "v": "3"}], _loaded_at=DAY + timedelta(days=1))
    writes = []
    write = merge.write

    def crashing(*arguments):
        write(*arguments)
        writes.append(arguments)
        if len(writes) == crash_after:
            raise ConnectionError("the machine is gone")

    monkeypatch.setattr(merge, "write", crashing)
    with pytest.raises(ConnectionError):
        lake.refine(of, [file], "b2")
    monkeypatch.undo()
    assert f"s3://meta/{of.id}/b2.json" not in lake.documents.written
    result = lake.refine(of, [file], "b2")
    assert [row["v"] for row in lake.rows(of, clear=True)] == ["2", "3"]
    assert [row["v"] for row in lake.rows(of)] == [None, None]
    for clear in (True, False):
        assert [snapshot["lake.batch-id"] for snapshot in lake.snapshots(of, clear)] == ["b1", "b2"]
    rows = result["rows"]
    assert rows["in"] == rows["inserted"] + rows["updated"] + rows["unchanged"] == 2


def test_a_failed_run_leaves_no_result(lake: Lake, monkeypatch):
    of = contract()
    # That way is for files of other types only: it would fail again, for whatever reason of its own.
    monkeypatch.setattr(refine, "read_files_of_old_contracts", None)
    with pytest.raises(Exception, match="PATH_NOT_FOUND"):
        lake.refine(of, ["/nowhere.parquet"])
    assert lake.documents.written == {}
