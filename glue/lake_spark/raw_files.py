"""Files of the raw zone, which were written by the contract of their day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .column_types import is_widening, schema_of
from .contracts import LINEAGE, Contract
from .errors import SchemaRefusedError


def read_files(spark: SparkSession, contract: Contract, objects: Sequence[str]) -> DataFrame:
    """The rows of the files, each file once; columns that a file does not have yet are empty."""
    schema = schema_of([*contract.columns, *LINEAGE])
    paths = sorted(set(objects))
    return spark.read.schema(schema).parquet(*paths) if paths else spark.createDataFrame([], schema)


def count_rows(spark: SparkSession, objects: Sequence[str]) -> int:
    """How many rows the files have, whatever their types."""
    return sum(spark.read.parquet(path).count() for path in set(objects))


def is_type_mismatch(error: Exception) -> bool:
    """Whether a file has another type than it was read with. Spark finds out only when it reads."""
    return "column cannot be converted" in str(error)


def read_files_of_old_contracts(spark: SparkSession, contract: Contract, objects: Sequence[str]) -> DataFrame:
    """The same when types have been widened since; slower, because each file is asked for its types.

    Raises SchemaRefusedError that names each file with another type.
    """
    schema = schema_of([*contract.columns, *LINEAGE])
    refused: list[str] = []
    parts = []
    for path in sorted(set(objects)):
        rows = spark.read.parquet(path)
        types = {field.name: field.dataType for field in rows.schema.fields}
        columns = []
        for field in schema.fields:
            old = types.get(field.name)
            if old is not None and old != field.dataType and not is_widening(old, field.dataType):
                refused.append(
                    f"{field.name} of {path} is {old.simpleString()} and not {field.dataType.simpleString()}"
                )
            value = F.lit(None) if old is None else F.col(field.name)
            columns.append(value.cast(field.dataType).alias(field.name))
        parts.append(rows.select(*columns))
    if refused:
        fix = "change the type back, or send the data again in the new form and leave these files out"
        raise SchemaRefusedError(f"{'; '.join(refused)}: {fix}")
    return reduce(DataFrame.unionByName, parts)
