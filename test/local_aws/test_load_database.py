"""The job that fills the account's own database, as it is deployed: Glue, RDS, Secrets Manager and S3 together."""

import io
import json
import zipfile
from contextlib import closing

import pg8000.dbapi
import pytest

from local.postgres_certificates import Authority

from .conftest import ROOT, wait_until
from .jobs import ended, job, logged, start, upload

DATASET = "sales/orders"
CONTRACT = {
    "id": DATASET,
    "domain": "sales",
    "dataset": "orders",
    "description": "One row for each order",
    "owner": "sales-data@example.com",
    "key": ["order_id"],
    "classification": "proprietary",
    "latest_by": "changed_at",
    "columns": [
        {"name": "order_id", "type": "string", "required": True},
        {"name": "total", "type": "decimal(10,2)", "required": False},
        {"name": "changed_at", "type": "timestamp", "required": True},
    ],
}


def library():
    """The Python library, as the build packs it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in (ROOT / "glue" / "lake_spark").rglob("*.py"):
            archive.write(file, f"lake_spark/{file.relative_to(ROOT / 'glue' / 'lake_spark')}")
        archive.writestr("lake_spark/contracts.json", json.dumps([CONTRACT]))
    return content.getvalue()


@pytest.fixture
def cluster(aws, account):
    rds = aws.client("rds", account)
    rds.create_db_cluster(
        DBClusterIdentifier="lake",
        Engine="aurora-postgresql",
        DatabaseName="lake",
        MasterUsername="lake_master",
        ManageMasterUserPassword=True,
    )

    def available():
        found = rds.describe_db_clusters(DBClusterIdentifier="lake")["DBClusters"][0]
        return found if found["Status"] == "available" else None

    yield wait_until(available, 60)
    rds.delete_db_cluster(DBClusterIdentifier="lake", SkipFinalSnapshot=True)


def test_the_job_fills_the_database_and_lets_its_reader_in(aws, account, cluster):
    secrets = aws.client("secretsmanager", account)
    reader = secrets.create_secret(Name="reader")["ARN"]
    jars = json.loads((ROOT / "glue" / "jars.json").read_text())
    (driver,) = (jar["file"] for jar in jars if jar["file"].startswith("postgresql-"))
    content = (ROOT / ".lake" / "cache" / "jars" / driver).read_bytes()
    arguments = {
        "--extra-py-files": upload(aws, account, "lake_spark.zip", library()),
        "--extra-jars": upload(aws, account, driver, content),
        # Of others: the local AWS adds its own.
        "--extra-files": upload(aws, account, "rds-ca.pem", Authority("Other").pem),
        "--host": cluster["Endpoint"],
        "--port": str(cluster["Port"]),
        "--database": "lake",
        "--master_secret": cluster["MasterUserSecret"]["SecretArn"],
        "--reader_secret": reader,
        "--datalake-formats": "iceberg",
    }
    script = (ROOT / "glue" / "jobs" / "load_database.py").read_text()
    name = job(aws, account, "load-database", script, "glueetl", DefaultArguments=arguments)
    rows = "order_id,total,changed_at\no-1,12.50,2026-01-31 10:00:00\no-2,,2026-01-31 11:00:00\n"
    place = upload(aws, account, "orders/part.csv", rows).removesuffix("part.csv")
    request = {"--dataset": DATASET, "--input": place, "--format": "csv"}

    for changed in (2, 0):
        run_id = start(aws, account, name, Arguments=request)
        run = ended(aws, account, name, run_id, 120)
        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
        said = "".join(logged(aws, account, "/aws-glue/jobs/output", run_id))
        assert f"2 rows, {changed} of them new or changed" in said

    found = json.loads(secrets.get_secret_value(SecretId=reader)["SecretString"])
    connection = pg8000.dbapi.connect(
        user=found["username"],
        password=found["password"],
        host=cluster["Endpoint"],
        port=cluster["Port"],
        database="lake",
        ssl_context=True,
    )
    with closing(connection):
        cursor = connection.cursor()
        cursor.execute("select order_id, total::text from orders order by order_id")
        assert cursor.fetchall() == (["o-1", "12.50"], ["o-2", None])
