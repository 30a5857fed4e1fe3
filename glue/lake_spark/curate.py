"""From refined to curated: a mart is made of the newest version of its inputs and replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession

from . import quality, tables
from .catalogue import Catalogue
from .contracts import Contract
from .curate_inputs import CODE, INPUT, Input, made_of, pin, read
from .curate_output import check, in_shape, replace
from .curate_pipelines import Code, Pipeline
from .documents import Documents
from .results import Result, recorded
from .snapshots import BATCH_ID, current_snapshot
from .tags import Tags


@dataclass(frozen=True)
class Request:
    """What a run is asked to do."""

    pipeline: Pipeline
    code: Code
    contracts: Mapping[str, Contract]
    batch_id: str
    #: The curated zone, e.g. `s3://bucket`.
    root: str
    run_id: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a run needs beside Spark."""

    catalogue: Catalogue
    tags: Tags


def run_curate(
    spark: SparkSession, request: Request, around: Surroundings, documents: Documents, result_uri: str
) -> None:
    """Makes a mart and writes what became of it, also when it is refused. Raises RefusedError then."""
    started = Result("curate", request.pipeline.id, request.batch_id, request.run_id)
    with recorded(started, documents, result_uri) as result:
        curate(spark, request, around, result)


def curate(spark: SparkSession, request: Request, around: Surroundings, result: Result) -> None:
    """Replaces a mart unless the same code has made it of the same data already; when refused, it stays as it is."""
    pipeline = request.pipeline
    table = pipeline.table(request.root)
    inputs = pin(spark, pipeline, request.contracts)
    result.extra["inputs"] = {
        pinned.contract.id: {"table": pinned.table, "snapshotId": pinned.version, "rows": pinned.rows}
        for pinned in inputs
    }
    result.rows = {"in": sum(pinned.rows for pinned in inputs), "out": 0}
    tables.tag_files(spark, table, around.tags)
    is_new = not _is_made_of(made_of(spark, table.full_name), inputs, request.code)
    if is_new:
        _make(spark, request, inputs, result)
    # A run that ended after its commit leaves this to the next one.
    tables.apply_changes(spark, tables.planned_changes(spark, table))
    around.catalogue.describe(table.database, table.name, pipeline.parameters)
    snapshot = current_snapshot(spark, table.full_name)
    result.add_table(table.short_name, snapshot)
    result.rows["out"] = snapshot.rows if snapshot else 0
    result.complete("succeeded" if is_new else "unchanged")


def _is_made_of(summary: Mapping[str, str], inputs: list[Input], code: Code) -> bool:
    """Whether a mart whose commit says this is what a run would make now."""
    noted = {name.removeprefix(INPUT): version for name, version in summary.items() if name.startswith(INPUT)}
    if summary.get(CODE) != code.version or set(noted) != {pinned.contract.id for pinned in inputs}:
        return False
    return all(pinned.is_version(noted[pinned.contract.id]) for pinned in inputs)


def _make(spark: SparkSession, request: Request, inputs: list[Input], result: Result) -> None:
    pipeline = request.pipeline
    frames = {pinned.contract.id: read(spark, pinned) for pinned in inputs}
    rows = in_shape(request.code.transform(frames), pipeline).persist()
    try:
        _, result.quality = check(spark, rows, pipeline)
        refused = quality.refusal(result.quality)
        if refused is not None:
            raise refused
        notes = {BATCH_ID: request.batch_id, CODE: request.code.version}
        versions = {INPUT + pinned.contract.id: pinned.version for pinned in inputs}
        replace(spark, rows, pipeline.table(request.root), pipeline, {**notes, **versions})
    finally:
        rows.unpersist()
