"""What a mart is made of: one version of each input, which the mart remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .column_types import spark_type
from .contracts import Contract, find_contract
from .curate_pipelines import Pipeline
from .refined_tables import refined_tables
from .session import CATALOG
from .snapshots import iceberg_table

#: The key under which a mart's commit names the version of an input, before the dataset's id.
INPUT = "lake.input."
#: The key under which a mart's commit names the version of the code.
CODE = "lake.code"

#: What a commit calls itself that changed files and no row: compaction.
_REWRITE = "replace"


class InputMissingError(Exception):
    """An input has no table yet."""

    __module__ = "builtins"


@dataclass(frozen=True)
class Input:
    """A dataset at one moment."""

    contract: Contract
    #: `refined_sales.orders`
    table: str
    #: None while the table has never been written.
    snapshot: int | None
    #: The versions that have the same rows: compaction makes new ones.
    same: frozenset[int]
    rows: int

    @property
    def version(self) -> str:
        """As the mart's commit names it."""
        return "none" if self.snapshot is None else str(self.snapshot)

    def is_version(self, version: str | None) -> bool:
        """Whether the named version has the same rows."""
        if version is None or not version.isdigit():
            return version == self.version
        return int(version) in self.same


def pin(spark: SparkSession, pipeline: Pipeline, contracts: Mapping[str, Contract]) -> list[Input]:
    """The inputs as they are now. Raises InputMissingError with all that do not exist."""
    found: list[Input] = []
    missing: list[str] = []
    for dataset in pipeline.inputs:
        contract = find_contract(contracts, dataset)
        # The one for all is the last, and the only one where nothing is masked.
        copies = refined_tables(contract, "")
        table = (copies[0] if dataset in pipeline.clear else copies[-1]).table.short_name
        if not spark.catalog.tableExists(f"{CATALOG}.{table}"):
            missing.append(f"{dataset} ({table})")
            continue
        data = iceberg_table(spark, f"{CATALOG}.{table}")
        current = data.currentSnapshot()
        same = frozenset(snapshot.snapshotId() for snapshot in _same_rows(data, current))
        if current is None:
            found.append(Input(contract, table, None, same, 0))
        else:
            found.append(Input(contract, table, current.snapshotId(), same, int(current.summary()["total-records"])))
    if missing:
        raise InputMissingError(
            f"{pipeline.id} reads {', '.join(missing)}: refine a first file of each and run it again"
        )
    return found


def read(spark: SparkSession, pinned: Input) -> DataFrame:
    """The columns of the contract in the pinned version; those that the table does not have yet are empty."""
    name = f"{CATALOG}.{pinned.table}"
    version = "" if pinned.snapshot is None else f" VERSION AS OF {pinned.snapshot}"
    rows = spark.sql(f"SELECT * FROM {name}{version}")
    stored = set(rows.columns)
    return rows.select(
        *[
            (F.col(column.name) if column.name in stored else F.lit(None).cast(spark_type(column.type))).alias(
                column.name
            )
            for column in pinned.contract.columns
        ]
    )


def made_of(spark: SparkSession, table: str) -> dict[str, str]:
    """What the commit of a mart says that brought the rows it has; nothing for a mart that does not exist."""
    if not spark.catalog.tableExists(table):
        return {}
    data = iceberg_table(spark, table)
    last = list(_same_rows(data, data.currentSnapshot()))
    return dict(last[-1].summary()) if last else {}


def _same_rows(table: Any, snapshot: Any) -> Iterator[Any]:
    """A snapshot and its ancestors up to the one that brought its rows."""
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parentId()
        if snapshot.operation() != _REWRITE or parent is None:
            return
        snapshot = table.snapshot(parent)
