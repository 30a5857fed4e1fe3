"""Whatever becomes of batches on their way, tables have the latest record of each key."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lake_spark import merge
from lake_spark.column_types import schema_of
from lake_spark.contracts import LINEAGE, Column
from lake_spark.latest import RECORDS, latest
from lake_spark.refined_tables import refined_tables
from lake_spark.removals import mark
from lake_spark.tables import apply_changes, planned_changes

from .support import DAY, contract

COLUMNS = (
    Column("world", "int", required=True),
    Column("id", "string", required=True),
    Column("at", "int"),
    Column("gone", "boolean"),
)


def world_of(random: Random, world: int) -> list[list[tuple]]:
    """Three batches of a few records: any split, any order, some records more than once, in one batch or in several."""
    rows = [
        # No value is older than any, and equal ones leave the decision to the order of loading.
        (
            world,
            random.choice("abcé"),
            random.choice([None, 0, 1]),
            # Deleted, and perhaps there again by a later record.
            random.choice([None, False, True]),
            random.choice(["s3://drop/x", "s3://drop/y"]),
            random.choice(["v1", "v2"]),
            row,
            DAY + timedelta(days=random.randrange(3)),
        )
        for row in range(random.randint(1, 8))
    ]
    return [random.choices(rows, k=random.randrange(7)) for _ in range(3)]


def latest_of(rows, has_at):
    """The model: one row for each key, the one with the greatest version."""

    def version(row):
        _, _, at, _, source, source_version, number, loaded = row
        return ((at is not None, at or 0) if has_at else 0, loaded, source, source_version, number)

    model = {}
    for row in rows:
        if row[:2] not in model or version(row) > version(model[row[:2]]):
            model[row[:2]] = row
    return model


def kept_of(model, deleted_by):
    """The model without the rows that are deleted."""
    return {key: row for key, row in model.items() if not (deleted_by and row[3])}


# Each commit takes a second: many deliveries at once, each with keys of its own, cost no more than one.
@settings(max_examples=1, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize(("latest_by", "deleted_by"), [("at", None), (None, None), ("at", "gone")])
def test_any_delivery_gives_the_latest_records_and_every_row_is_accounted_for(
    spark: SparkSession, tmp_path_factory, latest_by, deleted_by, seed
):
    random = Random(seed)
    worlds = [world_of(random, number) for number in range(200)]
    of = contract(*COLUMNS, key=["world", "id"], latest_by=latest_by, deleted_by=deleted_by)
    [target] = refined_tables(of, str(tmp_path_factory.mktemp("refined")))
    for table in target.tables:
        apply_changes(spark, planned_changes(spark, table))
    given_so_far = []
    for number in range(3):
        batch = [row for batches in worlds for row in batches[number]]
        seen = latest_of(given_so_far, latest_by)
        known = kept_of(seen, deleted_by)
        given_so_far += batch
        frame = spark.createDataFrame(batch, schema_of([*COLUMNS, *LINEAGE])).coalesce(1)
        incoming = mark(latest(frame, of.key, of.version), of).persist()
        compared = merge.compare(spark, incoming.drop(RECORDS), target.table, of.key, of.version, target.removals)
        counts = merge.count(compared)
        note = {"lake.batch-id": str(number)}
        merge.write(spark, compared, counts, target.table, of.key, of.version, note, target.removals)
        assert incoming.agg({RECORDS: "sum"}).collect()[0][0] == len(batch)
        expected = kept_of(latest_of(given_so_far, latest_by), deleted_by)
        assert Counter(tuple(row) for row in spark.table(target.table.full_name).collect()) == Counter(
            expected.values()
        )
        assert counts.inserted == len(expected.keys() - known.keys())
        assert counts.removed == len(known.keys() - expected.keys())
        assert counts.updated == sum(known[key] != row for key, row in expected.items() if key in known)
        keys = {row[:2] for row in batch}
        assert counts.changes + counts.absent + counts.unchanged + counts.superseded == len(keys)
        newest = latest_of(batch, latest_by)
        assert counts.unchanged == sum(seen.get(key) == newest[key] for key in keys)
