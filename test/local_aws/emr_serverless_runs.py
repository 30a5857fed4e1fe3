"""Creates applications of EMR Serverless and follows their job runs."""

from __future__ import annotations

from typing import Any

from .conftest import RunningServer, wait_until
from .jobs import role

_ENDED = ("SUCCESS", "FAILED", "CANCELLED")


def application(aws: RunningServer, account: str, **settings: Any) -> str:
    """Creates an application; its id."""
    request = {"name": "lake", "releaseLabel": "emr-7.9.0", "type": "SPARK", **settings}
    return aws.client("emr-serverless", account).create_application(**request)["applicationId"]


def driver(program: str, *arguments: str, parameters: str = "") -> dict[str, Any]:
    """A job driver as tasks of state machines name it."""
    submit = {"EntryPoint": program, "EntryPointArguments": list(arguments)}
    return {"SparkSubmit": {**submit, **({"SparkSubmitParameters": parameters} if parameters else {})}}


def start(
    aws: RunningServer, account: str, app: str, program: str, *arguments: str, parameters: str = "", **settings: Any
) -> str:
    """Starts a job run; its id."""
    submit = {"entryPoint": program, "entryPointArguments": list(arguments)}
    if parameters:
        submit["sparkSubmitParameters"] = parameters
    request = {
        "applicationId": app,
        "executionRoleArn": role(aws, account, "emr-serverless.amazonaws.com"),
        "jobDriver": {"sparkSubmit": submit},
        **settings,
    }
    return aws.client("emr-serverless", account).start_job_run(**request)["jobRunId"]


def found(aws: RunningServer, account: str, app: str, run: str) -> dict[str, Any]:
    """The job run."""
    return aws.client("emr-serverless", account).get_job_run(applicationId=app, jobRunId=run)["jobRun"]


def ended(aws: RunningServer, account: str, app: str, run: str, seconds: float = 20) -> dict[str, Any]:
    """The job run, once it has ended."""

    def known() -> Any:
        current = found(aws, account, app, run)
        return current if current["state"] in _ENDED else None

    return wait_until(known, seconds)
