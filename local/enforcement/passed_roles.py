"""Roles that a request hands to a service: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from local.enforcement.call import Call, Need

# Operations that take a role: service -> where in the parameters -> to whom it is given.
_PASSED: dict[str, tuple[tuple[str, str], ...]] = {
    "cloudtrail": (("CloudWatchLogsRoleArn", "cloudtrail"),),
    "config": (("ConfigurationRecorder.roleARN", "config"),),
    "ec2": (("DeliverLogsPermissionArn", "vpc-flow-logs"),),
    "elasticmapreduce": (("ServiceRole", "elasticmapreduce"), ("AutoScalingRole", "application-autoscaling")),
    "emr-serverless": (("executionRoleArn", "emr-serverless"),),
    "events": (("RoleArn", "events"), ("Targets.*.RoleArn", "events")),
    "firehose": (("ExtendedS3DestinationConfiguration.RoleARN", "firehose"),),
    "glue": (("Role", "glue"), ("JobUpdate.Role", "glue")),
    "lambda": (("Role", "lambda"),),
    "logs": (("roleArn", "logs"),),
    "rds": (("MonitoringRoleArn", "monitoring.rds"),),
    "scheduler": (("Target.RoleArn", "scheduler"),),
    "states": (("roleArn", "states"),),
}
_REPLICATION_ROLE = re.compile(rb"<Role>([^<]+)</Role>")


def passed_roles(call: Call) -> list[Need]:
    """The right to pass each role that the request names."""
    return [
        Need("iam:PassRole", _arn(call, role), call.owner, {"iam:PassedToService": f"{service}.amazonaws.com"})
        for role, service in _found(call)
    ]


def _found(call: Call) -> Iterator[tuple[str, str]]:
    if call.service == "s3":
        if "replication" in call.query and call.method == "PUT":
            for role in _REPLICATION_ROLE.findall(call.body):
                yield role.decode(), "s3"
        return
    # A payload of a function may say `Role`, and is no request for one.
    if call.service == "lambda" and call.path.endswith("/invocations"):
        return
    for path, service in _PASSED.get(call.service, ()):
        for role in _values(call.parameters, path.split(".")):
            if role:
                yield role, service
    if call.service == "elasticmapreduce" and call.operation == "RunJobFlow":
        yield from _of_profile(call)


def _of_profile(call: Call) -> Iterator[tuple[str, str]]:
    """Machines of a cluster act with the role in their instance profile."""
    name = str(call.parameters.get("JobFlowRole") or "").rpartition("/")[2]
    profile = iam_backends[call.owner]["aws"].instance_profiles.get(name)
    for role in profile.roles if profile is not None else ():
        yield role.arn, "ec2"


def _values(value: Any, path: list[str]) -> Iterator[str]:
    if not path:
        if isinstance(value, str):
            yield value
    elif path[0] == "*":
        for entry in value if isinstance(value, list) else ():
            yield from _values(entry, path[1:])
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])


def _arn(call: Call, role: str) -> str:
    if role.startswith("arn:"):
        return role
    found = next((known for known in list(iam_backends[call.owner]["aws"].roles.values()) if known.name == role), None)
    return found.arn if found is not None else f"arn:aws:iam::{call.owner}:role/{role}"
