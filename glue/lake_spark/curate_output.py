"""A mart's rows: checked, and put in the place of the old ones in one commit."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import quality, tables
from .column_types import spark_type
from .curate_pipelines import Pipeline
from .errors import SchemaRefusedError
from .snapshots import commit_properties
from .tables import Table


def in_shape(rows: DataFrame, pipeline: Pipeline) -> DataFrame:
    """The rows with their columns in the configuration's order. Raises SchemaRefusedError with all that differs."""
    found = {field.name: field.dataType.simpleString() for field in rows.schema.fields}
    wanted = {column.name: spark_type(column.type).simpleString() for column in pipeline.columns}
    problems = [
        *(
            f"{name} ({kind}) is missing: add it to what transform returns"
            for name, kind in wanted.items()
            if name not in found
        ),
        *(
            f"{name} ({kind}) is not in config.yml: describe it or drop it"
            for name, kind in found.items()
            if name not in wanted
        ),
        *(
            f"{name} is {found[name]} and not {kind}: cast it or correct config.yml"
            for name, kind in wanted.items()
            if found.get(name, kind) != kind
        ),
    ]
    if len(found) < len(rows.columns):
        twice = sorted({name for name in rows.columns if rows.columns.count(name) > 1})
        problems.append(f"{', '.join(twice)} is there twice: select each column once")
    if problems:
        raise SchemaRefusedError(f"{pipeline.id}: {'; '.join(problems)}")
    return rows.select(*wanted)


def check(spark: SparkSession, rows: DataFrame, pipeline: Pipeline) -> tuple[int, list[quality.RuleResult]]:
    """How many rows there are, and the outcome of each rule; what is required and the key are rules, too.

    The rows should be cached, because they are read several times. Of rules, an empty mart has to keep those about the
    number of its rows.
    """
    blanks = [F.count(F.when(F.col(name).isNull(), 1)).alias(f"blank_{name}") for name in pipeline.required]
    counted = rows.agg(F.count(F.lit(1)).alias("rows"), *blanks).collect()[0]
    total = int(counted["rows"])
    results = [_complete(name, int(counted[f"blank_{name}"])) for name in pipeline.required]
    shared = (
        rows.groupBy(*pipeline.key).count().where("count > 1").agg(F.sum("count").alias("rows")).collect()[0]["rows"]
    )
    results.append(_unique(pipeline.key, int(shared or 0)))
    rules = [rule for rule in pipeline.quality if total > 0 or rule.lstrip().startswith("RowCount")]
    return total, [*results, *quality.evaluate(spark, rows, rules, total)]


def _complete(name: str, blank: int) -> quality.RuleResult:
    rule = f'IsComplete "{name}"'
    if blank == 0:
        return quality.RuleResult(rule, "Passed", 0)
    return quality.RuleResult(rule, "Failed", blank, "config.yml says that the column is required")


def _unique(key: tuple[str, ...], shared: int) -> quality.RuleResult:
    rule = " ".join(["IsPrimaryKey", *(f'"{name}"' for name in key)])
    if shared == 0:
        return quality.RuleResult(rule, "Passed", 0)
    return quality.RuleResult(rule, "Failed", shared, "several rows have one key")


def replace(spark: SparkSession, rows: DataFrame, table: Table, pipeline: Pipeline, notes: Mapping[str, str]) -> None:
    """Puts the rows in the place of the mart's old ones, in one commit that carries the notes.

    A mart that does not exist, or whose columns have become others, is made anew in the same commit; earlier versions
    stay readable.
    """
    commented = [
        F.col(column.name).alias(column.name, metadata={"comment": column.description} if column.description else {})
        for column in table.columns
    ]
    # Sorted files let readers skip most of them.
    writer = rows.select(*commented).orderBy(*pipeline.key).writeTo(table.full_name)
    with commit_properties(spark, notes):
        if _has_shape(spark, table):
            writer.overwrite(F.lit(True))
            return
        location = table.location.rstrip("/")
        described = {"location": location, "comment": table.description, tables.CLASSIFICATION: table.classification}
        writer = writer.using("iceberg")
        for name, value in described.items():
            writer = writer.tableProperty(name, value)
        writer.createOrReplace()


def _has_shape(spark: SparkSession, table: Table) -> bool:
    """Whether the table exists with exactly these columns."""
    if not tables.exists(spark, table):
        return False
    stored = [
        (field.name, field.dataType, field.metadata.get("comment", "")) for field in spark.table(table.full_name).schema
    ]
    return stored == [(column.name, spark_type(column.type), column.description or "") for column in table.columns]
