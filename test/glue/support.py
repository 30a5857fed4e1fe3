"""Contracts, raw files and surroundings of the tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake_spark.column_types import schema_of
from lake_spark.contracts import LINEAGE, Column, Contract
from lake_spark.documents import Documents
from lake_spark.errors import RefusedError
from lake_spark.refine import Request, Surroundings, run_refine
from lake_spark.session import CATALOG
from lake_spark.tags import Tags

KEY = bytes(range(32))
DAY = datetime(2026, 1, 1)

_numbers = itertools.count()


def contract(*columns: Column, key: Sequence[str] = ("id",), **more: Any) -> Contract:
    """A contract of a dataset that no other test has."""
    name = f"d{next(_numbers)}"
    given = {
        "id": f"sales/{name}",
        "domain": "sales",
        "dataset": name,
        "description": "One row for each test's thing",
        "owner": "sales-data@example.com",
        "key": tuple(key),
        "classification": "proprietary",
        "highest": "proprietary",
        "columns": columns or (Column("id", "string", required=True), Column("n", "int")),
    }
    return Contract(**{**given, **more})


@dataclass
class MemoryDocuments(Documents):
    """Results of runs by their addresses."""

    written: dict[str, Any] = field(default_factory=dict)

    def read(self, uri: str) -> Any:
        return self.written[uri]

    def write(self, uri: str, document: Any) -> None:
        self.written[uri] = document


@dataclass
class MemoryCatalogue:
    """What was said of each table."""

    said: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def describe(self, database: str, table: str, parameters: Mapping[str, str | None]) -> bool:
        self.said[f"{database}.{table}"] = dict(parameters)
        return True


@dataclass
class MemoryTags(Tags):
    """What was tagged anew."""

    given: dict[str, str] = field(default_factory=dict)

    def tag(self, location: str, classification: str) -> int:
        self.given[location] = classification
        return 1


@dataclass
class Lake:
    """A refined zone in a folder, and raw files beside it."""

    spark: SparkSession
    folder: Path
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    tags: Tags = field(default_factory=MemoryTags)
    #: Where the tables are; by default in the folder.
    root: str | None = None

    def raw_file(self, of: Contract, rows: Sequence[Mapping[str, Any]], **lineage: Any) -> str:
        """Writes a raw file; rows may bring lineage of their own."""
        number = next(_numbers)
        schema = schema_of([*of.columns, *LINEAGE])
        defaults = {
            "_source_object": f"s3://drop/{number}.csv",
            "_source_version": f"v{number}",
            "_loaded_at": DAY,
            **lineage,
        }
        full = [{"_source_row": index + 1, **defaults, **row} for index, row in enumerate(rows)]
        frame = self.spark.createDataFrame([[row.get(name) for name in schema.names] for row in full], schema)
        path = self.folder / f"{number}.parquet"
        frame.coalesce(1).write.parquet(str(path))
        return str(path)

    def refine(self, of: Contract, objects: Sequence[str], batch_id: str = "b") -> dict[str, Any]:
        """Refines the files and gives the result, also of a refused batch."""
        request = Request(of, batch_id, objects, self.root or str(self.folder / "refined"), run_id="jr_1")
        uri = f"s3://meta/{of.id}/{batch_id}.json"
        around = Surroundings(self.catalogue, self.tags, lambda: KEY)
        try:
            run_refine(self.spark, request, around, self.documents, uri)
        except RefusedError:
            assert self.documents.written[uri]["status"] == "refused"
        return self.documents.written[uri]

    def rows(self, of: Contract, clear: bool = False) -> list[dict[str, Any]]:
        """The rows of a dataset's table in the order of its key, without lineage."""
        table = self.spark.table(table_name(of, clear)).select(*[column.name for column in of.columns])
        return [row.asDict() for row in table.orderBy(*of.key).collect()]

    def commits(self, of: Contract, clear: bool = False) -> list[dict[str, Any]]:
        """The commits of a dataset's table, the oldest first."""
        found = self.spark.sql(f"SELECT * FROM {table_name(of, clear)}.snapshots ORDER BY committed_at").collect()
        return [row.asDict() for row in found]

    def snapshots(self, of: Contract, clear: bool = False) -> list[dict[str, str]]:
        """What the commits of a dataset's table say of themselves, the oldest first."""
        return [commit["summary"] for commit in self.commits(of, clear)]


def table_name(of: Contract, clear: bool = False) -> str:
    """As Spark SQL names it."""
    return f"{CATALOG}.refined_{of.domain}{'_clear' if clear else ''}.{of.dataset}"


def changed(of: Contract, **fields: Any) -> Contract:
    """The same dataset under another contract."""
    return replace(of, **fields)
