"""EMR Serverless on this machine: each job run is a Spark program."""

from __future__ import annotations

import gzip
import logging
import shlex
import shutil
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.refusals import AccessDeniedError
from local.runtimes.emr_serverless_records import Application, JobRun
from local.runtimes.glue_jobs_plan import RunPlan, UnsupportedJobError
from local.runtimes.glue_jobs_process import JobProcess, LaunchError, Outcome, Place
from local.runtimes.lambda_logs import write_log
from local.runtimes.role_clients import source_context
from local.runtimes.spark import MissingJarsError
from local.runtimes.spark_runtime import SparkRuntime
from local.runtimes.spark_submit import configured, plan_of, split_options

log = logging.getLogger(__name__)

_SESSION_SECONDS = 43200
_FILES = {"output": "stdout", "error": "stderr"}


class EmrServerlessRuntime(SparkRuntime[JobRun]):
    """Everything that runs job runs, from start to stop."""

    purpose = "job-runs"

    @property
    def minute_seconds(self) -> float:
        """How long a minute of idle time is."""
        return self._options.minute_seconds

    def install(self, before_first_use: Callable[[str, Callable[[], None]], None]) -> None:
        """Connects the runtime with moto's EMR Serverless, at the first request for it."""

        def load() -> None:
            from local.runtimes import emr_serverless_api

            emr_serverless_api.install(self)

        before_first_use("emrserverless", load)

    def _end(self, work: JobRun) -> None:
        work.cancel()

    def start(self, run: JobRun) -> None:
        """Runs a program in the background; the run's state tells how far it is."""
        self._in_background(run, run.id, self._run, run)

    def _run(self, run: JobRun) -> None:
        folder = self._folder / run.id
        try:
            outcome = self._execute(run)
        except Exception as error:
            if not self._closing.is_set():
                log.exception("the job run %s", run.id)
            outcome = Outcome("FAILED", f"{type(error).__name__}: {error}")
        shutil.rmtree(folder, ignore_errors=True)
        if outcome.state == "SUCCEEDED":
            run.move("SUCCESS")
        elif outcome.state == "FAILED":
            run.move("FAILED", outcome.message or "")
        elif outcome.state == "TIMEOUT":
            run.move("CANCELLED", f"JobRun timed out after {run.timeout_minutes} minutes.")
        else:
            run.move("CANCELLED", "JobRun was cancelled by the user.")
        # Idle times count from here.
        run.application.move(run.application.last_state)
        self._done(run)

    def _execute(self, run: JobRun) -> Outcome:
        application, role = run.application, run.request["executionRoleArn"]
        try:
            session = self._accounts.assume_for_service(
                role, "emr-serverless.amazonaws.com", run.id, source_context(application.arn), _SESSION_SECONDS
            )
        except AccessDeniedError:
            said = f"Could not assume the execution role {role}: it does not exist, or does not trust EMR Serverless."
            return Outcome("FAILED", said)
        s3 = self._clients.client("s3", application.region, session)
        place = Place(
            account=application.account,
            region=application.region,
            session=session,
            s3=s3,
            endpoint=self._options.endpoint,
            jars_dir=self._options.jars_dir,
            folder=self._folder / run.id,
        )
        job_log = _JobLog(run, s3)
        try:
            process = JobProcess(plan_run(run), place, self._processes, job_log.write)
            run.process = process
            run.move("SCHEDULED")
            with self._slots.slot(run.cancelled.is_set) as has_slot:
                if not has_slot or run.cancelled.is_set():
                    return Outcome("STOPPED")
                run.move("RUNNING")
                outcome = process.run(run.timeout_minutes * self._options.minute_seconds)
        except (UnsupportedJobError, LaunchError, MissingJarsError) as error:
            job_log.write("error", [str(error)])
            outcome = Outcome("FAILED", str(error), 1)
        job_log.close()
        return outcome if outcome.state != "FAILED" else _told(outcome)


def plan_run(run: JobRun) -> RunPlan:
    """The plan of a job run; UnsupportedJobError names what cannot be done here."""
    driver = run.request["jobDriver"]["sparkSubmit"]
    settings, rest = split_options(shlex.split(driver.get("sparkSubmitParameters") or ""))
    if rest:
        raise UnsupportedJobError(f"sparkSubmitParameters: {rest[0]!r} is no option of spark-submit")
    for key in ("spark.master", "spark.submit.deployMode"):
        if key in settings:
            raise UnsupportedJobError(f"Option '{key}' is not supported")
    of_application, iceberg = configured(run.application.settings.get("runtimeConfiguration") or [])
    of_run, iceberg_of_run = configured(run.overrides.get("applicationConfiguration") or [])
    settings = {**of_application, **of_run, **settings}
    return plan_of(
        driver["entryPoint"], driver.get("entryPointArguments") or [], settings, iceberg=iceberg or iceberg_of_run
    )


def _told(outcome: Outcome) -> Outcome:
    """A failure as EMR Serverless words it."""
    said = (
        f"Job failed, please check complete logs in configured logging destination. ExitCode: {outcome.code}. "
        f"Last few exceptions: {outcome.message}"
    )
    return Outcome("FAILED", said, outcome.code)


class _JobLog:
    """What a program writes: to CloudWatch Logs while it runs, and to S3 when it has ended."""

    def __init__(self, run: JobRun, s3: Any) -> None:
        self._run = run
        self._s3 = s3
        self._lock = threading.Lock()
        self._texts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._place = f"applications/{run.application.id}/jobs/{run.id}/SPARK_DRIVER"

    def write(self, kind: str, lines: list[str]) -> None:
        """Takes lines of `output` or `error`."""
        name, settings = _FILES[kind], self._run.monitoring.get("cloudWatchLoggingConfiguration") or {}
        with self._lock:
            self._texts[name] += lines
        if settings.get("enabled"):
            group = settings.get("logGroupName") or "/aws/emr-serverless"
            prefix = settings.get("logStreamNamePrefix")
            stream = f"{prefix}/{self._place}/{name}" if prefix else f"{self._place}/{name}"
            application: Application = self._run.application
            write_log(application.account, application.region, group, stream, [line or " " for line in lines])

    def close(self) -> None:
        """Puts the files."""
        uri = (self._run.monitoring.get("s3MonitoringConfiguration") or {}).get("logUri")
        if not uri:
            return
        parts = urlsplit(f"{uri.rstrip('/')}/{self._place}/")
        for name, lines in self._texts.items():
            body = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
            try:
                self._s3.put_object(Bucket=parts.netloc, Key=f"{parts.path.lstrip('/')}{name}.gz", Body=body)
            except ClientError:
                # The program's outcome stands without its logs.
                log.exception("no logs of the job run %s are kept", self._run.id)
                return
