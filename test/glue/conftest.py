"""One Spark for the whole run, with an Iceberg catalog in a folder instead of Glue."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pyspark.sql import SparkSession

from lake_spark import tables
from lake_spark.contracts import CLASSIFICATIONS
from lake_spark.session import CATALOG, start_session, writing_catalog, writing_settings
from local.runtimes.spark import SparkProgram, driver_environment, find_jars

from .support import Lake

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "eu-west-1"
#: A Glue catalog (moto's) beside the other tests' catalog in one session.
GLUE = "on_s3"


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
    make_one_of_the_catalogs(session)
    for database in ("refined_sales", "refined_sales_clear"):
        session.sql(f"CREATE NAMESPACE {CATALOG}.{database}")
    yield session
    session.stop()


def make_one_of_the_catalogs(session: SparkSession) -> None:
    """Each catalog in memory has tables of its own, unlike those over one Glue: so the same one gets all the names."""
    manager = session._jsparkSession.sessionState().catalogManager()
    known = manager.getClass().getDeclaredField("catalogs")
    known.setAccessible(True)
    for level in CLASSIFICATIONS:
        known.get(manager).put(writing_catalog(level), manager.catalog(CATALOG))


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake with raw files of the test's own."""
    return Lake(spark, tmp_path)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Where Glue and S3 are."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="module")
def aws(endpoint):
    """Clients of these, by service; there is a bucket `tables`, there are databases, and nothing else."""
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()

    def client(service: str):
        session = boto3.session.Session(ACCOUNT, "any", region_name=REGION)
        return session.client(service, endpoint_url=endpoint)

    place = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="tables", CreateBucketConfiguration=place)
    for database in ("refined_sales", "refined_sales_clear", "curated_sales", "upkeep"):
        client("glue").create_database(DatabaseInput={"Name": database})
    return client


@pytest.fixture(scope="session")
def on_s3(spark, endpoint):
    """The session with a Glue catalog, set up as on Glue but for where AWS is."""
    system = spark.sparkContext._jvm.java.lang.System
    credentials = {"aws.accessKeyId": ACCOUNT, "aws.secretAccessKey": "any", "aws.region": REGION}
    for name, value in credentials.items():
        system.setProperty(name, value)
    session = {key: value for key, value in spark.sparkContext.getConf().getAll() if key.startswith("spark.sql.")}
    tagged = next(key for key in session if key.endswith(f".{CATALOG}.s3.write.tags.classification"))
    own = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        ".cache-enabled": "false",
        ".glue.endpoint": endpoint,
        ".s3.endpoint": endpoint,
        ".s3.path-style-access": "true",
        ".client.region": REGION,
        ".s3.write.tags.classification": session[tagged],
    }
    settings = {f"spark.sql.catalog.{GLUE}{name}": value for name, value in own.items()}
    for name, value in {**settings, **writing_settings(settings, GLUE)}.items():
        spark.conf.set(name, value)
    yield spark
    for name in credentials:
        system.clearProperty(name)


@pytest.fixture
def tables_on_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs write their tables there."""
    monkeypatch.setattr(tables, "writing_catalog", lambda level: writing_catalog(level, GLUE))
