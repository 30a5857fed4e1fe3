"""The Spark session of a job."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from .contracts import CLASSIFICATIONS
from .tags import CLASSIFICATION_TAG

#: The Iceberg catalog over Glue: tables are named `glue_catalog.<database>.<table>`.
CATALOG = "glue_catalog"


def writing_catalog(classification: str, catalog: str = CATALOG) -> str:
    """The catalog's name for who writes: through it every file of a table carries the tag of this classification."""
    return f"{catalog}_{classification}"


_PREFIX = f"spark.sql.catalog.{CATALOG}"

#: What the catalog is on Glue. Whoever sets `type` or `catalog-impl` from outside brings another catalog.
_GLUE_CATALOG = {
    f"{_PREFIX}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"{_PREFIX}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
}

#: What a catalog tags its files with: the data, what is deleted of it, and all metadata.
_TAG = f"s3.write.tags.{CLASSIFICATION_TAG}"

_SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    _PREFIX: "org.apache.iceberg.spark.SparkCatalog",
    # A table may change between two reads of one job: what was loaded once must not be believed again.
    f"{_PREFIX}.cache-enabled": "false",
    # What somebody writes without saying how sensitive it is.
    f"{_PREFIX}.{_TAG}": CLASSIFICATIONS[-1],
    # The tag travels with the first request of an upload only, and roles may write nothing without it: so a file is one
    # request, however large Iceberg makes it (512 MiB).
    f"{_PREFIX}.s3.multipart.part-size-bytes": str(1024**3),
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
    settings = {**_SETTINGS, **({} if other_catalog else _GLUE_CATALOG), **dict(outside.getAll())}
    builder = SparkSession.builder.appName(name)
    for key, value in {**settings, **writing_settings(settings)}.items():
        if not outside.contains(key):
            builder = builder.config(key, value)
    return builder.getOrCreate()


def writing_settings(settings: Mapping[str, str], catalog: str = CATALOG) -> dict[str, str]:
    """The settings that make the catalog known once for each classification, by the name of `writing_catalog`.

    Iceberg tags by catalog and not by table: each is the same catalog, and only the tag is another.
    """
    prefix = f"spark.sql.catalog.{catalog}"
    own = {key[len(prefix) :]: value for key, value in settings.items() if f"{key}.".startswith(f"{prefix}.")}
    return {
        f"spark.sql.catalog.{writing_catalog(level, catalog)}{key}": value
        for level in CLASSIFICATIONS
        for key, value in {**own, f".{_TAG}": level}.items()
    }
