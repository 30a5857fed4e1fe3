"""Records into a table, so that each key has its latest record, however often and in whichever order batches come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .snapshots import commit_properties, current_snapshot
from .tables import Table

#: Added by `compare`: what has to become of a record.
CHANGE = "_change"

_VIEW = "_lake_changes"


@dataclass(frozen=True)
class Counts:
    """What became of the records of a batch, one for each key."""

    inserted: int = 0
    updated: int = 0
    #: The same record was there already.
    unchanged: int = 0
    #: A later record was there already.
    superseded: int = 0

    @property
    def changes(self) -> int:
        """How many rows of the table become others."""
        return self.inserted + self.updated


def compare(
    spark: SparkSession, records: DataFrame, table: Table, key: Sequence[str], version: Sequence[str]
) -> DataFrame:
    """The records with the column CHANGE: what each is, compared with the table, by the names of `Counts`; cached."""
    if current_snapshot(spark, table.full_name) is None:
        # Nothing to compare with: the records, which are cached already, need no second place.
        return records.withColumn(CHANGE, F.lit("inserted"))
    # First only what the batch touches: so the table is read past a small list, and not sorted to be joined.
    touched = spark.table(table.full_name).join(records.select(*key), list(key), "left_semi")
    stored = touched.select(*key, F.struct(*version).alias("_stored"))
    incoming = F.struct(*[F.col(name) for name in version])
    change = (
        F.when(F.col("_stored").isNull(), "inserted")
        .when(incoming > F.col("_stored"), "updated")
        .when(incoming < F.col("_stored"), "superseded")
        .otherwise("unchanged")
    )
    return records.join(stored, list(key), "left").withColumn(CHANGE, change).drop("_stored").persist()


def count(compared: DataFrame) -> Counts:
    """How many records are what."""
    return Counts(**{row[CHANGE]: row["count"] for row in compared.groupBy(CHANGE).count().collect()})


def write(
    spark: SparkSession,
    compared: DataFrame,
    counts: Counts,
    table: Table,
    key: Sequence[str],
    version: Sequence[str],
    properties: Mapping[str, str],
) -> None:
    """Inserts and updates in one commit that carries the properties. Without changes, there is no commit."""
    if counts.changes == 0:
        return
    changes = compared.where(F.col(CHANGE).isin("inserted", "updated")).drop(CHANGE)
    stored = spark.table(table.full_name).schema.names
    with commit_properties(spark, properties):
        if counts.updated == 0:
            # Nothing of what is stored has to be looked at: this is the usual case, and the fast one.
            known = set(changes.columns)
            rows = [F.col(name) if name in known else F.lit(None).alias(name) for name in stored]
            changes.select(*rows).writeTo(table.full_name).append()
            return
        names = [name for name in changes.columns if name in stored]
        changes.select(*names).createOrReplaceTempView(_VIEW)
        try:
            spark.sql(_statement(table, names, key, version))
        finally:
            spark.catalog.dropTempView(_VIEW)


def _statement(table: Table, names: Sequence[str], key: Sequence[str], version: Sequence[str]) -> str:
    same_key = " AND ".join(f"t.`{name}` = s.`{name}`" for name in key)
    versions = [", ".join(f"{side}.`{name}`" for name in version) for side in ("s", "t")]
    # Asked once more inside the commit, which fails if the table has changed since it was compared.
    is_newer = f"struct({versions[0]}) > struct({versions[1]})"
    updates = ", ".join(f"t.`{name}` = s.`{name}`" for name in names)
    columns, values = (", ".join(f"{side}`{name}`" for name in names) for side in ("", "s."))
    return (
        f"MERGE INTO {table.full_name} t USING {_VIEW} s ON {same_key} "
        f"WHEN MATCHED AND {is_newer} THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    )
