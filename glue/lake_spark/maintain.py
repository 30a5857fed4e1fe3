"""The upkeep of Iceberg tables: small files are merged, old versions expire, files of no version are removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from .contracts import CLASSIFICATIONS
from .curate_inputs import made_of
from .documents import Documents
from .entry import one_line
from .maintain_snapshots import Retention, Version, expirable, pins
from .session import CATALOG, writing_catalog
from .snapshots import iceberg_table
from .tables import CLASSIFICATION


class MaintenanceFailedError(Exception):
    """At least one table could not be kept up; the others were."""

    __module__ = "builtins"


#: Iceberg's default of the property `write.target-file-size-bytes`.
_TARGET_FILE_BYTES = 512 * 1024 * 1024
#: Compaction leaves files alone that are larger than this share of the target (its option `min-file-size-bytes`).
_SMALL = 0.75
#: Iceberg refuses to remove what is younger, and so does this job: a commit may still be on its way to it.
_YOUNGEST_ORPHAN_DAYS = 1


@dataclass(frozen=True)
class Upkeep:
    """What is done to each table."""

    keep: Retention = field(default_factory=Retention)
    #: Files of no version are removed when they are older; a run has to be able to end in that time.
    orphan_days: int = 3
    catalog: str = CATALOG

    def __post_init__(self) -> None:
        if self.orphan_days < _YOUNGEST_ORPHAN_DAYS:
            raise ValueError(f"orphan_days {self.orphan_days} could remove files of a running job: use 1 or more")


@dataclass
class Report:
    """What a run did, and with which outcome, by table."""

    run_id: str | None
    started_at: datetime
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def failures(self) -> dict[str, str]:
        """The error of each table that failed."""
        return {name: entry["reason"] for name, entry in self.tables.items() if entry["status"] == "failed"}

    def as_json(self) -> dict[str, Any]:
        """The document, finished now."""
        return {
            "layer": "maintain",
            "job": "maintain",
            "runId": self.run_id,
            "status": "failed" if self.failures else "succeeded",
            "reason": _summary(self.failures, len(self.tables)),
            "tables": self.tables,
            "startedAt": _iso(self.started_at),
            "finishedAt": _iso(datetime.now(UTC)),
        }


def run_maintain(
    spark: SparkSession,
    databases: Sequence[str],
    upkeep: Upkeep,
    documents: Documents,
    result_uri: str,
    run_id: str | None = None,
) -> None:
    """Keeps up all Iceberg tables of the databases and writes what was done.

    A table that fails does not keep the others from it. Raises MaintenanceFailedError at the end, with all of them.
    """
    report = Report(run_id, datetime.now(UTC))
    try:
        tables = list(_tables(spark, databases, upkeep.catalog, report))
        pinned = _pins(spark, tables)
        for table in tables:
            short_name = table.removeprefix(f"{upkeep.catalog}.").replace("`", "")
            try:
                done = _keep_up(spark, table, short_name, upkeep, pinned)
                report.tables[short_name] = {"status": "succeeded", "reason": None, **done}
            except Exception as error:  # Whatever it is: the next table has nothing to do with it.
                report.tables[short_name] = {"status": "failed", "reason": one_line(error)}
    finally:
        documents.write(result_uri, report.as_json())
    if report.failures:
        raise MaintenanceFailedError(_summary(report.failures, len(report.tables)))


def _tables(spark: SparkSession, databases: Sequence[str], catalog: str, report: Report) -> Iterator[str]:
    """The full names of all tables; a database that cannot be listed is noted as a failure."""
    for database in databases:
        try:
            listed = spark.sql(f"SHOW TABLES IN {catalog}.`{database}`").collect()
        except Exception as error:
            report.tables[f"{database}.*"] = {"status": "failed", "reason": one_line(error)}
            continue
        yield from sorted(f"{catalog}.`{database}`.`{row['tableName']}`" for row in listed)


def _pins(spark: SparkSession, tables: Sequence[str]) -> set[int]:
    """Versions that marts are made of. A mart that cannot be read pins nothing; its own upkeep will say why."""

    def notes(table: str) -> dict[str, str]:
        try:
            return made_of(spark, table)
        except Exception:
            return {}

    return pins(notes(table) for table in tables)


def _keep_up(
    spark: SparkSession, table: str, short_name: str, upkeep: Upkeep, pinned: Collection[int]
) -> dict[str, Any]:
    now = datetime.now(UTC)
    # A table that does not say how sensitive it is may be as sensitive as can be.
    classification = iceberg_table(spark, table).properties().get(CLASSIFICATION) or CLASSIFICATIONS[-1]
    system = f"CALL {writing_catalog(classification, upkeep.catalog)}.system"
    before = _measure(spark, table, now)
    rewritten = spark.sql(f"{system}.rewrite_data_files(table => '{short_name}')").collect()[0]
    gone = expirable(_versions(spark, table), upkeep.keep, {*pinned, *_named(spark, table)}, now)
    if gone:
        # Nothing expires by age alone: the ids say it all.
        ids = ", ".join(f"{snapshot}L" for snapshot in gone)
        spark.sql(
            f"{system}.expire_snapshots(table => '{short_name}', snapshot_ids => ARRAY({ids}), "
            "older_than => TIMESTAMP '1970-01-01 00:00:00')"
        ).collect()
    old = (now - timedelta(days=upkeep.orphan_days)).strftime("%Y-%m-%d %H:%M:%S")
    # Listed by Iceberg's own access to S3: Hadoop's may be set up otherwise, or not at all.
    orphans = spark.sql(
        f"{system}.remove_orphan_files(table => '{short_name}', prefix_listing => true, "
        f"older_than => TIMESTAMP '{old}')"
    ).collect()
    return {
        "before": before,
        "after": _measure(spark, table, now),
        "rewrittenFiles": rewritten["rewritten_data_files_count"],
        "expiredSnapshots": len(gone),
        "removedOrphans": len(orphans),
    }


def _versions(spark: SparkSession, table: str) -> list[Version]:
    return [
        Version(snapshot.snapshotId(), datetime.fromtimestamp(snapshot.timestampMillis() / 1000, UTC))
        for snapshot in iceberg_table(spark, table).snapshots()
    ]


def _named(spark: SparkSession, table: str) -> set[int]:
    """What the table is now, and versions that somebody gave a name."""
    return {reference.snapshotId() for reference in iceberg_table(spark, table).refs().values()}


def _measure(spark: SparkSession, table: str, now: datetime) -> dict[str, Any]:
    versions = _versions(spark, table)
    oldest = min((version.at for version in versions), default=None)
    target = iceberg_table(spark, table).properties().get("write.target-file-size-bytes")
    small = int((int(target) if target else _TARGET_FILE_BYTES) * _SMALL)
    size = F.col("file_size_in_bytes")
    files = spark.table(f"{table}.files").agg(
        F.count(F.when(F.col("content") == 0, 1)).alias("files"),
        F.count(F.when((F.col("content") == 0) & (size < small), 1)).alias("small"),
        F.count(F.when(F.col("content") != 0, 1)).alias("deletes"),
        F.coalesce(F.sum(size), F.lit(0)).alias("bytes"),
    )
    counted = files.collect()[0]
    return {
        "snapshots": len(versions),
        "oldestSnapshotDays": None if oldest is None else round((now - oldest) / timedelta(days=1), 2),
        "dataFiles": counted["files"],
        "smallFiles": counted["small"],
        "deleteFiles": counted["deletes"],
        "bytes": counted["bytes"],
    }


def _summary(failures: dict[str, str], tables: int) -> str | None:
    if not failures:
        return None
    each = "; ".join(f"{name}: {reason}" for name, reason in sorted(failures.items()))
    return f"{len(failures)} of {tables} failed: {each}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
