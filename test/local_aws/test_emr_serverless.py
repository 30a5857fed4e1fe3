"""EMR Serverless: applications, and job runs as programs of this machine."""

import json

import pytest

from .conftest import wait_until
from .emr_clusters import FAILS, OK, SLEEP, emr_server, program, text
from .emr_serverless_runs import application, ended, found, start
from .helpers import refusal
from .jobs import code_bucket, logged, role, upload
from .test_glue_jobs import assert_silent, beating


@pytest.fixture(scope="module")
def emr_aws(tmp_path_factory):
    yield from emr_server(tmp_path_factory.mktemp("emr"), "--spark-processes", "1")


def test_an_application_is_created_changed_and_deleted(emr_aws, account):
    client = emr_aws.client("emr-serverless", account)
    capacity = {"cpu": "8 vCPU", "memory": "32 GB", "disk": "100 GB"}
    network = {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    app = application(
        emr_aws,
        account,
        maximumCapacity=capacity,
        networkConfiguration=network,
        architecture="ARM64",
        tags={"lake": "yes"},
    )
    known = client.get_application(applicationId=app)["application"]
    assert (known["state"], known["type"], known["architecture"]) == ("CREATED", "Spark", "ARM64")
    assert (known["maximumCapacity"], known["networkConfiguration"]) == (capacity, network)
    assert known["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 15}
    client.tag_resource(resourceArn=known["arn"], tags={"more": "1"})
    client.untag_resource(resourceArn=known["arn"], tagKeys=["lake"])
    assert client.list_tags_for_resource(resourceArn=known["arn"])["tags"] == {"more": "1"}
    client.start_application(applicationId=app)
    assert refusal(lambda: client.delete_application(applicationId=app))[1] == "ValidationException"
    assert (
        refusal(lambda: client.update_application(applicationId=app, architecture="X86_64"))[1] == "ValidationException"
    )
    client.stop_application(applicationId=app)
    changed = client.update_application(applicationId=app, autoStopConfiguration={"enabled": False})["application"]
    assert changed["autoStopConfiguration"]["enabled"] is False
    assert [entry["id"] for entry in client.list_applications(states=["STOPPED"])["applications"]] == [app]
    client.delete_application(applicationId=app)
    assert client.get_application(applicationId=app)["application"]["state"] == "TERMINATED"
    assert refusal(lambda: client.start_application(applicationId=app))[1] == "ValidationException"
    assert refusal(lambda: client.get_application(applicationId="none"))[1] == "ResourceNotFoundException"


def test_a_run_gets_its_arguments_files_role_and_logs(emr_aws, account):
    source = """
import sys, json, os, boto3
out = {"arguments": sys.argv[2:], "note": open("note.txt").read()}
out["who"] = boto3.client("sts").get_caller_identity()["Arn"]
out["spark"] = all(word in os.environ["PYSPARK_SUBMIT_ARGS"] for word in ("spark.sql.a=1", "spark.sql.b=3"))
boto3.client("s3").put_object(Bucket=sys.argv[1], Key="out.json", Body=json.dumps(out))
print("written")
print("a word", file=sys.stderr)
"""
    url, target = program(emr_aws, account, source), code_bucket(emr_aws, account)
    note = upload(emr_aws, account, "note.txt", "beside")
    defaults = {"classification": "spark-defaults", "properties": {"spark.sql.a": "1", "spark.sql.b": "2"}}
    app = application(emr_aws, account, runtimeConfiguration=[defaults])
    monitoring = {
        "s3MonitoringConfiguration": {"logUri": f"s3://{target}/logs/"},
        "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "lake", "logStreamNamePrefix": "ingest"},
    }
    run_id = start(
        emr_aws, account, app, url, target, "--table", "a b",
        parameters=f"--files {note} --conf spark.sql.b=3 --conf spark.executor.cores=2",
        configurationOverrides={"monitoringConfiguration": monitoring}, name="load", tags={"table": "a"},
    )  # fmt: skip
    run = ended(emr_aws, account, app, run_id)
    assert run["state"] == "SUCCESS", run
    assert (run["name"], run["tags"], run["executionTimeoutMinutes"]) == ("load", {"table": "a"}, 720)
    assert run["endedAt"] >= run["startedAt"] >= run["createdAt"]
    out = json.loads(emr_aws.client("s3", account).get_object(Bucket=target, Key="out.json")["Body"].read())
    assert out == {
        "arguments": ["--table", "a b"],
        "who": f"arn:aws:sts::{account}:assumed-role/emr-serverless/{run_id}",
        "note": "beside",
        "spark": True,
    }
    logs = f"applications/{app}/jobs/{run_id}/SPARK_DRIVER"
    assert text(emr_aws, account, f"logs/{logs}/stdout.gz") == "written\n"
    assert text(emr_aws, account, f"logs/{logs}/stderr.gz") == "a word\n"
    assert logged(emr_aws, account, "lake", f"ingest/{logs}/stdout") == ["written"]
    assert (
        emr_aws.client("emr-serverless", account).get_application(applicationId=app)["application"]["state"]
        == "STARTED"
    )


def test_a_failed_run_tells_its_last_exception(emr_aws, account):
    app = application(emr_aws, account)
    run = ended(emr_aws, account, app, start(emr_aws, account, app, program(emr_aws, account, FAILS)))
    assert run["state"] == "FAILED"
    assert run["stateDetails"] == (
        "Job failed, please check complete logs in configured logging destination. ExitCode: 1. "
        "Last few exceptions: CountRefusedError: 3 of 5 rows"
    )


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("--master local[1]", "Option 'spark.master' is not supported"),
        ("--conf spark.submit.deployMode=client", "Option 'spark.submit.deployMode' is not supported"),
        ("--class a.B", "--class: only Python programs"),
        ("--conf spark.archives=s3://b/a.zip", "spark.archives: archives"),
        ("extra", "'extra' is no option"),
        ("--conf spark.hadoop.hive.metastore.client.factory.class=x", "catalog is not Glue's here"),
    ],
)
def test_what_cannot_be_run_faithfully_fails_with_the_reason(emr_aws, account, parameters, reason):
    app = application(emr_aws, account)
    run = ended(emr_aws, account, app, start(emr_aws, account, app, "s3://b/a.py", parameters=parameters))
    assert run["state"] == "FAILED"
    assert reason in run["stateDetails"]


