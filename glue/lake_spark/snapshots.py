"""What a table is at a moment, and what a commit says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

#: The key under which each commit of a job names its batch.
BATCH_ID = "lake.batch-id"


@dataclass(frozen=True)
class Snapshot:
    """A version of a table."""

    id: int
    #: Rows of the whole table.
    rows: int
    #: Everything that the commit says of itself.
    summary: dict[str, str]


def iceberg_table(spark: SparkSession, table: str) -> Any:
    """Iceberg's own object of a table that exists."""
    spark3 = spark.sparkContext._jvm.org.apache.iceberg.spark.Spark3Util
    return spark3.loadIcebergTable(spark._jsparkSession, table)


def current_snapshot(spark: SparkSession, table: str) -> Snapshot | None:
    """The table's latest version, or None while it has never been written."""
    snapshot = iceberg_table(spark, table).currentSnapshot()
    if snapshot is None:
        return None
    summary = dict(snapshot.summary())
    return Snapshot(snapshot.snapshotId(), int(summary.get("total-records", "0")), summary)


@contextmanager
def commit_properties(spark: SparkSession, properties: Mapping[str, str]) -> Iterator[None]:
    """Every commit of this session inside the block carries the properties in its summary."""
    # Iceberg has an option for this, but not for MERGE; what it notes of its engine is in every commit.
    context = spark.sparkContext._jvm.org.apache.iceberg.EnvironmentContext
    for name, value in properties.items():
        context.put(name, value)
    try:
        yield
    finally:
        for name in properties:
            context.remove(name)
