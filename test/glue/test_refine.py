"""Batches of raw files into refined tables."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from lake_spark.contracts import Column

from .support import DAY, Lake, contract


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
    assert result["rows"] == {"in": 2, "inserted": 2, "updated": 0, "unchanged": 0, "superseded": 0, "refused": 0}
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
    assert result["rows"] == {"in": 3, "inserted": 1, "updated": 1, "unchanged": 0, "superseded": 1, "refused": 0}
    assert [row["n"] for row in lake.rows(of)] == [10, 2, 3]
    assert lake.snapshots(of)[-1]["lake.batch-id"] == "b2"
