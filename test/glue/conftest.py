"""One Spark for the whole run, with an Iceberg catalog in a folder instead of Glue."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake_spark.session import CATALOG, start_session

from .support import Lake

ROOT = Path(__file__).resolve().parents[2]


def job_jars(*uses: str) -> list[str]:
    """Where the jars of these uses are; a test without them would say nothing of the jobs."""
    listed = json.loads((ROOT / "glue" / "jars.json").read_text())
    files = [ROOT / ".lake" / "cache" / "jars" / jar["file"] for jar in listed if jar["use"] in uses]
    missing = [file.name for file in files if not file.exists()]
    assert not missing, f"{', '.join(missing)} not fetched yet: run `npm test` once"
    return [str(file) for file in files]


def jvm_options(folder: Path) -> str:
    """Of a short program: a better compiler would not pay off, and nothing is left in the system's temporary folder."""
    return f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Djava.io.tmpdir={folder}"


def submit_arguments(settings: Mapping[str, str]) -> str:
    """The value of PYSPARK_SUBMIT_ARGS that makes these settings."""
    words = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    return shlex.join([*words, "pyspark-shell"])


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session as jobs start it; only the catalog is another."""
    folder = tmp_path_factory.mktemp("spark")
    catalog = f"spark.sql.catalog.{CATALOG}"
    settings = {
        "spark.master": "local[2]",
        "spark.driver.extraClassPath": ":".join(job_jars("job", "local")),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": jvm_options(folder),
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "spark-warehouse"),
        # Tiny tables: each further partition is only a wait.
        "spark.sql.shuffle.partitions": "2",
        f"{catalog}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{catalog}.warehouse": str(folder / "warehouse"),
    }
    own = {"PYSPARK_SUBMIT_ARGS": submit_arguments(settings), "SPARK_LAUNCHER_OPTS": "-XX:-UsePerfData"}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in own.items():
            environment.setenv(name, value)
        # Only the start reads them.
        session = start_session("tests")
    session.sparkContext.setLogLevel("ERROR")
    for database in ("refined_sales", "refined_sales_clear"):
        session.sql(f"CREATE NAMESPACE {CATALOG}.{database}")
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake with raw files of the test's own."""
    return Lake(spark, tmp_path)
