"""Runs of Glue jobs: what the script sees, how runs end, and what is refused."""

import json
import time

import pytest

from .conftest import start_server, wait_until
from .functions import zipped
from .helpers import refusal
from .jobs import code_bucket, ended, job, logged, role, start, state, upload

SLEEP = "import time\ntime.sleep(60)\n"
OK = "print('ok')\n"
JAVA = """Traceback (most recent call last):
  File "x"
py4j.protocol.Py4JJavaError: An error
: org.x.Y: aborted
\tat org.x.Z
java.lang.InterruptedException: later"""


@pytest.fixture(scope="module")
def glue_aws(tmp_path_factory):
    """A server whose minutes of a timeout last half a second, and that runs one Spark program at a time."""
    options = ("--glue-minute-seconds", "0.5", "--spark-processes", "1", "--jars-dir", "no-such-folder")
    server = start_server(tmp_path_factory.mktemp("glue"), *options)
    yield server
    server.process.terminate()
    assert server.process.wait(5) == 0


def test_a_run_gets_its_arguments_modules_and_role(aws, account):
    source = """
import sys, json, os, boto3, helper, lib.deep
out = dict(zip(sys.argv[1::2], sys.argv[2::2]))
out["who"] = boto3.client("sts").get_caller_identity()["Arn"]
out["modules"] = [helper.NAME, lib.deep.NAME]
out["beside"] = open("note.txt").read()
bucket = os.path.dirname(out["--target"])[5:]
boto3.client("s3").put_object(Bucket=bucket, Key="out.json", Body=json.dumps(out))
print("written")
print("a word", file=sys.stderr)
"""
    target = code_bucket(aws, account)
    files = [
        upload(aws, account, "helper.py", "NAME = 'helper'"),
        upload(aws, account, "lib.zip", zipped(**{"lib/__init__.py": "", "lib/deep.py": "NAME = 'deep'"})),
    ]
    note = upload(aws, account, "note.txt", "beside")
    job(
        aws,
        account,
        "sees",
        source,
        DefaultArguments={
            "--target": f"s3://{target}/x",
            "--level": "default",
            "--extra-py-files": ",".join(files),
            "--extra-files": note,
            "--continuous-log-logGroup": "lake",
        },
        NonOverridableArguments={"--fixed": "yes"},
    )
    run_id = start(aws, account, "sees", Arguments={"--level": "run", "--fixed": "no"})
    run = ended(aws, account, "sees", run_id)
    assert run["JobRunState"] == "SUCCEEDED", run
    assert run["CompletedOn"] >= run["StartedOn"]
    assert "ErrorMessage" not in run
    out = json.loads(aws.client("s3", account).get_object(Bucket=target, Key="out.json")["Body"].read())
    assert out == {
        "--JOB_NAME": "sees",
        "--JOB_RUN_ID": run_id,
        "--target": f"s3://{target}/x",
        "--level": "run",
        "--fixed": "yes",
        "who": f"arn:aws:sts::{account}:assumed-role/glue/GlueJobRunnerSession",
        "modules": ["helper", "deep"],
        "beside": "beside",
    }
    assert logged(aws, account, "/aws-glue/python-jobs/output", run_id) == ["written"]
    assert logged(aws, account, "/aws-glue/python-jobs/error", run_id) == ["a word"]
    assert sorted(logged(aws, account, "lake", f"{run_id}-driver")) == ["a word", "written"]


def test_authorities_of_rds_are_joined_by_that_of_the_local_databases(aws, account):
    trusted = upload(aws, account, "trust/rds-ca.pem", "# authorities of RDS\n")
    source = "text = open('rds-ca.pem').read()\nassert text.startswith('# a') and 'BEGIN CERTIFICATE' in text, text\n"
    job(aws, account, "trusts", source, DefaultArguments={"--extra-files": trusted})
    assert ended(aws, account, "trusts", start(aws, account, "trusts"))["JobRunState"] == "SUCCEEDED"


def test_logs_that_a_security_configuration_encrypts_are_a_roles_own(aws, account):
    encryption = {"CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:::key/k"}}
    aws.client("glue", account).create_security_configuration(Name="lake", EncryptionConfiguration=encryption)
    job(aws, account, "secret", OK, SecurityConfiguration="lake")
    run = ended(aws, account, "secret", start(aws, account, "secret"))
    assert run["LogGroupName"] == "/aws-glue/python-jobs/lake-role/glue"
    assert logged(aws, account, f"{run['LogGroupName']}/output", run["Id"]) == ["ok"]
    groups = aws.client("logs", account).describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"{run['LogGroupName']}/output"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ValueError('no such thing')", "ValueError: no such thing"),
        ("class QualityRefusedError(Exception): pass\nraise QualityRefusedError('one line')", None),
        ("try:\n  1/0\nexcept Exception as e:\n  raise KeyError('k') from e", "KeyError: 'k'"),
        ("import sys\nprint('SchemaRefusedError: said', file=sys.stderr)\nsys.exit(1)", "SchemaRefusedError: said"),
        (f"import sys\nprint({JAVA!r}, file=sys.stderr)\nsys.exit(1)", "Py4JJavaError: An error org.x.Y: aborted"),
        ("import sys; sys.exit(3)", "Command failed with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "Command failed with exit code 137"),
    ],
)
def test_a_failed_run_tells_its_last_exception(aws, account, source, message):
    job(aws, account, "fails", source)
    run = ended(aws, account, "fails", start(aws, account, "fails"))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", message or "QualityRefusedError: one line")


