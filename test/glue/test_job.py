"""The job as a process, with everything real but AWS: Glue's catalog, S3 and KMS are the embedded local AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from local_aws.conftest import ROOT, RunningServer, start_server

from .conftest import driver

ACCOUNT = "123456789012"

CONTRACT = {
    "id": "sales/customers",
    "domain": "sales",
    "dataset": "customers",
    "description": "One row for each customer; it's a test",
    "owner": "sales-data@example.com",
    "format": {"type": "csv"},
    "key": ["customer_id"],
    "classification": "proprietary",
    "freshness": "24h",
    "columns": [
        {"name": "customer_id", "type": "string", "required": True, "classification": "confidential", "mask": "hash"},
        {"name": "born", "type": "date", "required": False, "classification": "confidential", "mask": "date_trunc"},
        {"name": "seen", "type": "timestamp", "required": False, "classification": "proprietary"},
        {"name": "spent", "type": "decimal(10,2)", "required": False, "classification": "proprietary"},
    ],
    "files": [],
    "quality": ['IsPrimaryKey "customer_id"', 'ColumnValues "spent" >= 0'],
}

ROWS = """
SELECT 'c' || i AS customer_id, DATE '2000-01-15' + i::INT AS born, TIMESTAMP '2026-01-01 10:00:00' AS seen,
  (i / 4)::DECIMAL(10,2) AS spent, 's3://drop/customers.csv' AS _source_object, 'v1' AS _source_version,
  i::BIGINT AS _source_row, TIMESTAMP '2026-01-02 00:00:00' AS _loaded_at
FROM range({count}) t(i)
"""


class Account:
    """An account with zones, databases and a masking key, and a way to run jobs in it."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.folder = folder
        self.server = server
        self.s3, self.glue, self.kms = (server.client(name, ACCOUNT) for name in ("s3", "glue", "kms"))
        for bucket in ("raw", "refined"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for database in ("refined_sales", "refined_sales_clear"):
            self.glue.create_database(DatabaseInput={"Name": database})
        key = self.kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
        self.kms.create_alias(AliasName="alias/lake-masking", TargetKeyId=key)
        self.package = folder / "lake_spark.zip"
        with zipfile.ZipFile(self.package, "w") as package:
            for file in (ROOT / "glue" / "lake_spark").glob("*.py"):
                package.write(file, f"lake_spark/{file.name}")
            package.writestr("lake_spark/contracts.json", json.dumps([CONTRACT]))

    def upload(self, name: str, rows: str) -> str:
        """A raw file as the intake writes it, and its address."""
        file = self.folder / name
        duckdb.connect().execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        self.s3.upload_file(str(file), "raw", f"sales/customers/ingest_date=2026-01-02/{name}")
        return f"s3://raw/sales/customers/ingest_date=2026-01-02/{name}"

    def refine(self, batch_id: str, *uris: str) -> subprocess.CompletedProcess[str]:
        """Runs the job as the runtime of Glue runs would."""
        base = "s3://refined/_meta/sales/customers"
        manifest = {"job": "sales/customers", "batchId": batch_id, "objects": [{"uri": uri} for uri in uris]}
        self.s3.put_object(
            Bucket="refined", Key=f"_meta/sales/customers/batches/{batch_id}.json", Body=json.dumps(manifest)
        )
        arguments = {
            "--JOB_NAME": "lake-refine-sales",
            "--dataset": "sales/customers",
            "--batch_id": batch_id,
            "--manifest": f"{base}/batches/{batch_id}.json",
            "--result": f"{base}/runs/{batch_id}.json",
            "--refined_bucket": "refined",
            "--masking_key": "alias/lake-masking",
            "--JOB_RUN_ID": "jr_1",
        }
        return subprocess.run(
            [sys.executable, str(ROOT / "glue" / "jobs" / "refine.py"), *[t for p in arguments.items() for t in p]],
            env=self.environment(),
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def result(self, batch_id: str) -> dict:
        """What the run wrote of itself."""
        body = self.s3.get_object(Bucket="refined", Key=f"_meta/sales/customers/runs/{batch_id}.json")["Body"]
        return json.loads(body.read())

    def environment(self) -> dict[str, str]:
        """What differs from Glue: where AWS is, and where jars are."""
        endpoint = self.server.endpoint
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PYTHONPATH": str(self.package),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
            **driver(self.folder, endpoint, {}),
        }


@pytest.fixture(scope="module")
def aws_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account on a server of its own."""
    folder = tmp_path_factory.mktemp("job")
    server = start_server(folder / "server")
    yield Account(server, folder)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 0


def test_the_job_refines_through_glue_s3_and_kms(aws_account: Account):
    run = aws_account.refine("b1", aws_account.upload("one.parquet", ROWS.format(count=10_000)))
    assert run.returncode == 0, run.stderr[-4000:]
    result = aws_account.result("b1")
    assert result["rows"]["inserted"] == 10_000
    assert result["runId"] == "jr_1"
    assert {name: table["rows"] for name, table in result["tables"].items()} == {
        "refined_sales.customers": 10_000,
        "refined_sales_clear.customers": 10_000,
    }
    shown = aws_account.glue.get_table(DatabaseName="refined_sales", Name="customers")["Table"]
    assert shown["Parameters"]["owner"] == "sales-data@example.com"
    assert shown["Parameters"]["data_classification"] == "proprietary"
    clear = aws_account.glue.get_table(DatabaseName="refined_sales_clear", Name="customers")["Table"]
    assert clear["Parameters"]["data_classification"] == "confidential"
    assert clear["StorageDescriptor"]["Location"] == "s3://refined/clear/sales/customers"


def test_a_refused_batch_ends_the_process_with_the_reason(aws_account: Account):
    rows = f"SELECT * REPLACE (-spent AS spent) FROM ({ROWS.format(count=10)})"
    run = aws_account.refine("b2", aws_account.upload("two.parquet", rows))
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith('QualityRefusedError: ColumnValues "spent" >= 0 does not hold'), run.stderr[-3000:]
    assert aws_account.result("b2")["status"] == "refused"
