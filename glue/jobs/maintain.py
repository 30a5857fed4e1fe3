"""Glue job: the upkeep of all Iceberg tables of the given databases."""

from __future__ import annotations

from collections.abc import Sequence

import boto3

from lake_spark.arguments import parse_arguments
from lake_spark.documents import S3Documents
from lake_spark.entry import run
from lake_spark.maintain import Upkeep, run_maintain
from lake_spark.maintain_snapshots import Retention
from lake_spark.session import start_session

REQUIRED = ("databases", "result")
DEFAULTS = {"keep_snapshots": "10", "keep_days": "7", "orphan_days": "3", "JOB_RUN_ID": ""}


def main(argv: Sequence[str]) -> None:
    """Merges small files, expires old versions, removes orphans, and writes the report."""
    given = parse_arguments(argv, REQUIRED, DEFAULTS)
    keep = Retention(int(given["keep_snapshots"]), int(given["keep_days"]))
    upkeep = Upkeep(keep, int(given["orphan_days"]))
    databases = [name for name in (part.strip() for part in given["databases"].split(",")) if name]
    documents = S3Documents(boto3.client("s3"))
    spark = start_session("maintain")
    try:
        run_maintain(spark, databases, upkeep, documents, given["result"], given["JOB_RUN_ID"] or None)
    finally:
        spark.stop()


if __name__ == "__main__":
    run(main)
