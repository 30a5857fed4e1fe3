"""Starts clusters of EMR whose steps are small Python programs, and follows them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .conftest import RunningServer, start_server, wait_until
from .jobs import code_bucket, role, upload

OK = "print('ok')\n"
FAILS = "class CountRefusedError(Exception): pass\nraise CountRefusedError('3 of 5 rows')\n"
SLEEP = "import time\ntime.sleep(60)\n"
_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "INTERRUPTED")
# What a program needs of Spark's own files to be started; one that never starts Spark opens none of them.
_JARS = ("hadoop-aws-0.jar", "spark-hadoop-cloud_2.12-0.jar", "aws-java-sdk-core-0.jar", "aws-java-sdk-s3-0.jar")


def emr_server(folder: Path, *options: str) -> Iterator[RunningServer]:
    """A server whose minutes last half a second, for programs that use no Spark."""
    jars = folder / "jars"
    jars.mkdir(parents=True)
    for name in _JARS:
        (jars / name).touch()
    server = start_server(folder / "run", "--glue-minute-seconds", "0.5", "--jars-dir", str(jars), *options)
    yield server
    server.process.terminate()
    assert server.process.wait(10) == 0


def roles(aws: RunningServer, account: str) -> dict[str, str]:
    """The service role and the instance profile, as RunJobFlow takes them."""
    iam = aws.client("iam", account)
    role(aws, account, "elasticmapreduce.amazonaws.com", "emr")
    role(aws, account, "ec2.amazonaws.com", "node")
    try:
        iam.create_instance_profile(InstanceProfileName="node")
        iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    return {"ServiceRole": "emr", "JobFlowRole": "node"}


def fleet(kind: str = "MASTER", **capacity: int) -> dict[str, Any]:
    """An instance fleet of a request."""
    wanted = capacity or {"TargetOnDemandCapacity": 1}
    return {
        "Name": kind.lower(),
        "InstanceFleetType": kind,
        "InstanceTypeConfigs": [{"InstanceType": "m7g.xlarge"}],
        **wanted,
    }


def request(
    aws: RunningServer, account: str, instances: dict[str, Any] | None = None, **settings: Any
) -> dict[str, Any]:
    """A request for a cluster that waits for steps."""
    return {
        "Name": "ingest",
        "ReleaseLabel": "emr-7.9.0",
        "Applications": [{"Name": "Spark"}],
        "LogUri": f"s3://{code_bucket(aws, account)}/logs",
        "Instances": {"KeepJobFlowAliveWhenNoSteps": True, "InstanceFleets": [fleet()], **(instances or {})},
        **roles(aws, account),
        **settings,
    }


def cluster(aws: RunningServer, account: str, instances: dict[str, Any] | None = None, **settings: Any) -> str:
    """Starts a cluster; its id."""
    wanted = request(aws, account, instances, **settings)
    return aws.client("emr", account).run_job_flow(**wanted)["JobFlowId"]


def described(aws: RunningServer, account: str, cluster_id: str) -> dict[str, Any]:
    """The cluster."""
    return aws.client("emr", account).describe_cluster(ClusterId=cluster_id)["Cluster"]


def reached(aws: RunningServer, account: str, cluster_id: str, *states: str) -> dict[str, Any]:
    """The cluster, once it is in one of the states."""

    def found() -> Any:
        known = described(aws, account, cluster_id)
        return known if known["Status"]["State"] in states else None

    return wait_until(found, 20)


def step(program: str, *arguments: str, options: tuple[str, ...] = (), **settings: Any) -> dict[str, Any]:
    """A step that submits the program at the URL."""
    words = ["spark-submit", "--deploy-mode", "cluster", *options, program, *arguments]
    jar_step = {"Jar": "command-runner.jar", "Args": words}
    return {"Name": "load", "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar_step, **settings}


def program(aws: RunningServer, account: str, source: str, name: str = "program") -> str:
    """Uploads a program; its URL."""
    return upload(aws, account, f"{name}.py", source)


def add(aws: RunningServer, account: str, cluster_id: str, *steps: dict[str, Any]) -> list[str]:
    """Adds steps; their ids."""
    return aws.client("emr", account).add_job_flow_steps(JobFlowId=cluster_id, Steps=list(steps))["StepIds"]


def status(aws: RunningServer, account: str, cluster_id: str, step_id: str) -> dict[str, Any]:
    """The state of a step, and what it says of it."""
    return aws.client("emr", account).describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]


def ended(aws: RunningServer, account: str, cluster_id: str, step_id: str, seconds: float = 20) -> dict[str, Any]:
    """The status of a step, once it has ended."""

    def found() -> Any:
        known = status(aws, account, cluster_id, step_id)
        return known if known["State"] in _ENDED else None

    return wait_until(found, seconds)


def text(aws: RunningServer, account: str, key: str) -> str:
    """A compressed log file."""
    body = aws.client("s3", account).get_object(Bucket=code_bucket(aws, account), Key=key)["Body"].read()
    return gzip.decompress(body).decode()
