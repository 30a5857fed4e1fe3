"""Records into a table, so that each key has its latest record, however often and in whichever order batches come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from .removals import REMOVED
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
    #: The row is deleted, and the table has it.
    removed: int = 0
    #: The row is deleted, and the table does not have it.
    absent: int = 0

    @property
    def changes(self) -> int:
        """How many rows of the table become others."""
        return self.inserted + self.updated + self.removed


def compare(
    spark: SparkSession,
    records: DataFrame,
    table: Table,
    key: Sequence[str],
    version: Sequence[str],
    removals: Table | None = None,
) -> DataFrame:
    """The records with the column CHANGE: what each is, compared with the table, by the names of `Counts`; cached.

    With `removals`, the list of the table's deleted rows, records have the column REMOVED.
    """
    if removals is not None:
        return _compare_with_removals(spark, records, table, key, version, removals)
    if current_snapshot(spark, table.full_name) is None:
        # Nothing to compare with: the records, which are cached already, need no second place.
        return records.withColumn(CHANGE, F.lit("inserted"))
    stored = _versions(spark, records, table, key, version, "_stored")
    change = _change(_version(version), F.col("_stored"))
    return records.join(stored, list(key), "left").withColumn(CHANGE, change).drop("_stored").persist()


def _compare_with_removals(
    spark: SparkSession,
    records: DataFrame,
    table: Table,
    key: Sequence[str],
    version: Sequence[str],
    removals: Table,
) -> DataFrame:
    stored = _versions(spark, records, table, key, version, "_stored")
    gone = _versions(spark, records, removals, key, version, "_gone")
    incoming, of_row, of_removal = _version(version), F.col("_stored"), F.col("_gone")
    # A run may have ended between the list and the table: the row has to go, whatever the list says by then.
    removal = (
        F.when(of_row > incoming, "superseded")
        .when(of_row.isNotNull(), "removed")
        .when(of_removal > incoming, "superseded")
        .when(of_removal == incoming, "unchanged")
        .otherwise("absent")
    )
    change = (
        F.when(F.col(REMOVED), removal).when(of_removal >= incoming, "superseded").otherwise(_change(incoming, of_row))
    )
    joined = records.join(stored, list(key), "left").join(gone, list(key), "left")
    return joined.withColumn(CHANGE, change).drop("_stored", "_gone").persist()


def _version(version: Sequence[str]) -> Column:
    return F.struct(*[F.col(name) for name in version])


def _versions(
    spark: SparkSession, records: DataFrame, table: Table, key: Sequence[str], version: Sequence[str], name: str
) -> DataFrame:
    """The versions that a table has for the keys of the records."""
    # First only what the batch touches: so the table is read past a small list, and not sorted to be joined.
    touched = spark.table(table.full_name).join(records.select(*key), list(key), "left_semi")
    return touched.select(*key, F.struct(*version).alias(name))


def _change(incoming: Column, stored: Column) -> Column:
    return (
        F.when(stored.isNull(), "inserted")
        .when(incoming > stored, "updated")
        .when(incoming < stored, "superseded")
        .otherwise("unchanged")
    )


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
    removals: Table | None = None,
) -> None:
    """Inserts, updates and deletes in one commit that carries the properties. Without changes, there is no commit.

    What is deleted is listed in `removals` before that.
    """
    if removals is not None and counts.removed + counts.absent:
        _list_removals(spark, compared, removals, key, version, properties)
    if counts.changes == 0:
        return
    changes = compared.where(F.col(CHANGE).isin("inserted", "updated", "removed")).drop(CHANGE)
    stored = spark.table(table.full_name).schema.names
    with commit_properties(spark, properties):
        if counts.updated + counts.removed == 0:
            # Nothing of what is stored has to be looked at: this is the usual case, and the fast one.
            known = set(changes.columns)
            rows = [F.col(name) if name in known else F.lit(None).alias(name) for name in stored]
            changes.select(*rows).writeTo(table.full_name).append()
            return
        names = [name for name in changes.columns if name in stored]
        marks = [name for name in changes.columns if name == REMOVED]
        _run(spark, changes.select(*names, *marks), _statement(table, names, key, version, bool(marks)))


def _list_removals(
    spark: SparkSession,
    compared: DataFrame,
    removals: Table,
    key: Sequence[str],
    version: Sequence[str],
    properties: Mapping[str, str],
) -> None:
    names = list(dict.fromkeys((*key, *version)))
    listed = compared.where(F.col(CHANGE).isin("removed", "absent")).select(*names)
    with commit_properties(spark, properties):
        _run(spark, listed, _statement(removals, names, key, version, False))


def _run(spark: SparkSession, changes: DataFrame, statement: str) -> None:
    changes.createOrReplaceTempView(_VIEW)
    try:
        spark.sql(statement)
    finally:
        spark.catalog.dropTempView(_VIEW)


def _statement(
    table: Table, names: Sequence[str], key: Sequence[str], version: Sequence[str], with_removed: bool
) -> str:
    same_key = " AND ".join(f"t.`{name}` = s.`{name}`" for name in key)
    versions = [", ".join(f"{side}.`{name}`" for name in version) for side in ("s", "t")]
    # Asked once more inside the commit, which fails if the table has changed since it was compared.
    is_newer = f"struct({versions[0]}) > struct({versions[1]})"
    updates = ", ".join(f"t.`{name}` = s.`{name}`" for name in names)
    columns, values = (", ".join(f"{side}`{name}`" for name in names) for side in ("", "s."))
    removed = f"WHEN MATCHED AND s.{REMOVED} AND struct({versions[0]}) >= struct({versions[1]}) THEN DELETE "
    is_kept = f" AND NOT s.{REMOVED}" if with_removed else ""
    return (
        f"MERGE INTO {table.full_name} t USING {_VIEW} s ON {same_key} "
        f"{removed if with_removed else ''}"
        f"WHEN MATCHED AND {is_newer}{is_kept} THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED{is_kept} THEN INSERT ({columns}) VALUES ({values})"
    )
