"""Whatever becomes of batches on their way, tables have the latest record of each key."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lake_spark import merge
from lake_spark.column_types import schema_of
from lake_spark.contracts import LINEAGE, Column
from lake_spark.latest import RECORDS, latest
from lake_spark.refined_tables import refined_tables
from lake_spark.tables import apply_changes, planned_changes

from .support import DAY, contract

COLUMNS = (Column("id", "string", required=True), Column("n", "int"), Column("at", "int"))

records = st.tuples(
    st.sampled_from("abcé"),
    # No value is older than any, and equal ones leave the decision to the order of loading.
    st.one_of(st.none(), st.integers(0, 2)),
    st.integers(0, 3),
    st.sampled_from(["s3://drop/x", "s3://drop/y"]),
)


@st.composite
def deliveries(draw: st.DrawFn):
    """Records, and batches of them: any split, any order, some more than once."""
    drawn = draw(st.lists(records, min_size=1, max_size=8))
    # One file has one record in each row.
    rows = [
        (key, number, at, source, "v1", number, DAY + timedelta(days=day))
        for number, (key, at, day, source) in enumerate(drawn)
    ]
    batches = draw(st.lists(st.lists(st.sampled_from(rows), max_size=6), min_size=1, max_size=3))
    return rows, [*batches, [row for row in rows if not any(row in batch for batch in batches)]]


def latest_of(rows):
    """The model: one row for each key, the one with the greatest version."""

    def version(row):
        _, _, at, source, source_version, number, loaded = row
        return (at is not None, at or 0, loaded, source, source_version, number)

    model = {}
    for row in rows:
        if row[0] not in model or version(row) > version(model[row[0]]):
            model[row[0]] = row
    return model


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries())
@pytest.mark.parametrize("latest_by", ["at", None])
def test_any_delivery_gives_the_latest_records_and_every_row_is_accounted_for(
    spark: SparkSession, tmp_path_factory, latest_by, delivery
):
    rows, batches = delivery
    if latest_by is None:
        rows, batches = [drop_at(row) for row in rows], [[drop_at(row) for row in batch] for batch in batches]
    of = contract(*COLUMNS, latest_by=latest_by)
    [target] = refined_tables(of, str(tmp_path_factory.mktemp("refined")))
    apply_changes(spark, planned_changes(spark, target.table))
    for number, batch in enumerate(batches):
        frame = spark.createDataFrame(batch, schema_of([*COLUMNS, *LINEAGE])).coalesce(1)
        incoming = latest(frame, of.key, of.version)
        stands_for = sum(row[RECORDS] for row in incoming.collect())
        compared = merge.compare(spark, incoming.drop(RECORDS), target.table, of.key, of.version).persist()
        counts = merge.count(compared)
        merge.write(spark, compared, counts, target.table, of.key, of.version, {"lake.batch-id": str(number)})
        compared.unpersist()
        assert stands_for == len(batch)
        assert counts.changes + counts.unchanged + counts.superseded == len({row[0] for row in batch})
    stored = [tuple(row) for row in spark.table(target.table.full_name).collect()]
    assert Counter(stored) == Counter(latest_of(rows).values())


def drop_at(row):
    """The record without the column that tells what is later."""
    return (*row[:2], None, *row[3:])
