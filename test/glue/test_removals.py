"""Rows that a contract's column calls deleted leave the tables, once and for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lake_spark import merge
from lake_spark.contracts import Column
from lake_spark.refined_tables import refined_tables

from .support import DAY, Lake, contract

LATER, LATEST = DAY + timedelta(days=1), DAY + timedelta(days=2)


def deleting(**more):
    """A contract with rows that are deleted since some time, and a masked copy."""
    columns = (
        Column("id", "string", required=True, mask="hash"),
        Column("name", "string", required=True),
        Column("deleted_at", "timestamp", mask="redact"),
    )
    return contract(*columns, deleted_by="deleted_at", **more)


def row(key, name="x", deleted_at=None):
    return {"id": key, "name": name, "deleted_at": deleted_at}


def counted(result):
    """What became of the rows, without what did not occur."""
    return {name: rows for name, rows in result["rows"].items() if rows and name != "in"}


def test_a_deleted_row_leaves_both_tables_and_its_key_is_listed(lake: Lake):
    of = deleting()
    lake.refine(of, [lake.raw_file(of, [row("a"), row("b")])], "b1")
    file = lake.raw_file(of, [row("a", deleted_at=LATER), row("c", deleted_at=LATER)], _loaded_at=LATER)
    assert counted(lake.refine(of, [file], "b2")) == {"removed": 1, "unchanged": 1}
    assert [found["id"] for found in lake.rows(of, clear=True)] == ["b"]
    assert len(lake.rows(of)) == 1
    for target in refined_tables(of, "s3://anywhere"):
        listed = lake.spark.table(target.removals.full_name)
        assert listed.columns == ["id", "_loaded_at", "_source_object", "_source_version", "_source_row"]
        assert listed.count() == 2
        assert lake.catalogue.said[target.removals.short_name] == target.parameters
    assert [snapshot["lake.batch-id"] for snapshot in lake.snapshots(of)] == ["b1", "b2"]


def test_a_batch_that_comes_again_deletes_nothing_more_and_brings_nothing_back(lake: Lake):
    of = deleting()
    first = lake.raw_file(of, [row("a"), row("b")])
    second = lake.raw_file(of, [row("a", deleted_at=LATER)], _loaded_at=LATER)
    for number, file in enumerate([first, second]):
        lake.refine(of, [file], f"b{number}")
    for number, (file, expected) in enumerate(
        [(second, {"unchanged": 1}), (first, {"superseded": 1, "unchanged": 1}), (second, {"unchanged": 1})]
    ):
        result = lake.refine(of, [file], f"again{number}")
        assert (result["status"], counted(result)) == ("unchanged", expected)
    assert len(lake.snapshots(of)) == 2


def test_a_row_that_is_there_again_comes_back_and_can_be_deleted_again(lake: Lake):
    of = deleting()
    for number, deleted_at in enumerate([None, DAY, None, DAY]):
        rows = [row("a", name=str(number), deleted_at=deleted_at)]
        lake.refine(of, [lake.raw_file(of, rows, _loaded_at=DAY + timedelta(days=number))], f"b{number}")
        assert [found["name"] for found in lake.rows(of)] == ([] if deleted_at else [str(number)])


def test_only_the_latest_record_of_a_batch_tells(lake: Lake):
    of = deleting()
    rows = [row("a", deleted_at=DAY), {**row("a", "y"), "_loaded_at": LATER}, row("b"), row("b", deleted_at=DAY)]
    result = lake.refine(of, [lake.raw_file(of, rows)])
    assert [found["name"] for found in lake.rows(of)] == ["y"]
    assert counted(result) == {"inserted": 1, "unchanged": 1, "superseded": 2}


def test_rules_are_for_rows_that_stay(lake: Lake):
    of = deleting(quality=('ColumnValues "name" in ["x"]',))
    rows = [row("a"), row("b", name="y", deleted_at=DAY), row("c", name=" ", deleted_at=DAY)]
    result = lake.refine(of, [lake.raw_file(of, rows)])
    assert result["status"] == "succeeded"
    assert [outcome["outcome"] for outcome in result["quality"]] == ["Passed"]
    assert lake.refine(of, [lake.raw_file(of, rows[1:])], "b2")["quality"] == []
    assert lake.refine(of, [lake.raw_file(of, [row("d", name="y")])], "b3")["status"] == "refused"


def test_a_boolean_tells_too_and_no_value_is_no(lake: Lake):
    columns = (Column("id", "string", required=True), Column("is_deleted", "boolean"))
    of = contract(*columns, deleted_by="is_deleted")
    rows = [{"id": "a", "is_deleted": True}, {"id": "b", "is_deleted": False}, {"id": "c"}]
    lake.refine(of, [lake.raw_file(of, rows)])
    assert [found["id"] for found in lake.rows(of)] == ["b", "c"]


@pytest.mark.parametrize("crash_at", range(1, 5))
def test_a_crash_after_any_write_is_mended_by_the_retry(lake: Lake, monkeypatch, crash_at):
    of = deleting()
    lake.refine(of, [lake.raw_file(of, [row("a"), row("b")])], "b1")
    file = lake.raw_file(of, [row("a", deleted_at=LATER)], _loaded_at=LATER)
    statements = []
    run = merge._run

    def crashing(*arguments):
        run(*arguments)
        statements.append(arguments)
        if len(statements) == crash_at:
            raise ConnectionError("the machine is gone")

    monkeypatch.setattr(merge, "_run", crashing)
    with pytest.raises(ConnectionError):
        lake.refine(of, [file], "b2")
    monkeypatch.undo()
    lake.refine(of, [file], "b2")
    for clear in (True, False):
        assert [found["name"] for found in lake.rows(of, clear)] == ["x"]
        assert [snapshot["lake.batch-id"] for snapshot in lake.snapshots(of, clear)] == ["b1", "b2"]


def test_a_contract_that_begins_to_tell_deletes_from_then_on(lake: Lake):
    of = contract(Column("id", "string", required=True), Column("gone", "boolean"))
    file = lake.raw_file(of, [{"id": "a", "gone": True}, {"id": "b"}])
    lake.refine(of, [file], "b1")
    telling = contract(*of.columns, deleted_by="gone", id=of.id, dataset=of.dataset)
    assert counted(lake.refine(telling, [file], "b2")) == {"removed": 1, "unchanged": 1}
    assert [found["id"] for found in lake.rows(of)] == ["b"]
