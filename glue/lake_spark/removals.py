"""Records that say that their row is deleted, and what stays of such rows: their keys, and up to when they are deleted.

Without that, an earlier record that comes late, or once more, would bring a deleted row back.
"""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contracts import LINEAGE, Contract
from .tables import Table

#: Added by `mark`: whether a record says that its row is deleted.
REMOVED = "_removed"

#: Behind the name of the table whose deleted rows are listed.
_SUFFIX = "__removed"


def mark(records: DataFrame, contract: Contract) -> DataFrame:
    """The records with the column REMOVED, where the contract says what tells it."""
    column = contract.deletion
    if column is None:
        return records
    value = F.col(column.name)
    said = F.coalesce(value, F.lit(False)) if column.type == "boolean" else value.isNotNull()
    return records.withColumn(REMOVED, said)


def kept(records: DataFrame) -> DataFrame:
    """The records that do not say that their row is deleted."""
    return records.where(~F.col(REMOVED)) if REMOVED in records.columns else records


def removals_of(table: Table, contract: Contract) -> Table | None:
    """The list of a table's deleted rows; None where the contract knows no deleted rows."""
    if contract.deletion is None:
        return None
    named = {column.name: column for column in (*contract.columns, *LINEAGE)}
    return replace(
        table,
        name=f"{table.name}{_SUFFIX}",
        location=f"{table.location.rstrip('/')}{_SUFFIX}/",
        description=f"Keys of the rows that are deleted from {table.name}, and their last records' versions",
        columns=tuple(named[name] for name in dict.fromkeys((*contract.key, *contract.version))),
        properties={},
        fixed={},
    )
