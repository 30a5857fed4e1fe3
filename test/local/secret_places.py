"""Writes down everything in the local AWS that nobody should find a secret in, one file a place: ENDPOINT FOLDER ACCOUNT:REGION..."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import boto3
from botocore.config import Config

ENDPOINT, FOLDER, *ACCOUNTS = sys.argv[1:]
# Data of the lake's users, which no program adds to; and packages, which are searched before they are deployed.
OTHERS = (".parquet", ".avro", ".zip", ".jar")
GZIP = b"\x1f\x8b"


def main() -> None:
    for account, region in (place.split(":") for place in ACCOUNTS):
        aws = Account(account, region)
        for kind in (settings, runs, logs, objects):
            for name, content in kind(aws):
                # Names of places are longer than those of files may be.
                file = Path(FOLDER, kind.__name__, account, *(quote(part, safe="=")[:200] for part in name.split("/")))
                while file.exists():
                    file = file.with_name(f"{file.name[:200]}~")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)


class Account:
    """Clients of one account's root."""

    def __init__(self, account: str, region: str) -> None:
        self.session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local", region_name=region)

    def client(self, service: str):
        return self.session.client(service, endpoint_url=ENDPOINT, config=Config(s3={"addressing_style": "path"}))

    def each(self, service: str, call: str, key: str, **request: object) -> Iterator[dict]:
        client = self.client(service)
        pages = client.get_paginator(call).paginate(**request) if client.can_paginate(call) else [getattr(client, call)(**request)]
        for page in pages:
            yield from page.get(key, [])


def text(document: object) -> bytes:
    return json.dumps(document, default=str, indent=1).encode()


def settings(aws: Account) -> Iterator[tuple[str, bytes]]:
    """What programs are started with."""
    for function in aws.each("lambda", "list_functions", "Functions"):
        yield f"function/{function['FunctionName']}", text(function)
    for job in aws.each("glue", "get_jobs", "Jobs"):
        yield f"job/{job['Name']}", text(job)
    for connection in aws.each("glue", "get_connections", "ConnectionList"):
        yield f"connection/{connection['Name']}", text(connection)
    machines = aws.client("stepfunctions")
    for machine in aws.each("stepfunctions", "list_state_machines", "stateMachines"):
        arn = machine["stateMachineArn"]
        yield f"machine/{machine['name']}", text(machines.describe_state_machine(stateMachineArn=arn))
    schedules = aws.client("scheduler")
    for one in aws.each("scheduler", "list_schedules", "Schedules"):
        yield f"schedule/{one['Name']}", text(schedules.get_schedule(Name=one["Name"], GroupName=one["GroupName"]))
    for parameter in aws.each("ssm", "describe_parameters", "Parameters"):
        yield f"parameter{parameter['Name']}", text(aws.client("ssm").get_parameter(Name=parameter["Name"]))


def runs(aws: Account) -> Iterator[tuple[str, bytes]]:
    """What was said to programs, and what they answered."""
    for machine in aws.each("stepfunctions", "list_state_machines", "stateMachines"):
        arn = machine["stateMachineArn"]
        for run in aws.each("stepfunctions", "list_executions", "executions", stateMachineArn=arn):
            history = aws.each("stepfunctions", "get_execution_history", "events", executionArn=run["executionArn"])
            yield f"machine/{machine['name']}/{run['name']}", text(list(history))
    for job in aws.each("glue", "get_jobs", "Jobs"):
        for run in aws.each("glue", "get_job_runs", "JobRuns", JobName=job["Name"]):
            yield f"job/{job['Name']}/{run['Id']}", text(run)
    for cluster in aws.each("emr", "list_clusters", "Clusters"):
        steps = list(aws.each("emr", "list_steps", "Steps", ClusterId=cluster["Id"]))
        yield f"cluster/{cluster['Id']}", text([aws.client("emr").describe_cluster(ClusterId=cluster["Id"]), steps])


def logs(aws: Account) -> Iterator[tuple[str, bytes]]:
    """CloudWatch's."""
    for group in aws.each("logs", "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        for stream in aws.each("logs", "describe_log_streams", "logStreams", logGroupName=name):
            events = aws.each(
                "logs", "filter_log_events", "events", logGroupName=name, logStreamNames=[stream["logStreamName"]]
            )
            content = "\n".join(event["message"] for event in events).encode()
            if content:
                yield f"{name.strip('/')}/{stream['logStreamName']}", content


def objects(aws: Account) -> Iterator[tuple[str, bytes]]:
    """S3's: states, programs, logs of clusters, answers."""
    s3 = aws.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for version in aws.each("s3", "list_object_versions", "Versions", Bucket=bucket["Name"]):
            if version["Key"].endswith(OTHERS):
                continue
            place = {"bucket": bucket["Name"], "key": version["Key"], "version": version["VersionId"]}
            # Nobody may read all of them.
            with urlopen(f"{ENDPOINT}/_lake/content?{urlencode(place)}") as answer:
                content = answer.read()
            # By content: people upload files with the wrong name.
            yield "/".join(place.values()), gzip.decompress(content) if content.startswith(GZIP) else content


if __name__ == "__main__":
    main()
