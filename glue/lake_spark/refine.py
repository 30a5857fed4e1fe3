"""From raw to refined: one batch of a dataset's files into its tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import merge, quality, tables
from .catalogue import Catalogue
from .cleaning import clean
from .contracts import Contract
from .documents import Documents
from .errors import RefusedError
from .key_lists import key_lists, remove_gone
from .latest import RECORDS, latest
from .masking import mask_columns
from .raw_files import count_rows, is_type_mismatch, read_files, read_files_of_old_contracts
from .refined_tables import RefinedTable, refined_tables
from .removals import REMOVED, kept, mark
from .results import Result, recorded
from .snapshots import BATCH_ID, current_snapshot
from .tags import Tags


@dataclass(frozen=True)
class Request:
    """What a run is asked to do."""

    contract: Contract
    batch_id: str
    #: Addresses of the batch's files in the raw zone.
    objects: Sequence[str]
    #: Where the refined zone's files are: `s3://bucket`.
    root: str
    run_id: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a run needs beside Spark."""

    catalogue: Catalogue
    tags: Tags
    #: Asked for only when a column is hashed.
    masking_key: Callable[[], bytes]


def run_refine(
    spark: SparkSession, request: Request, around: Surroundings, documents: Documents, result_uri: str
) -> None:
    """Refines a batch and writes what became of it, also when it is refused. Raises RefusedError then."""
    started = Result("refine", request.contract.id, request.batch_id, request.run_id)
    with recorded(started, documents, result_uri) as result:
        refine(spark, request, around, result)


def refine(spark: SparkSession, request: Request, around: Surroundings, result: Result) -> None:
    """Brings a batch into the tables of its dataset, or refuses all of it. Applied twice, it changes nothing."""
    contract = request.contract
    targets = refined_tables(contract, request.root)
    lists = key_lists(request.objects)
    files = sorted({*request.objects} - {listed.uri for listed in lists})
    try:
        records, incoming = _records(spark, contract, files)
    except RefusedError:
        rows = count_rows(spark, files)
        result.rows = {**_NO_ROWS, "in": rows, "refused": rows}
        raise
    try:
        result.rows = {**_NO_ROWS, "in": incoming.rows, "refused": incoming.rows}
        changes = [
            statement
            for target in targets
            for table in target.tables
            for statement in tables.planned_changes(spark, table)
        ]
        result.quality = _check(spark, records, contract, incoming)
        refused = quality.refusal(result.quality)
        if refused is not None:
            raise refused
        for table in [table for target in targets for table in target.tables]:
            tables.tag_files(spark, table, around.tags)
        tables.apply_changes(spark, changes)
        counts = merge.Counts()
        for target in targets:
            counts = _bring(spark, records, target, request, around)
        gone = 0
        # What an earlier list does not have, a later one may: only the last one counts.
        for listed in sorted(lists, key=lambda listed: listed.stop)[-1:]:
            for target in targets:
                note = {BATCH_ID: request.batch_id}
                gone = remove_gone(spark, listed, target, contract, around.masking_key, note)
        superseded = counts.superseded + incoming.rows - incoming.keys
        result.rows = {
            "in": incoming.rows,
            "inserted": counts.inserted,
            "updated": counts.updated,
            "removed": counts.removed,
            **({"gone": gone} if lists else {}),
            # A deleted row that the table does not have is as it should be.
            "unchanged": counts.unchanged + counts.absent,
            "superseded": superseded,
            "refused": 0,
        }
        for target in targets:
            for table in target.tables:
                around.catalogue.describe(table.database, table.name, target.parameters)
            result.add_table(target.table.short_name, current_snapshot(spark, target.table.full_name))
        result.complete("succeeded" if counts.changes or gone else "unchanged")
    finally:
        records.unpersist()


_NO_ROWS = {"in": 0, "inserted": 0, "updated": 0, "removed": 0, "unchanged": 0, "superseded": 0, "refused": 0}


@dataclass(frozen=True)
class _Incoming:
    rows: int
    keys: int
    #: Records of rows that are not deleted.
    kept: int
    #: Rows without a value, by the name of the required column.
    missing: dict[str, int]


def _records(spark: SparkSession, contract: Contract, objects: Sequence[str]) -> tuple[DataFrame, _Incoming]:
    """The latest record of each key in the files, cached."""
    texts = [column.name for column in contract.columns]
    for read in (read_files, read_files_of_old_contracts):
        rows = clean(read(spark, contract, objects), texts)
        records = mark(latest(rows, contract.key, contract.version), contract).persist()
        try:
            return records, _count(records, contract)
        except Exception as error:
            records.unpersist()
            if read is not read_files or not is_type_mismatch(error):
                raise
    raise AssertionError("the second way returns or raises")


def _count(records: DataFrame, contract: Contract) -> _Incoming:
    """One pass that also fills the cache."""
    required = [column.name for column in contract.columns if column.required or column.name in contract.key]
    is_kept = ~F.col(REMOVED) if REMOVED in records.columns else F.lit(True)
    missing = [F.count(F.when(is_kept & F.col(name).isNull(), 1)).alias(f"missing_{name}") for name in required]
    counted = [F.sum(RECORDS).alias("rows"), F.count(F.lit(1)).alias("keys"), F.count(F.when(is_kept, 1)).alias("kept")]
    row = records.agg(*counted, *missing).collect()[0]
    missed = {name: row[f"missing_{name}"] for name in required}
    return _Incoming(row["rows"] or 0, row["keys"], row["kept"], missed)


def _check(
    spark: SparkSession, records: DataFrame, contract: Contract, incoming: _Incoming
) -> list[quality.RuleResult]:
    """The contract's rules on the batch as it would become visible; blanks in required columns are found here, too."""
    if incoming.kept == 0:
        return []
    blanks = [
        quality.RuleResult(f'IsComplete "{name}"', "Failed", rows, "the column is required, blanks are no value")
        for name, rows in incoming.missing.items()
        if rows > 0
    ]
    shown = kept(records).select(*[column.name for column in contract.columns])
    return [*blanks, *quality.evaluate(spark, shown, contract.quality, incoming.kept)]


def _bring(
    spark: SparkSession, records: DataFrame, target: RefinedTable, request: Request, around: Surroundings
) -> merge.Counts:
    contract = request.contract
    rows = records.drop(RECORDS)
    if target.is_masked:
        hashes = any(column.mask == "hash" for column in contract.columns)
        rows = mask_columns(rows, contract, around.masking_key() if hashes else None)
    compared = merge.compare(spark, rows, target.table, contract.key, contract.version, target.removals)
    try:
        counts = merge.count(compared)
        note = {BATCH_ID: request.batch_id}
        merge.write(spark, compared, counts, target.table, contract.key, contract.version, note, target.removals)
        return counts
    finally:
        compared.unpersist()
