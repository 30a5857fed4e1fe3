"""Which of several records with one key counts."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

#: Added by `latest`: how many records of the batch had the key.
RECORDS = "_records"


def latest(rows: DataFrame, key: Sequence[str], version: Sequence[str]) -> DataFrame:
    """The latest record of each key, by the version columns in their order; no value is older than any.

    The column RECORDS tells how many records the one stands for.
    """
    same_key = Window.partitionBy(*key)
    order = same_key.orderBy(*[F.desc_nulls_last(name) for name in version])
    ranked = rows.withColumns({"_rank": F.row_number().over(order), RECORDS: F.count(F.lit(1)).over(same_key)})
    return ranked.where("_rank = 1").drop("_rank")
