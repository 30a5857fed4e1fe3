"""The report of what the catalog holds, on moto's catalog and storage."""

from __future__ import annotations

import ast
import csv
import io
import json
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from jobs import catalogue_report as job

from .pipeline_inputs import ROOT

SCRIPT = ROOT / "glue/jobs/catalogue_report.py"
REPORT = "s3://curated/_meta/reports/"
AT = datetime(2026, 1, 31, 6, 30, tzinfo=UTC)


class Lake:
    """A catalog and the buckets behind it."""

    def __init__(self):
        self.glue, self.s3 = boto3.client("glue"), boto3.client("s3")
        place = {"LocationConstraint": "eu-west-1"}
        for bucket in ("raw", "refined", "curated"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)

    def database(self, name: str) -> None:
        self.glue.create_database(DatabaseInput={"Name": name})

    def table(self, database: str, name: str, columns=(), location="s3://raw/none", keys=(), **more) -> None:
        described = {
            "Name": name,
            "StorageDescriptor": {"Columns": list(columns), "Location": location},
            "PartitionKeys": list(keys),
            **more,
        }
        self.glue.create_table(DatabaseName=database, TableInput=described)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def iceberg(self, name: str, metadata: dict | None, **parameters: str) -> None:
        if metadata is not None:
            self.put("refined", f"masked/{name}/metadata/1.metadata.json", json.dumps(metadata).encode())
        columns = [
            {"Name": "id", "Type": "string", "Comment": "Which one", "Parameters": {"iceberg.field.current": "true"}},
            {"Name": "gone", "Type": "int", "Parameters": {"iceberg.field.current": "false"}},
        ]
        said = {"table_type": "ICEBERG", "metadata_location": f"s3://refined/masked/{name}/metadata/1.metadata.json"}
        self.table("refined_sales", name, columns, Parameters={**said, **parameters})

    def report(self, name: str) -> str:
        body = self.s3.get_object(Bucket="curated", Key=f"_meta/reports/{name}")["Body"].read()
        return body.decode()


def snapshot(number: int, records: int) -> dict:
    return {"snapshot-id": number, "summary": {"total-records": str(records), "total-files-size": str(records * 100)}}


@pytest.fixture
def lake(monkeypatch):
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        lake = Lake()
        lake.database("refined_sales")
        lake.database("raw_sales")
        lake.database("curated_sales")
        lake.iceberg(
            "orders",
            {"current-snapshot-id": 2, "snapshots": [snapshot(1, 3), snapshot(2, 1234)]},
            owner="sales-data@example.com",
            data_classification="proprietary",
            freshness="24h",
        )
        lake.iceberg("unwritten", {"current-snapshot-id": -1, "snapshots": []}, comment="Nothing yet")
        columns = [{"Name": "note", "Type": "string", "Comment": "a | b\nc <script>"}]
        keys = [{"Name": "ingest_date", "Type": "string"}]
        said = {"classification": "parquet"}
        lake.table(
            "raw_sales", "orders", columns, "s3://raw/sales/orders/", keys, Parameters=said, Description='São, "x"'
        )
        lake.put("raw", "sales/orders/ingest_date=2026-01-01/a.parquet", b"12345")
        lake.put("raw", "sales/orders_other/a.parquet", b"not this one")
        lake.table("curated_sales", "best", TableType="VIRTUAL_VIEW", Parameters={"presto_view": "true"})
        yield lake


def test_tables_have_their_size_owner_and_classification(lake):
    job.main(["--report", REPORT])
    rows = list(csv.DictReader(io.StringIO(lake.report("tables.csv"))))
    assert [(row["database"], row["table"], row["kind"], row["rows"], row["bytes"]) for row in rows] == [
        ("curated_sales", "best", "view", "", ""),
        ("raw_sales", "orders", "parquet", "", "5"),
        ("refined_sales", "orders", "iceberg", "1234", "123400"),
        ("refined_sales", "unwritten", "iceberg", "0", "0"),
    ]
    assert (rows[2]["owner"], rows[2]["classification"], rows[2]["freshness"]) == (
        "sales-data@example.com",
        "proprietary",
        "24h",
    )
    assert [row["description"] for row in rows] == ["", 'São, "x"', "", "Nothing yet"]


def test_columns_are_those_of_today_and_partition_keys_come_last(lake):
    job.main(["--report", REPORT])
    rows = list(csv.DictReader(io.StringIO(lake.report("columns.csv"))))
    assert [(row["database"], row["position"], row["column"], row["partition_key"]) for row in rows] == [
        ("raw_sales", "1", "note", "no"),
        ("raw_sales", "2", "ingest_date", "yes"),
        ("refined_sales", "1", "id", "no"),
        ("refined_sales", "1", "id", "no"),
    ]


def test_the_page_is_readable_whatever_comments_hold(lake):
    catalogue = job.read_catalogue(lake.glue, lake.s3, [])
    page = job.page(catalogue, AT)
    assert "4 tables on 2026-01-31 06:30 UTC." in page
    assert "| refined_sales.orders | iceberg | sales-data@example.com | proprietary | 24h | 1,234 | 123,400 |" in page
    assert "| note | string | a \\| b c &lt;script> |" in page
    assert "Could not be read" not in page
    assert page == job.page(job.read_catalogue(lake.glue, lake.s3, []), AT)


def test_only_named_databases_are_looked_at(lake):
    job.main(["--report", REPORT, "--databases", "raw_sales,curated_sales", "--other", "x"])
    assert "refined_sales" not in lake.report("tables.csv")


def test_a_table_that_cannot_be_read_is_named_and_the_others_are_reported(lake):
    lake.iceberg("broken", None)
    with pytest.raises(SystemExit, match=r"CatalogueUnreadableError: refined_sales.broken: NoSuchKey"):
        job.main(["--report", REPORT])
    assert "## Could not be read" in lake.report("catalogue.md")
    assert "refined_sales,orders,iceberg" in lake.report("tables.csv")


@pytest.mark.parametrize(
    ("arguments", "message"), [([], "missing: --report"), (["--report", "curated/x"], "s3://bucket")]
)
def test_without_a_place_there_is_no_report(lake, arguments, message):
    with pytest.raises((SystemExit, ValueError), match=message):
        job.main(arguments)


def test_more_tables_than_a_page_of_the_catalog_has(lake):
    for number in range(120):
        lake.table("raw_sales", f"t{number:03}", Parameters={"classification": "csv"})
    assert len(job.read_catalogue(lake.glue, lake.s3, ["raw_sales"]).entries) == 121


def test_the_script_is_one_that_a_python_shell_can_read():
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    imported = {name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in [node.names[0].name]}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("lake_spark", "pyspark")}