def test_a_role_that_does_not_trust_glue_runs_no_job(aws, account):
    stranger = role(aws, account, "lambda.amazonaws.com")
    job(aws, account, "stranger", OK, Role=stranger)
    answer = refusal(lambda: start(aws, account, "stranger"))
    assert answer == (400, "InvalidInputException", answer[2])
    assert "should be given assume role permissions" in answer[2]
    assert aws.client("glue", account).get_job_runs(JobName="stranger")["JobRuns"] == []


def test_a_run_is_stopped(aws, account):
    job(aws, account, "endless", SLEEP)
    run_id = start(aws, account, "endless")
    wait_until(lambda: state(aws, account, "endless", run_id) == "RUNNING")
    glue = aws.client("glue", account)
    stopped = glue.batch_stop_job_run(JobName="endless", JobRunIds=[run_id, "jr_unknown"])
    assert [entry["JobRunId"] for entry in stopped["SuccessfulSubmissions"]] == [run_id]
    assert [entry["ErrorDetail"]["ErrorCode"] for entry in stopped["Errors"]] == ["EntityNotFoundException"]
    assert ended(aws, account, "endless", run_id)["JobRunState"] == "STOPPED"


def test_no_more_runs_than_the_job_allows(aws, account):
    job(aws, account, "pair", SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [start(aws, account, "pair") for _ in range(2)]
    assert refusal(lambda: start(aws, account, "pair"))[1] == "ConcurrentRunsExceededException"
    glue = aws.client("glue", account)
    glue.batch_stop_job_run(JobName="pair", JobRunIds=runs)
    assert [ended(aws, account, "pair", run)["JobRunState"] for run in runs] == ["STOPPED", "STOPPED"]
    assert [run["Id"] for run in glue.get_job_runs(JobName="pair")["JobRuns"]] == runs[::-1]


def test_a_run_that_takes_too_long_is_ended(glue_aws, account):
    job(glue_aws, account, "slow", SLEEP, Timeout=1)
    run = ended(glue_aws, account, "slow", start(glue_aws, account, "slow"))
    assert (run["JobRunState"], run["Timeout"]) == ("TIMEOUT", 1)


def test_a_failed_run_is_tried_again_as_often_as_the_job_says(aws, account):
    job(aws, account, "tries", "raise ValueError('again')", MaxRetries=1)
    first = start(aws, account, "tries")
    glue = aws.client("glue", account)
    runs = wait_until(lambda: (found := glue.get_job_runs(JobName="tries")["JobRuns"]) and len(found) > 1 and found)
    assert [(run["Id"], run["Attempt"]) for run in runs] == [(f"{first}_attempt_1", 1), (first, 0)]
    assert ended(aws, account, "tries", f"{first}_attempt_1")["JobRunState"] == "FAILED"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"DefaultArguments": {"--additional-python-modules": "a==1"}}, "--additional-python-modules"),
        ({"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "bookmarks are not emulated"),
        ({"DefaultArguments": {"--datalake-formats": "hudi"}}, "only iceberg"),
        ({"DefaultArguments": {"--job-language": "scala"}}, "only python"),
        ({"DefaultArguments": {"--conf": "a=1 --conf b"}}, "'b' is not key=value"),
        ({"GlueVersion": "4.0"}, "GlueVersion 4.0"),
        ({"Command": {"Name": "glueray", "ScriptLocation": "s3://a/b.py"}}, "Command glueray"),
        ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://no-such-bucket/b.py"}}, "Error downloading"),
        ({}, "no-such-folder lacks hadoop-aws-*.jar"),
    ],
)
def test_what_cannot_be_run_faithfully_fails_with_the_reason(glue_aws, account, settings, reason):
    job(glue_aws, account, "odd", OK, kind="glueetl", **settings)
    run = ended(glue_aws, account, "odd", start(glue_aws, account, "odd"))
    assert run["JobRunState"] == "FAILED"
    assert reason in run["ErrorMessage"], run["ErrorMessage"]


def beating(path):
    """A script that writes to a file for as long as it lives."""
    return f"import time\nwhile True:\n  open({str(path)!r}, 'a').write('.')\n  time.sleep(0.02)\n"


def assert_silent(path):
    """Nothing writes to the file any more."""
    time.sleep(0.5)
    size = path.stat().st_size
    time.sleep(0.5)
    assert path.stat().st_size == size


def test_nothing_runs_any_more_once_the_server_is_gone(tmp_path, account):
    server = start_server(tmp_path / "gone")
    job(server, account, "beats", beating(tmp_path / "beat"))
    start(server, account, "beats")
    wait_until((tmp_path / "beat").exists)
    server.process.terminate()
    assert server.process.wait(10) == 0
    assert_silent(tmp_path / "beat")


def test_a_deleted_job_runs_no_longer(aws, account, tmp_path):
    job(aws, account, "deleted", beating(tmp_path / "beat"))
    start(aws, account, "deleted")
    wait_until((tmp_path / "beat").exists)
    aws.client("glue", account).delete_job(JobName="deleted")
    assert aws.client("glue", account).list_jobs()["JobNames"] == []
    assert_silent(tmp_path / "beat")
