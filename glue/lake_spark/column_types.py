"""Types of columns: what a contract calls them, what Spark calls them, and which may follow which."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
)

from .contracts import Column

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")

_TYPES: dict[str, DataType] = {
    "string": StringType(),
    "int": IntegerType(),
    "bigint": LongType(),
    "double": DoubleType(),
    "boolean": BooleanType(),
    "date": DateType(),
    # Without a time zone, as in the files: nobody knows which zone a shop's clock was in.
    "timestamp": TimestampNTZType(),
}


def spark_type(type_name: str) -> DataType:
    """A contract's type as Spark has it. Raises ValueError for what is no type of contracts."""
    decimal = _DECIMAL.fullmatch(type_name)
    if decimal:
        return DecimalType(int(decimal[1]), int(decimal[2]))
    known = _TYPES.get(type_name)
    if known is None:
        raise ValueError(f"{type_name} is no column type: use {', '.join(_TYPES)} or decimal(precision,scale)")
    return known


def schema_of(columns: Iterable[Column]) -> StructType:
    """The schema of rows with these columns; every one may be empty, because rules are told apart from storage."""
    return StructType([StructField(column.name, spark_type(column.type)) for column in columns])


def is_widening(old: DataType, new: DataType) -> bool:
    """Whether every value of the old type is one of the new, and Iceberg can read old files as the new type."""
    if old.simpleString() == "int" and new.simpleString() == "bigint":
        return True
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        return old.scale == new.scale and old.precision < new.precision
    return False
