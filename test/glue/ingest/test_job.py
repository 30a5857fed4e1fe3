"""The job as a process, as Glue and clusters start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from local_aws.conftest import ROOT

from lake_spark.contracts import Column

from ..conftest import job_jars
from .support import ACCOUNT, BUCKET, INGESTION, READER, SOURCE, Feed, Site, feed

COLUMNS = (Column("id", "int", required=True), Column("at", "timestamp", required=True))
DDL = "CREATE TABLE {} (id int PRIMARY KEY, at timestamptz NOT NULL)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ingest-job")


def package(folder: Path, table: Feed) -> Path:
    """The library as the build makes it, with the table's contract."""
    of = table.contract
    entry = {
        "id": of.id,
        "domain": of.domain,
        "dataset": of.dataset,
        "description": of.description,
        "owner": of.owner,
        "key": list(of.key),
        "classification": "secret",
        "columns": [{"name": column.name, "type": column.type, "required": column.required} for column in of.columns],
    }
    path = folder / "lake_spark.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (ROOT / "glue" / "lake_spark").rglob("*.py"):
            archive.write(file, f"lake_spark/{file.relative_to(ROOT / 'glue' / 'lake_spark')}")
        archive.writestr("lake_spark/contracts.json", json.dumps([entry]))
    return path


def start(site: Site, folder: Path, table: Feed, token: int, window: str) -> subprocess.CompletedProcess[str]:
    """Runs the script with the arguments that the claim gives, among others."""
    settings = {
        "spark.master": "local[2]",
        "spark.driver.extraClassPath": ":".join(map(str, [*job_jars("job"), *job_jars("local")])),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -Duser.timezone=America/New_York",
        "spark.local.dir": str(folder),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": site.aws.endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": str(folder),
    }
    conf = " ".join(f'--conf "{key}={value}"' for key, value in settings.items())
    arguments = {
        "--source": SOURCE,
        "--table": table.name,
        "--token": str(token),
        "--kind": "regular",
        "--window": window,
        "--ingestion_table": INGESTION,
        "--raw_bucket": BUCKET,
        "--cluster": "j-1",
        "--execution": "x",
        "--JOB_NAME": "lake-ingest",
    }
    return subprocess.run(
        [
            sys.executable,
            str(ROOT / "glue" / "jobs" / "ingest.py"),
            *[text for pair in arguments.items() for text in pair],
        ],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TZ": "America/New_York",
            "PYTHONPATH": str(package(folder, table)),
            "PYSPARK_SUBMIT_ARGS": f"{conf} pyspark-shell",
            "AWS_ENDPOINT_URL": site.aws.endpoint,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
        },
        text=True,
        capture_output=True,
        timeout=150,
        check=False,
    )


def test_the_job_reads_its_window_and_keeps_its_secret(site: Site, folder: Path):
    table = feed(site, DDL, COLUMNS)
    site.sql(f"INSERT INTO {table.name} SELECT i, now() - interval '1 hour' FROM generate_series(1, 200) i")
    (folder / "rds-ca.pem").write_text(Path(site.authorities()).read_text())
    run = start(site, folder, table, *table.claim())
    assert run.returncode == 0, run.stderr[-4000:]
    assert table.ids() == list(range(1, 201))
    database = site.sql(f"SELECT DISTINCT at AT TIME ZONE 'UTC' FROM {table.name}")[0]
    assert [row["at"] for row in table.frame().select("at").distinct().collect()] == database
    [history] = table.history
    assert (history["status"], history["cluster_id"]) == ("succeeded", "j-1")
    assert "200 rows in parts" in run.stdout
    tags = site.s3.get_object_tagging(Bucket=BUCKET, Key=table.files[0].split("/", 3)[3])["TagSet"]
    assert tags == [{"Key": "classification", "Value": "secret"}]
    # Neither what it says nor Spark's own log of the run has the password.
    events = [file.read_text() for file in folder.iterdir() if file.name.startswith(("local-", "app-"))]
    assert events
    for text in (run.stdout, run.stderr, *events):
        for form in (READER.password, json.dumps(READER.password)[1:-1]):
            assert form not in text

    # Without the authorities nobody can be trusted, and the same window is read by the next run.
    (folder / "rds-ca.pem").unlink()
    site.sql(f"INSERT INTO {table.name} SELECT i, now() - interval '3 minutes' FROM generate_series(201, 202) i")
    failed = start(site, folder, table, *table.claim())
    assert failed.returncode == 1
    last = failed.stderr.strip().splitlines()[-1]
    assert last == "ArgumentsError: rds-ca.pem is not in the working directory: give it to the job as a file"
    assert table.history[1]["error_name"] == "ArgumentsError"
    assert table.ingest() == "succeeded"
    assert table.ids()[-2:] == [201, 202]