def test_a_role_that_does_not_trust_the_service_runs_nothing(emr_aws, account):
    app, stranger = application(emr_aws, account), role(emr_aws, account, "glue.amazonaws.com")
    run = ended(emr_aws, account, app, start(emr_aws, account, app, "s3://b/a.py", executionRoleArn=stranger))
    assert run["state"] == "FAILED"
    assert "Could not assume the execution role" in run["stateDetails"]


def test_a_run_is_cancelled_and_one_that_waits_as_well(emr_aws, account, tmp_path):
    app, client = application(emr_aws, account), emr_aws.client("emr-serverless", account)
    running = start(emr_aws, account, app, program(emr_aws, account, beating(tmp_path / "beat")))
    wait_until((tmp_path / "beat").exists)
    waiting = start(emr_aws, account, app, program(emr_aws, account, OK, "ok"))
    wait_until(lambda: found(emr_aws, account, app, waiting)["state"] == "SCHEDULED")
    assert refusal(lambda: client.stop_application(applicationId=app))[1] == "ValidationException"
    for run in (waiting, running):
        client.cancel_job_run(applicationId=app, jobRunId=run)
        assert ended(emr_aws, account, app, run)["state"] == "CANCELLED"
    assert_silent(tmp_path / "beat")
    assert refusal(lambda: client.cancel_job_run(applicationId=app, jobRunId=running))[1] == "ValidationException"
    assert [run["id"] for run in client.list_job_runs(applicationId=app)["jobRuns"]] == [waiting, running]
    assert client.list_job_runs(applicationId=app, states=["RUNNING"])["jobRuns"] == []


def test_a_run_that_takes_too_long_is_cancelled(emr_aws, account):
    app = application(emr_aws, account)
    run_id = start(emr_aws, account, app, program(emr_aws, account, SLEEP), executionTimeoutMinutes=5)
    run = ended(emr_aws, account, app, run_id)
    assert (run["state"], run["stateDetails"]) == ("CANCELLED", "JobRun timed out after 5 minutes.")


def test_a_repeated_start_is_one_run(emr_aws, account):
    app, url = application(emr_aws, account), program(emr_aws, account, OK)
    first, second = (start(emr_aws, account, app, url, clientToken="once") for _ in range(2))
    assert first == second
    assert ended(emr_aws, account, app, first)["state"] == "SUCCESS"


def test_an_idle_application_stops_and_starts_only_by_itself_where_it_may(emr_aws, account):
    stop = {"enabled": True, "idleTimeoutMinutes": 1}
    app = application(emr_aws, account, autoStopConfiguration=stop, autoStartConfiguration={"enabled": False})
    client = emr_aws.client("emr-serverless", account)
    answer = refusal(lambda: start(emr_aws, account, app, "s3://b/a.py"))
    assert answer[1] == "ValidationException"
    client.start_application(applicationId=app)
    assert (
        ended(emr_aws, account, app, start(emr_aws, account, app, program(emr_aws, account, OK)))["state"] == "SUCCESS"
    )
    wait_until(lambda: client.get_application(applicationId=app)["application"]["state"] == "STOPPED")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"executionTimeoutMinutes": 4}, "ValidationException"),
        ({"executionRoleArn": "arn:aws:iam::999999999999:role/other"}, "AccessDeniedException"),
        ({"jobDriver": {"hive": {"query": "s3://b/a.sql"}}}, "ValidationException"),
        ({"mode": "STREAMING"}, "NotImplemented"),
        ({"retryPolicy": {"maxAttempts": 2}}, "NotImplemented"),
    ],
)
def test_odd_runs_are_refused(emr_aws, account, settings, code):
    app = application(emr_aws, account)
    assert refusal(lambda: start(emr_aws, account, app, "s3://b/a.py", **settings))[1] == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"type": "FLINK"}, "ValidationException"),
        ({"releaseLabel": "emr-7"}, "ValidationException"),
        ({"releaseLabel": "emr-6.15.0"}, "NotImplemented"),
        ({"type": "HIVE"}, "NotImplemented"),
        ({"imageConfiguration": {"imageUri": "x"}}, "NotImplemented"),
    ],
)
def test_odd_applications_are_refused(emr_aws, account, settings, code):
    assert refusal(lambda: application(emr_aws, account, **settings))[1] == code


def test_nothing_runs_any_more_once_the_server_is_gone(tmp_path, account):
    servers = emr_server(tmp_path / "gone")
    server = next(servers)
    app = application(server, account)
    start(server, account, app, program(server, account, beating(tmp_path / "beat")))
    wait_until((tmp_path / "beat").exists)
    server.process.terminate()
    assert server.process.wait(10) == 0
    assert_silent(tmp_path / "beat")
