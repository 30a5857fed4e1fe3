"""The Glue catalog as Iceberg and Terraform use it."""

import json
from pathlib import Path

from .conftest import ROOT
from .helpers import refusal
from .jobs import code_bucket, ended, job, logged, role, start, upload

JARS = ROOT / ".lake" / "cache" / "jars"

CONF = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    # A worker of Glue is larger than this machine: the job's wish may not decide here.
    "spark.executor.memory": "64g",
}

MERGE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pyspark.sql import SparkSession
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
table, location = "glue_catalog.refined_sales.orders", options["--target"]
spark = SparkSession.builder.getOrCreate()
spark.sql(f"CREATE TABLE {table} (id BIGINT COMMENT 'key', v STRING) USING iceberg LOCATION '{location}orders'")
spark.read.option("header", True).csv(options["--source"]).createOrReplaceTempView("new")
merge = (f"MERGE INTO {table} t USING (SELECT CAST(id AS BIGINT) id, v FROM new) n ON t.id = n.id "
         "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
spark.sql(f"INSERT INTO {table} VALUES (2, 'old')")
spark.sql(merge)
# At once: only a commit to the version that was read may win.
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda n: spark.sql(f"INSERT INTO {table} VALUES ({n}, 'x')"), (10, 11)))
rows = sorted(map(tuple, spark.table(table).collect()))
snapshots = spark.sql(f"SELECT count(*) FROM {table}.snapshots").first()[0]
spark.range(3).write.parquet(location + "plain/")
plain = spark.read.parquet(location + "plain/").count()
print("RESULT", json.dumps({"rows": rows, "snapshots": snapshots, "plain": plain}))
"""


def test_a_spark_job_merges_into_an_iceberg_table_of_the_catalog(aws, account):
    assert JARS.is_dir(), "the jars of Spark are not fetched yet: run `npm test` once"
    name = code_bucket(aws, account)
    source = upload(aws, account, "in/orders.csv", "id,v\n1,a\n2,b\n")
    aws.client("glue", account).create_database(DatabaseInput={"Name": "refined_sales"})
    conf = " --conf ".join(f"{key}={value}" for key, value in CONF.items())
    arguments = {"--conf": conf, "--datalake-formats": "iceberg", "--source": source, "--target": f"s3://{name}/t/"}
    job(aws, account, "merges", MERGE, kind="glueetl", DefaultArguments=arguments)
    run_id = start(aws, account, "merges")
    run = ended(aws, account, "merges", run_id, seconds=300)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    output = logged(aws, account, "/aws-glue/jobs/output", run_id)
    result = json.loads(next(line for line in output if line.startswith("RESULT")).removeprefix("RESULT"))
    assert result["rows"] == [[1, "a"], [2, "b"], [10, "x"], [11, "x"]]
    assert result["snapshots"] == 4
    assert result["plain"] == 3
    table = aws.client("glue", account).get_table(DatabaseName="refined_sales", Name="orders")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["StorageDescriptor"]["Columns"][0]["Comment"] == "key"


def test_a_spark_job_whose_java_machine_is_killed_fails(aws, account):
    source = """
