"""The Spark session of a job."""

from __future__ import annotations

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

#: The Iceberg catalog over Glue: tables are named `glue_catalog.<database>.<table>`.
CATALOG = "glue_catalog"

_PREFIX = f"spark.sql.catalog.{CATALOG}"

#: What the catalog is on Glue. Whoever sets `type` or `catalog-impl` from outside brings another catalog.
_GLUE_CATALOG = {
    f"{_PREFIX}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"{_PREFIX}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
}

_SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    _PREFIX: "org.apache.iceberg.spark.SparkCatalog",
    # A table may change between two reads of one job: what was loaded once must not be believed again.
    f"{_PREFIX}.cache-enabled": "false",
    # Files carry times without a zone, which are kept as they are; everything that has a zone is UTC.
    "spark.sql.session.timeZone": "UTC",
    # Batches are small or huge: adaptive execution makes as few tasks as their size asks for, also in what is cached.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning": "true",
    # The masking key is a literal of the plan: plans are shown in event logs.
    "spark.sql.redaction.string.regex": "0x[0-9A-Fa-f]{64,}|X'[0-9A-Fa-f]{64,}'",
    "spark.ui.showConsoleProgress": "false",
}


def start_session(name: str) -> SparkSession:
    """The running session, or a new one.

    A setting that the environment makes (Glue's `--conf`, or `PYSPARK_SUBMIT_ARGS`) wins.
    """
    # What the environment sets is known only to the JVM.
    SparkContext._ensure_initialized()
    outside = SparkConf()
    other_catalog = outside.contains(f"{_PREFIX}.type") or outside.contains(f"{_PREFIX}.catalog-impl")
    builder = SparkSession.builder.appName(name)
    for key, value in {**_SETTINGS, **({} if other_catalog else _GLUE_CATALOG)}.items():
        if not outside.contains(key):
            builder = builder.config(key, value)
    return builder.getOrCreate()
