"""A lake with inputs and marts of a test's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lake_spark import tables
from lake_spark.column_types import schema_of
from lake_spark.contracts import Column, Contract
from lake_spark.curate import Request, Surroundings, run_curate
from lake_spark.curate_pipelines import Code, Pipeline
from lake_spark.errors import RefusedError
from lake_spark.refined_tables import refined_tables
from lake_spark.session import CATALOG
from lake_spark.tags import Tags

from .support import MemoryCatalogue, MemoryDocuments, MemoryTags, contract

_numbers = itertools.count()

#: What the marts of the tests look like.
COLUMNS = (Column("id", "string", "What it is", required=True), Column("n", "bigint"))


def pipeline(*inputs: Contract, **more: Any) -> Pipeline:
    """A mart that no other test has."""
    name = f"m{next(_numbers)}"
    given = {
        "id": f"sales/{name}",
        "domain": "sales",
        "name": name,
        "description": "One row for each thing's sum, 'café' and all",
        "owner": "sales-data@example.com",
        "inputs": tuple(of.id for of in inputs),
        "clear": (),
        "key": ("id",),
        "classification": "confidential",
        "columns": COLUMNS,
    }
    return Pipeline(**{**given, **more})


@dataclass
class Marts:
    """Inputs, the code of one mart, and its runs."""

    spark: SparkSession
    root: str
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    tags: Tags = field(default_factory=MemoryTags)
    #: How often a transform was called.
    calls: int = 0
    contracts: dict[str, Contract] = field(default_factory=dict)

    def dataset(self, *rows: Mapping[str, Any], **more: Any) -> Contract:
        """An input with these rows in its table; without rows, the table has never been written."""
        of = contract(**more)
        self.contracts[of.id] = of
        for target in refined_tables(of, self.root):
            tables.apply_changes(self.spark, tables.planned_changes(self.spark, target.table))
        if rows:
            self.add(of, *rows)
        return of

    def add(self, of: Contract, *rows: Mapping[str, Any], clear: bool = False) -> None:
        """One commit with more rows of an input."""
        schema = schema_of(of.columns)
        frame = self.spark.createDataFrame([[row.get(name) for name in schema.names] for row in rows], schema)
        name = f"{CATALOG}.refined_sales{'_clear' if clear else ''}.{of.dataset}"
        stored = self.spark.table(name).schema.names
        missing = [f"null as {name}" for name in stored if name not in schema.names]
        frame.selectExpr("*", *missing).select(*stored).writeTo(name).append()

    def curate(
        self,
        of: Pipeline,
        transform: Callable[[Mapping[str, DataFrame]], DataFrame] | None = None,
        batch_id: str = "b1",
        code: str = "c1",
    ) -> dict[str, Any]:
        """Runs the mart and gives the result, also of a refused run."""

        def called(inputs: Mapping[str, DataFrame]) -> DataFrame:
            self.calls += 1
            return (transform or sums)(inputs)

        request = Request(of, Code(called, code), self.contracts, batch_id, self.root, run_id="jr_1")
        uri = f"s3://meta/{of.id}/{batch_id}.json"
        try:
            run_curate(self.spark, request, Surroundings(self.catalogue, self.tags), self.documents, uri)
        except RefusedError as error:
            assert self.documents.written[uri]["status"] == "refused"
            assert self.documents.written[uri]["reason"] == str(error)
        return self.documents.written[uri]

    def rows(self, of: Pipeline, version: str | None = None) -> list[tuple[Any, ...]]:
        """The rows of a mart in the order of their first column, now or in an earlier version."""
        at = "" if version is None else f" VERSION AS OF {version}"
        return sorted(tuple(row) for row in self.spark.sql(f"SELECT * FROM {full_name(of)}{at}").collect())

    def commits(self, of: Pipeline) -> list[dict[str, str]]:
        """The summaries of a mart's commits, the oldest first."""
        found = self.spark.sql(f"SELECT summary FROM {full_name(of)}.snapshots ORDER BY committed_at").collect()
        return [row["summary"] for row in found]

    def snapshot(self, of: Contract) -> str:
        """The version of an input's table."""
        found = self.spark.sql(f"SELECT snapshot_id FROM {CATALOG}.refined_sales.{of.dataset}.refs").collect()
        return str(found[0][0])


def full_name(of: Pipeline) -> str:
    """As Spark SQL names it."""
    return f"{CATALOG}.curated_{of.domain}.{of.name}"


def sums(inputs: Mapping[str, DataFrame]) -> DataFrame:
    """What the marts of the tests hold, unless they say otherwise: the sum of `n` for each `id` over all inputs."""
    frames: Sequence[DataFrame] = [frame.select("id", "n") for frame in inputs.values()]
    together = frames[0]
    for frame in frames[1:]:
        together = together.unionAll(frame)
    return together.groupBy("id").agg({"n": "sum"}).withColumnRenamed("sum(n)", "n")


def other(of: Pipeline, **fields: Any) -> Pipeline:
    """The same mart under another configuration."""
    return replace(of, **fields)
