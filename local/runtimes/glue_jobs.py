"""Glue jobs on this machine: each run is a Python process, of a Spark job with Spark 3.5 in it."""

from __future__ import annotations

import copy
import logging
import shutil
import time
from typing import Any

from moto.core.utils import utcnow
from moto.glue.exceptions import InvalidInputException
from moto.glue.models import FakeJob, FakeJobRun
from moto.iam.models import iam_backends

from local.refusals import AccessDeniedError
from local.runtimes import glue_jobs_api
from local.runtimes.glue_jobs_events import announce_end
from local.runtimes.glue_jobs_plan import UnsupportedJobError, read_plan
from local.runtimes.glue_jobs_process import JobProcess, LaunchError, Outcome, Place
from local.runtimes.glue_jobs_record import RunRecord
from local.runtimes.role_clients import source_context
from local.runtimes.spark import MissingJarsError
from local.runtimes.spark_runtime import SparkRuntime

log = logging.getLogger(__name__)

_DEFAULT_TIMEOUT_MINUTES = 2880
_LONGEST_SESSION_SECONDS = 43200


class GlueRuntime(SparkRuntime[RunRecord]):
    """Everything that runs jobs, from start to stop."""

    purpose = "jobs"

    def install(self) -> None:
        """Connects the runtime with moto's Glue."""
        glue_jobs_api.install(self)

    def _end(self, work: RunRecord) -> None:
        work.stop()

    def start(self, job: FakeJob, run: FakeJobRun, session: Any) -> None:
        """Runs a job's script in the background; the run's state tells how far it is."""
        place = Place(
            account=job.backend.account_id,
            region=job.backend.region_name,
            session=session,
            s3=self._clients.client("s3", job.backend.region_name, session),
            endpoint=self._options.endpoint,
            jars_dir=self._options.jars_dir,
            folder=self._folder / run.job_run_id,
        )
        self._in_background(run.record, run.job_run_id[:12], self._run, job, run, place)

    def assume_role(self, job: FakeJob) -> Any:
        """A session of the job's role; InvalidInputException where the role does not trust Glue."""
        account = job.backend.account_id
        source = f"arn:aws:glue:{job.backend.region_name}:{account}:job/{job.name}"
        role = _role_arn(account, job.role)
        seconds = min(_LONGEST_SESSION_SECONDS, max(3600, 60 * (job.timeout or _DEFAULT_TIMEOUT_MINUTES)))
        try:
            return self._accounts.assume_for_service(
                role, "glue.amazonaws.com", "GlueJobRunnerSession", source_context(source), seconds
            )
        except AccessDeniedError:
            raise InvalidInputException(
                "StartJobRun", f"Role {role} should be given assume role permissions for Glue Service."
            ) from None

    def _run(self, job: FakeJob, run: FakeJobRun, place: Place) -> None:
        try:
            outcome = self._execute(job, run, place)
        except Exception as error:
            if self._closing.is_set():
                return
            log.exception("the run %s of the job %s", run.job_run_id, job.name)
            outcome = Outcome("FAILED", f"{type(error).__name__}: {error}")
        shutil.rmtree(place.folder, ignore_errors=True)
        record = run.record
        record.outcome, record.ended_at = outcome, time.time()
        run.completed_on = run.modified_on = utcnow()
        run.status = outcome.state
        self._done(record)
        announce_end(job, run, outcome)
        if outcome.state == "FAILED" and record.attempt < int(job.max_retries or 0):
            self._retry(job, run)

    def _execute(self, job: FakeJob, run: FakeJobRun, place: Place) -> Outcome:
        record = run.record
        try:
            plan = read_plan(job, run)
            record.log_group = plan.log_group_prefix
            process = record.process = JobProcess(plan, place, self._processes)
            if record.stopped.is_set():
                return Outcome("STOPPED")
            with self._slots.slot(lambda: process.stopped, needed=plan.is_spark) as has_slot:
                if not has_slot:
                    return Outcome("STOPPED")
                record.started_at = time.time()
                run.modified_on = utcnow()
                run.status = "RUNNING"
                minutes = run.timeout or _DEFAULT_TIMEOUT_MINUTES
                return process.run(minutes * self._options.minute_seconds)
        except (UnsupportedJobError, LaunchError, MissingJarsError) as error:
            return Outcome("FAILED", f"LAUNCH ERROR | {error}")

    def _retry(self, job: FakeJob, run: FakeJobRun) -> None:
        again = copy.copy(run)
        number = run.record.attempt + 1
        again.record = RunRecord(job.glue_version, attempt=number)
        again.job_run_id = f"{run.job_run_id.split('_attempt_')[0]}_attempt_{number}"
        again.previous_run_id = run.job_run_id
        again.started_on = again.modified_on = utcnow()
        again.status = "STARTING"
        job.job_runs.append(again)
        self.start(job, again, self.assume_role(job))


def _role_arn(account: str, role: str) -> str:
    if role.startswith("arn:"):
        return role
    found = next((known for known in iam_backends[account]["aws"].roles.values() if known.name == role), None)
    return found.arn if found else f"arn:aws:iam::{account}:role/{role}"
