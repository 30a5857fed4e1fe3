"""Lists of all keys that a table of a database had at a moment: rows that came before, and are not in it, are gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .cleaning import clean
from .column_types import schema_of
from .contracts import KEY_LISTS, Contract
from .masking import mask_columns
from .refined_tables import RefinedTable
from .snapshots import commit_properties, current_snapshot

_NAME = re.compile(rf".*/{KEY_LISTS}(\d{{8}}T\d{{12}})Z-[^/]+\.parquet")
_VIEW = "_lake_gone"


@dataclass(frozen=True)
class KeyList:
    """One list. It is one file, so that nobody takes a part of it for the whole."""

    uri: str
    #: Up to when the database had been read.
    stop: datetime


def key_lists(objects: Sequence[str]) -> list[KeyList]:
    """The lists among the objects of a batch."""
    found = [(uri, _NAME.fullmatch(uri)) for uri in objects]
    return [KeyList(uri, datetime.strptime(match[1], "%Y%m%dT%H%M%S%f")) for uri, match in found if match]


def remove_gone(
    spark: SparkSession,
    listed: KeyList,
    target: RefinedTable,
    contract: Contract,
    masking_key: Callable[[], bytes],
    properties: Mapping[str, str],
) -> int:
    """Deletes the rows of a database that it had no more, and gives how many: in one commit, or none if there are none.

    Rows that were read after the list stay, whether the list knows them or not: they may be newer. So do rows of files.
    """
    name = target.table.full_name
    if current_snapshot(spark, name) is None:
        return 0
    earlier = F.col("_loaded_at") <= F.lit(listed.stop).cast("timestamp_ntz")
    of_database = ~F.col("_source_object").startswith("s3://")
    keys = _keys(spark, listed, target, contract, masking_key)
    gone = spark.table(name).where(earlier & of_database).join(keys, list(contract.key), "left_anti")
    gone = gone.select(*contract.key, "_loaded_at").persist()
    try:
        count = gone.count()
        if count == 0:
            return 0
        # A row that was written anew since it was compared is another.
        same = " AND ".join(f"t.`{column}` = s.`{column}`" for column in (*contract.key, "_loaded_at"))
        gone.createOrReplaceTempView(_VIEW)
        with commit_properties(spark, properties):
            spark.sql(f"MERGE INTO {name} t USING {_VIEW} s ON {same} WHEN MATCHED THEN DELETE")
        return count
    finally:
        spark.catalog.dropTempView(_VIEW)
        gone.unpersist()


def _keys(
    spark: SparkSession,
    listed: KeyList,
    target: RefinedTable,
    contract: Contract,
    masking_key: Callable[[], bytes],
) -> DataFrame:
    """The listed keys as the table has them."""
    of_key = replace(contract, columns=tuple(column for column in contract.columns if column.name in contract.key))
    keys = clean(spark.read.schema(schema_of(of_key.columns)).parquet(listed.uri), contract.key)
    if not target.is_masked:
        return keys
    hashes = any(column.mask == "hash" for column in of_key.columns)
    return mask_columns(keys, of_key, masking_key() if hashes else None)
