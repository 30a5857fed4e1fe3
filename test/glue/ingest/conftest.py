"""One database server and one account of AWS for all tests of ingestion."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_aws.conftest import start_server
from pyspark.sql import SparkSession

from local.postgres import PostgresServer

from .support import ACCOUNT, Site


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """An empty server."""
    with PostgresServer(tmp_path_factory.mktemp("ingest-postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def site(spark: SparkSession, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everything that a run needs, with Spark's ways to S3 set to the account."""
    credentials = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "eu-west-1"}
    before = {name: os.environ.get(name) for name in credentials}
    os.environ.update(credentials)
    folder: Path = tmp_path_factory.mktemp("ingest")
    server = start_server(folder / "server")
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    settings = {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": server.endpoint,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.access.key": ACCOUNT,
        "fs.s3a.secret.key": "any",
        "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }
    for key, value in settings.items():
        hadoop.set(key, value)
    yield Site(spark, postgres, server, folder)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 0
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
