"""Deploys functions from source text, as a zip in the call or in a bucket."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from .conftest import REGION, RunningServer, wait_until

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def zipped(**files: str | bytes) -> bytes:
    """A zip file of the named files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def role(aws: RunningServer, account: str, name: str = "functions") -> str:
    """A role that functions may have."""
    iam = aws.client("iam", account)
    try:
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        return f"arn:aws:iam::{account}:role/{name}"


def deploy(aws: RunningServer, account: str, name: str, source: str | bytes, **settings: Any) -> str:
    """Creates a function from the source of an ES module, or from a zip; its ARN."""
    code = source if isinstance(source, bytes) else zipped(**{"index.mjs": source})
    request = {"Runtime": "nodejs22.x", "Handler": "index.handler", "Timeout": 10, "MemorySize": 256, **settings}
    aws.client("lambda", account).create_function(
        FunctionName=name, Role=role(aws, account), Code={"ZipFile": code}, **request
    )
    return f"arn:aws:lambda:{REGION}:{account}:function:{name}"


def invoke(aws: RunningServer, account: str, name: str, event: Any = None, **request: Any) -> Any:
    """What a function answers, or the error it ends in."""
    answer = aws.client("lambda", account).invoke(FunctionName=name, Payload=json.dumps(event or {}), **request)
    return json.loads(answer["Payload"].read() or "null")


def logged(aws: RunningServer, account: str, name: str, group: str | None = None) -> list[str]:
    """Everything that a function has logged."""
    logs, group = aws.client("logs", account), group or f"/aws/lambda/{name}"
    lines = []
    for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        lines += [event["message"] for event in events["events"]]
    return lines


def map_queue(aws: RunningServer, account: str, name: str, queue_arn: str, **settings: Any) -> str:
    """Feeds a queue to a function; the mapping's id."""
    return aws.client("lambda", account).create_event_source_mapping(
        FunctionName=name, EventSourceArn=queue_arn, **settings
    )["UUID"]


def wait_for_line(aws: RunningServer, account: str, name: str, text: str, count: int = 1) -> list[str]:
    """Waits until a text has been logged that often; the lines."""

    def found() -> list[str]:
        try:
            lines = [line for line in logged(aws, account, name) if text in line]
        except aws.client("logs", account).exceptions.ResourceNotFoundException:
            return []
        return lines if len(lines) >= count else []

    return wait_until(found)
