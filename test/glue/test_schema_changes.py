"""Contracts change while their tables stay."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lake_spark.column_types import spark_type
from lake_spark.contracts import Column
from lake_spark.errors import SchemaRefusedError
from lake_spark.refined_tables import refined_tables
from lake_spark.tables import apply_changes, planned_changes

from .support import DAY, Lake, changed, contract, table_name

ID = Column("id", "string", required=True)
LATER = DAY + timedelta(days=1)


def test_columns_may_come_and_go(lake: Lake):
    of = contract(ID, Column("old", "int"))
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "old": 1}, {"id": "b", "old": 2}])], "b1")
    new = changed(of, columns=(ID, Column("new", "string", "It's new")))
    file = lake.raw_file(new, [{"id": "a", "new": "x"}, {"id": "c", "new": "y"}], _loaded_at=LATER)
    result = lake.refine(new, [file], "b2")
    assert result["status"] == "succeeded"
    # What the contract no longer has is kept where it was, and is empty in new rows.
    stored = lake.spark.table(table_name(of)).select("id", "new", "old").orderBy("id").collect()
    assert [tuple(row) for row in stored] == [("a", "x", 1), ("b", None, 2), ("c", "y", None)]
    fields = lake.spark.table(table_name(of)).schema
    assert fields.names[:3] == ["id", "new", "old"]
    assert fields["new"].metadata["comment"] == "It's new"
    # Also when no row has to be updated.
    added = lake.raw_file(new, [{"id": "d", "new": "z"}], _loaded_at=LATER)
    assert lake.refine(new, [added], "b3")["rows"]["inserted"] == 1


def test_types_may_widen_and_old_files_are_still_read(lake: Lake):
    of = contract(ID, Column("n", "int"), Column("price", "decimal(9,2)"))
    old = lake.raw_file(of, [{"id": "a", "n": 2**31 - 1, "price": Decimal("1234567.89")}])
    lake.refine(of, [old], "b1")
    wide = changed(of, columns=(ID, Column("n", "bigint"), Column("price", "decimal(12,2)")))
    new = lake.raw_file(wide, [{"id": "b", "n": 2**40, "price": Decimal("1234567890.12")}], _loaded_at=LATER)
    # A file that was written before the change may come after it.
    result = lake.refine(wide, [new, old], "b2")
    assert result["rows"] == {
        "in": 2,
        "inserted": 1,
        "updated": 0,
        "removed": 0,
        "unchanged": 1,
        "superseded": 0,
        "refused": 0,
    }
    assert [(row["n"], row["price"]) for row in lake.rows(wide)] == [
        (2**31 - 1, Decimal("1234567.89")),
        (2**40, Decimal("1234567890.12")),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bigint", "int"),
        ("int", "string"),
        ("string", "int"),
        ("decimal(10,2)", "decimal(10,3)"),
        ("decimal(10,2)", "decimal(8,2)"),
        ("date", "timestamp"),
        ("int", "double"),
    ],
)
def test_other_types_are_refused(spark, before, after):
    of = contract(ID, Column("v", before), Column("w", before))
    [old] = refined_tables(of, "/tmp/never-written")
    apply_changes(spark, planned_changes(spark, old.table))
    [new] = refined_tables(changed(of, columns=(ID, Column("v", after), Column("w", after))), "/tmp/never-written")
    with pytest.raises(SchemaRefusedError) as refused:
        planned_changes(spark, new.table)
    # All problems at once, and what to do.
    name = spark_type(before).simpleString()
    assert f"v is {name} and cannot become {after}; w is {name}" in str(refused.value)
    assert "give the column a new name" in str(refused.value)


def test_a_refused_change_comes_before_anything_is_written(lake: Lake):
    of = contract(ID, Column("v", "bigint"))
    lake.refine(of, [lake.raw_file(of, [{"id": "a"}])], "b1")
    new = changed(of, columns=(ID, Column("v", "int")))
    result = lake.refine(new, [lake.raw_file(new, [{"id": "b"}])], "b2")
    assert result["status"] == "refused"
    assert result["rows"] == {
        "in": 1,
        "inserted": 0,
        "updated": 0,
        "removed": 0,
        "unchanged": 0,
        "superseded": 0,
        "refused": 1,
    }
    assert len(lake.snapshots(of)) == 1


def test_files_of_another_type_are_refused_by_name(lake: Lake):
    of = contract(ID, Column("v", "int"))
    file = lake.raw_file(of, [{"id": "a", "v": 1}])
    result = lake.refine(changed(of, columns=(ID, Column("v", "string"))), [file, file])
    assert result["status"] == "refused"
    assert f"v of {file} is int and not string" in result["reason"]
    assert result["rows"]["in"] == result["rows"]["refused"] == 1


@pytest.mark.parametrize(("before", "after"), [(None, "hash"), ("hash", None), ("hash", "partial")])
def test_masks_cannot_change_under_stored_rows(spark, before, after):
    of = contract(ID, Column("v", "string", mask=before))
    for target in refined_tables(of, "/tmp/never-written"):
        apply_changes(spark, planned_changes(spark, target.table))
    new = refined_tables(changed(of, columns=(ID, Column("v", "string", mask=after))), "/tmp/never-written")
    with pytest.raises(SchemaRefusedError, match="drop the dataset's refined tables and refine all of its raw files"):
        planned_changes(spark, new[-1].table)


def test_nothing_is_planned_for_a_table_that_is_as_described(spark):
    of = contract(Column("id", "string", "It's \\ said", required=True), Column("v", "string", mask="hash"))
    for target in refined_tables(of, "/tmp/never-written"):
        apply_changes(spark, planned_changes(spark, target.table))
        assert planned_changes(spark, target.table) == []


def test_descriptions_follow_without_a_commit_of_data(lake: Lake):
    of = contract(Column("id", "string", "Old", required=True))
    file = lake.raw_file(of, [{"id": "a"}])
    lake.refine(of, [file], "b1")
    new = changed(of, columns=(Column("id", "string", "It's \\ new", required=True),), description="Other")
    assert lake.refine(new, [file], "b2")["status"] == "unchanged"
    assert lake.spark.table(table_name(of)).schema["id"].metadata["comment"] == "It's \\ new"
    assert len(lake.snapshots(of)) == 1
