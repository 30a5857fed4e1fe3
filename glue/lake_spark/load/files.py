"""What files hold, as the contract has it; nothing is dropped or changed silently."""

from __future__ import annotations

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..cleaning import clean
from ..column_types import spark_type
from ..contracts import Column, Contract
from ..errors import ArgumentsError, SchemaRefusedError
from ..latest import RECORDS, latest

FORMATS = ("csv", "parquet")


def read_files(spark: SparkSession, place: str, file_format: str) -> DataFrame:
    """The rows of all files below the address; of CSV every column is text, named by the header."""
    if file_format not in FORMATS:
        raise ArgumentsError(f"--format {file_format} is unknown: use one of {', '.join(FORMATS)}")
    if file_format == "parquet":
        return spark.read.parquet(place)
    return spark.read.csv(place, header=True, quote='"', escape='"', multiLine=True, mode="FAILFAST")


def as_contract(rows: DataFrame, contract: Contract) -> DataFrame:
    """The latest row of each key, with the contract's columns and types.

    Raises SchemaRefusedError with all columns that are missing, or whose values are not what the contract says.
    """
    missing = [column.name for column in contract.columns if column.name not in rows.columns]
    if missing:
        raise SchemaRefusedError(
            f"the files lack {', '.join(missing)}: load files of {contract.id}, or correct its contract"
        )
    names = [column.name for column in contract.columns]
    texts = clean(rows, names)
    typed = {column.name: _cast(column) for column in contract.columns}
    _refuse_unfit(texts, typed, contract)
    order = [name for name in contract.version if name in rows.columns]
    found = latest(texts, contract.key, order) if order else texts.dropDuplicates(list(contract.key))
    return found.drop(RECORDS).select([typed[name].alias(name) for name in names])


def _cast(column: Column) -> Expression:
    """The value in the contract's type; no value where it has none."""
    return F.expr(f"try_cast(`{column.name}` AS {spark_type(column.type).simpleString()})")


def _refuse_unfit(rows: DataFrame, typed: dict[str, Expression], contract: Contract) -> None:
    """Counts, in one pass, values that are lost by a cast, and empty ones where there must be one."""
    checks = {}
    for column in contract.columns:
        value = F.col(column.name)
        checks[f"{column.name} has values that are no {column.type}"] = value.isNotNull() & typed[column.name].isNull()
        if column.required or column.name in contract.key:
            checks[f"{column.name} is empty"] = value.isNull()
    counts = rows.select([F.count_if(check).alias(f"c{n}") for n, check in enumerate(checks.values())]).first()
    found = [f"{text} ({count} rows)" for text, count in zip(checks, counts or (), strict=True) if count]
    if found:
        raise SchemaRefusedError(f"the files are not as {contract.id} says: {'; '.join(found)}")