import os
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
pid, jvm = spark.sparkContext._gateway.proc.pid, spark.sparkContext._jvm
print("PID", pid)
print("LEFT", jvm.java.io.File.createTempFile("left", "over").getPath(), flush=True)
os.kill(pid, 9)
spark.range(3).count()
"""
    job(aws, account, "killed", source, kind="glueetl")
    run_id = start(aws, account, "killed")
    run = ended(aws, account, "killed", run_id, seconds=300)
    assert run["JobRunState"] == "FAILED"
    assert "Py4J" in run["ErrorMessage"] or "Connection" in run["ErrorMessage"]
    said = dict(line.split() for line in logged(aws, account, "/aws-glue/jobs/output", run_id))
    # The JVM had no chance to remove what it had written.
    assert run_id in said["LEFT"]
    assert not Path(said["LEFT"]).exists()
    assert not list(Path("/tmp").glob(f"hsperfdata_*/{said['PID']}"))


def test_a_commit_to_a_stale_version_is_refused(aws, account):
    glue = aws.client("glue", account)
    glue.create_database(DatabaseInput={"Name": "d"})
    table = {"Name": "t", "Parameters": {"metadata_location": "0"}}
    glue.create_table(DatabaseName="d", TableInput=table)
    assert refusal(lambda: glue.create_table(DatabaseName="d", TableInput=table))[1] == "AlreadyExistsException"

    def commit(number, version):
        new = {"Name": "t", "Parameters": {"metadata_location": str(number)}}
        glue.update_table(DatabaseName="d", TableInput=new, VersionId=version, SkipArchive=True)

    read = glue.get_table(DatabaseName="d", Name="t")["Table"]["VersionId"]
    commit(1, read)
    assert refusal(lambda: commit(2, read))[1] == "ConcurrentModificationException"
    found = glue.get_table(DatabaseName="d", Name="t")["Table"]
    assert found["Parameters"] == {"metadata_location": "1"}

    def versions():
        return [
            entry["VersionId"] for entry in glue.get_table_versions(DatabaseName="d", TableName="t")["TableVersions"]
        ]

    assert versions() == [found["VersionId"]]
    glue.update_table(DatabaseName="d", TableInput=table)
    assert len(versions()) == 2


def test_a_database_goes_with_its_tables_and_tags(aws, account):
    glue = aws.client("glue", account)
    arn = f"arn:aws:glue:eu-west-1:{account}:database/d"
    glue.create_database(DatabaseInput={"Name": "d"}, Tags={"a": "b"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    glue.delete_database(Name="d")
    glue.create_database(DatabaseInput={"Name": "d"})
    assert glue.get_tables(DatabaseName="d")["TableList"] == []
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_jobs_are_updated_and_not_created_twice(aws, account):
    glue = aws.client("glue", account)
    script = {"Name": "glueetl", "ScriptLocation": "s3://b/one.py"}
    arn = role(aws, account, "glue.amazonaws.com")
    settings = {"Role": arn, "Command": script, "Tags": {"a": "b"}, "ExecutionClass": "FLEX", "MaxRetries": 1}
    glue.create_job(Name="j", **settings)
    assert refusal(lambda: glue.create_job(Name="j", **settings))[1] == "AlreadyExistsException"
    new = {"Name": "glueetl", "ScriptLocation": "s3://b/two.py"}
    glue.update_job(JobName="j", JobUpdate={"Role": arn, "Command": new, "DefaultArguments": {"--a": "b"}})
    found = glue.get_job(JobName="j")["Job"]
    assert (found["Command"], found["DefaultArguments"]) == (new, {"--a": "b"})
    assert "ExecutionClass" not in found
    assert "MaxRetries" not in found
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:eu-west-1:{account}:job/j")["Tags"] == {"a": "b"}
    assert refusal(lambda: glue.update_job(JobName="no", JobUpdate={"Role": arn}))[1] == "EntityNotFoundException"


def test_triggers_and_connections_are_updated(aws, account):
    glue = aws.client("glue", account)
    glue.create_trigger(Name="t", Type="SCHEDULED", Schedule="cron(0 1 * * ? *)", Actions=[{"JobName": "a"}])
    glue.update_trigger(Name="t", TriggerUpdate={"Schedule": "cron(0 2 * * ? *)", "Actions": [{"JobName": "b"}]})
    trigger = glue.get_trigger(Name="t")["Trigger"]
    assert (trigger["Schedule"], trigger["Actions"]) == ("cron(0 2 * * ? *)", [{"JobName": "b"}])
    network = {"Name": "c", "ConnectionType": "NETWORK", "ConnectionProperties": {}, "Description": "one"}
    glue.create_connection(ConnectionInput=network)
    glue.update_connection(Name="c", ConnectionInput={**network, "Description": "two"})
    found = glue.get_connection(Name="c")["Connection"]
    assert (found["ConnectionType"], found["Description"]) == ("NETWORK", "two")
    glue.delete_connection(ConnectionName="c")
    assert refusal(lambda: glue.delete_connection(ConnectionName="c"))[1] == "EntityNotFoundException"
