"""Spark's classes as the JVM keeps them: with an archive of them (AppCDS) a program takes half of the time to start.

    python -m local.runtimes.spark_classes <folder of jars>

makes the archive for these jars, this Spark and this Java, unless there is one. Nothing depends on it: without an
archive, or with one that does not fit, the JVM loads the classes from the jars.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

#: Java says on stdout why it does not take an archive, where programs have their output.
QUIET = "-Xlog:cds*=off"


def archive_of(jars: Sequence[Path]) -> Path | None:
    """Where the archive of a program with these jars on its class path is, made or not; None without jars or Java."""
    java = _java()
    if java is None or not jars:
        return None
    # The JVM compares each of these itself: another time or size of a jar, and the archive is not taken.
    parts = [
        f"{file.resolve()} {(stat := file.stat()).st_size} {stat.st_mtime_ns}" for file in [java, *jars, *_sparks()]
    ]
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return jars[0].parent.parent / "classes" / f"{name}.jsa"


def flags_for(jars: Sequence[Path]) -> str:
    """The JVM's flags that use the archive, if it has been made."""
    archive = archive_of(jars)
    return f"-XX:SharedArchiveFile={archive} {QUIET}" if archive and archive.exists() else ""


def _java() -> Path | None:
    """The one that Spark's own scripts would start."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    return Path(found).resolve() if found else None


def _sparks() -> list[Path]:
    spec = importlib.util.find_spec("pyspark")
    places = list(spec.submodule_search_locations or []) if spec else []
    return sorted(file for place in places for file in Path(place, "jars").glob("*.jar"))


def make(folder: Path) -> bool:
    """Makes the archive for the jars of a folder; whether there was none. Raises whatever goes wrong on the way."""
    # The settings of programs name the archive.
    from local.runtimes.spark import find_jars

    jars = find_jars(folder, iceberg=True)
    archive = archive_of(jars)
    if archive is None or archive.exists():
        return False
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=archive.parent) as name:
        _run_once(jars, Path(name))
        made = Path(name) / "classes.jsa"
        # Whole or not at all, also when several make it at once or the power fails: half an archive crashes the JVM.
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(archive)
    # A JVM that has an old one open keeps it.
    for other in archive.parent.glob("*.jsa"):
        if other != archive:
            other.unlink(missing_ok=True)
    return True


def _run_once(jars: Sequence[Path], folder: Path) -> None:
    """Runs a program that uses what jobs use: what it has loaded at its end is what the archive holds."""
    import boto3
    from moto.server import ThreadedMotoServer

    from local.runtimes.spark import SparkProgram, driver_environment

    keys = {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "eu-west-1"}
    os.environ.update({**keys, "AWS_DEFAULT_REGION": "eu-west-1"})
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        place = {"LocationConstraint": "eu-west-1"}
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="classes", CreateBucketConfiguration=place)
        boto3.client("glue", endpoint_url=endpoint).create_database(DatabaseInput={"Name": "d"})
        options = f"-XX:ArchiveClassesAtExit={folder / 'classes.jsa'} {QUIET}"
        catalog = "spark.sql.catalog.glue_catalog"
        conf = {
            "spark.driver.extraJavaOptions": options,
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            catalog: "org.apache.iceberg.spark.SparkCatalog",
            f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        }
        program = SparkProgram("eu-west-1", conf, [], True, folder)
        os.environ.update(driver_environment(program, jars, endpoint))
        _use_spark()
    finally:
        server.stop()


def _use_spark() -> None:
    from pyspark.sql import SparkSession, Window
    from pyspark.sql import functions as F  # noqa: N812

    spark = SparkSession.builder.getOrCreate()
    process = spark.sparkContext._gateway.proc
    table = "glue_catalog.d.t"
    spark.sql(f"CREATE TABLE {table} (id BIGINT, v STRING, at TIMESTAMP_NTZ) USING iceberg LOCATION 's3://classes/t'")
    made = spark.range(9).selectExpr("id % 5 id", "string(id) v", "timestamp_ntz'2026-01-01 00:00:00' at")
    made.write.parquet("s3://classes/raw/")
    rank = F.row_number().over(Window.partitionBy("id").orderBy(F.desc_nulls_last("v")))
    rows = spark.read.schema(made.schema).parquet("s3://classes/raw/").withColumn("_rank", rank).where("_rank = 1")
    rows = rows.drop("_rank").persist()
    rows.agg(F.count("id"), F.sum("id")).collect()
    rows.where("id < 3").writeTo(table).append()
    rows.join(spark.table(table).select("id", F.struct("at").alias("old")), ["id"], "left").groupBy(
        "old"
    ).count().collect()
    rows.createOrReplaceTempView("s")
    spark.sql(
        f"MERGE INTO {table} t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    spark.sql(f"SELECT summary FROM {table}.snapshots").collect()
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('a' = 'b')")
    spark.stop()
    # Now it ends by itself, and writes the archive while it does.
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f"the JVM ended with {process.returncode}")


if __name__ == "__main__":
    print("made" if make(Path(sys.argv[1])) else "up to date")
