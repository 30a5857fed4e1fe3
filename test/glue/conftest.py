"""One Spark for the whole run, with an Iceberg catalog in a folder instead of Glue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake_spark.session import CATALOG, start_session
from local.runtimes.spark import SparkProgram, driver_environment, find_jars

from .support import Lake

ROOT = Path(__file__).resolve().parents[2]


def job_jars(use: str) -> list[Path]:
    """Where the jars of this use are; a test without them would say nothing of the jobs."""
    listed = json.loads((ROOT / "glue" / "jars.json").read_text())
    files = [ROOT / ".lake" / "cache" / "jars" / jar["file"] for jar in listed if jar["use"] == use]
    missing = [file.name for file in files if not file.exists()]
    assert not missing, f"{', '.join(missing)} not fetched yet: run `npm test` once"
    return files


def driver(folder: Path, endpoint: str, conf: Mapping[str, str]) -> dict[str, str]:
    """The environment of a driver that has what a job has on Glue."""
    program = SparkProgram("eu-west-1", conf, job_jars("job"), True, folder)
    return driver_environment(program, find_jars(job_jars("local")[0].parent, iceberg=True), endpoint)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session as jobs start it; only the catalog is another."""
    folder = tmp_path_factory.mktemp("spark")
    catalog = f"spark.sql.catalog.{CATALOG}"
    in_memory = {
        f"{catalog}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{catalog}.warehouse": str(folder / "warehouse"),
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in driver(folder, "http://127.0.0.1:9", in_memory).items():
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
