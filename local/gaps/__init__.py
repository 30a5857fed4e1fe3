"""What moto lacks or answers wrongly, one module a service, each gap one short function."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from local.gaps import (
    athena,
    awslambda,
    cloudtrail,
    cloudwatch,
    dynamodb,
    events,
    glue,
    iam,
    kms,
    s3,
    s3_documents,
    s3_events,
    s3_objects,
    sqs,
    sqs_move_tasks,
)

_AT_START = (
    athena,
    awslambda,
    cloudtrail,
    cloudwatch,
    dynamodb,
    events,
    glue,
    iam,
    kms,
    s3,
    s3_documents,
    s3_events,
    s3_objects,
    sqs,
    sqs_move_tasks,
)
# moto's EC2 alone, which its EMR loads as well, takes longer to load, and more memory, than all the others together.
_ON_FIRST_USE = {
    "budgets": "local.gaps.budgets",
    "ce": "local.gaps.ce",
    "ec2": "local.gaps.ec2",
    "emr": "local.gaps.emr",
    "lakeformation": "local.gaps.lakeformation",
    "rds": "local.gaps.rds",
    "scheduler": "local.gaps.scheduler",
    "stepfunctions": "local.gaps.stepfunctions",
}
_before_first_use: dict[str, list[Callable[[], None]]] = {}


def install_gaps() -> None:
    """Closes the gaps of every service that is loaded from the start."""
    for service in _AT_START:
        service.install()


def before_first_use(service: str, install: Callable[[], None]) -> None:
    """Has something installed when a service is about to be used for the first time."""
    _before_first_use.setdefault(service, []).append(install)


def install_gaps_of(service: str) -> None:
    """Closes the gaps of a service that is about to be used for the first time."""
    for install in _before_first_use.pop(service, []):
        install()
    if service in _ON_FIRST_USE:
        importlib.import_module(_ON_FIRST_USE[service]).install()
