"""Steps and job runs with a real Spark in them."""

import json

from .emr_clusters import add, cluster, ended, program, step, text
from .emr_serverless_runs import application, start
from .emr_serverless_runs import ended as run_ended
from .jobs import code_bucket, upload

LOAD = """
import sys
from pyspark.sql import SparkSession, functions as F
import shared

source, target = sys.argv[1:]
spark = SparkSession.builder.appName("load").getOrCreate()
assert spark.conf.get("spark.sql.shuffle.partitions") == "3", spark.conf.get("spark.sql.shuffle.partitions")
rows = spark.read.csv(source, header=True).withColumn("doubled", F.col("a").cast("int") * shared.FACTOR)
rows.write.mode("overwrite").json(target)
print(rows.count(), "rows")
"""


def written(aws, account, prefix):
    """The documents below a prefix."""
    s3, name = aws.client("s3", account), code_bucket(aws, account)
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=name, Prefix=prefix).get("Contents", [])]
    texts = [s3.get_object(Bucket=name, Key=key)["Body"].read().decode() for key in keys if key.endswith(".json")]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_spark_reads_and_writes_s3_as_a_step_and_its_failure_is_told(aws, account):
    url, name = program(aws, account, LOAD), code_bucket(aws, account)
    shared = upload(aws, account, "shared.py", "FACTOR = 2")
    upload(aws, account, "in/rows.csv", "a,b\n1,x\n2,y\n")
    settings = {"Classification": "spark-defaults", "Properties": {"spark.sql.shuffle.partitions": "3"}}
    cluster_id = cluster(aws, account, Configurations=[settings])
    options = ("--py-files", shared, "--executor-memory", "16g")
    good = step(url, f"s3://{name}/in/", f"s3://{name}/out/", options=options)
    bad = step(url, f"s3://{name}/none/", f"s3://{name}/out/", options=options)
    ids = add(aws, account, cluster_id, good, bad)
    done = ended(aws, account, cluster_id, ids[0], 120)
    assert done["State"] == "COMPLETED", done
    assert written(aws, account, "out/") == [{"a": "1", "b": "x", "doubled": 2}, {"a": "2", "b": "y", "doubled": 4}]
    assert text(aws, account, f"logs/{cluster_id}/steps/{ids[0]}/stdout.gz") == "2 rows\n"
    failed = ended(aws, account, cluster_id, ids[1], 120)
    assert failed["State"] == "FAILED"
    assert "Path does not exist" in failed["FailureDetails"]["Message"]
    aws.client("emr", account).terminate_job_flows(JobFlowIds=[cluster_id])


def test_spark_reads_and_writes_s3_as_a_job_run(aws, account):
    url, name = program(aws, account, LOAD), code_bucket(aws, account)
    shared = upload(aws, account, "shared.py", "FACTOR = 3")
    upload(aws, account, "in/rows.csv", "a\n1\n")
    app = application(aws, account)
    parameters = f"--py-files {shared} --conf spark.sql.shuffle.partitions=3 --conf spark.executor.memory=16g"
    run = start(aws, account, app, url, f"s3://{name}/in/", f"s3://{name}/out/", parameters=parameters)
    done = run_ended(aws, account, app, run, 120)
    assert done["state"] == "SUCCESS", done
    assert written(aws, account, "out/") == [{"a": "1", "doubled": 3}]
