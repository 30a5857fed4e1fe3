"""Deploys Glue jobs from source text and follows their runs."""

from __future__ import annotations

import json
from typing import Any

from .conftest import RunningServer, wait_until
from .helpers import bucket

_ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def role(aws: RunningServer, account: str, service: str, name: str | None = None) -> str:
    """A role that trusts a service, and no other."""
    iam, name = aws.client("iam", account), name or service.split(".")[0]
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        return f"arn:aws:iam::{account}:role/{name}"


def code_bucket(aws: RunningServer, account: str) -> str:
    """The bucket of the account's scripts."""
    try:
        return bucket(aws, account, "code")
    except aws.client("s3", account).exceptions.BucketAlreadyOwnedByYou:
        return f"code-{account}"


def upload(aws: RunningServer, account: str, key: str, content: str | bytes) -> str:
    """Puts a file of a job; its URL."""
    name = code_bucket(aws, account)
    aws.client("s3", account).put_object(Bucket=name, Key=key, Body=content)
    return f"s3://{name}/{key}"


def job(aws: RunningServer, account: str, name: str, source: str, kind: str = "pythonshell", **settings: Any) -> str:
    """Creates a job from the source of its script; its name."""
    script = upload(aws, account, f"{name}.py", source)
    request = {
        "Role": role(aws, account, "glue.amazonaws.com"),
        "Command": {"Name": kind, "ScriptLocation": script, "PythonVersion": "3" if kind == "glueetl" else "3.9"},
        **({"GlueVersion": "5.1", "WorkerType": "G.1X", "NumberOfWorkers": 2} if kind == "glueetl" else {}),
        **settings,
    }
    aws.client("glue", account).create_job(Name=name, **request)
    return name


def start(aws: RunningServer, account: str, name: str, **request: Any) -> str:
    """Starts a job; the run's id."""
    return aws.client("glue", account).start_job_run(JobName=name, **request)["JobRunId"]


def state(aws: RunningServer, account: str, name: str, run_id: str) -> str:
    """The run's state."""
    return aws.client("glue", account).get_job_run(JobName=name, RunId=run_id)["JobRun"]["JobRunState"]


def ended(aws: RunningServer, account: str, name: str, run_id: str, seconds: float = 15) -> dict[str, Any]:
    """The run, once it has ended."""
    glue = aws.client("glue", account)

    def run() -> Any:
        found = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return found if found["JobRunState"] in _ENDED else None

    return wait_until(run, seconds)


def logged(aws: RunningServer, account: str, group: str, stream: str) -> list[str]:
    """What a run has logged."""
    events = aws.client("logs", account).get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    return [event["message"] for event in events["events"]]
