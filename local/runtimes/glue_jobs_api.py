"""The calls of Glue that start, stop and tell of runs, in place of moto's."""

from __future__ import annotations

import time
from typing import Any, Protocol

from moto.core.responses import ActionResult
from moto.glue.models import FakeJob, FakeJobRun, GlueBackend
from moto.glue.responses import GlueResponse

from local import patching
from local.runtimes.glue_jobs_record import RunRecord


class Runtime(Protocol):
    """What runs jobs."""

    def assume_role(self, job: FakeJob) -> Any:
        """A session of the job's role, or a refusal."""

    def start(self, job: FakeJob, run: FakeJobRun, session: Any) -> None:
        """Runs the job's script in the background."""


def install(runtime: Runtime) -> None:
    """Connects the runtime with moto's Glue."""
    _install_runs(runtime)
    _install_stop()


def _install_runs(runtime: Runtime) -> None:
    @patching.replace_method(
        FakeJob,
        "start_job_run",
        "self allocated_capacity max_capacity timeout worker_type security_configuration number_of_workers "
        "notification_property previous_run_id arguments",
    )
    def start_job_run(original: Any, self: FakeJob, **request: Any) -> str:
        session = runtime.assume_role(self)
        run_id = original(self, **request)
        run = self.get_job_run(run_id)
        run.record = RunRecord(self.glue_version)
        # moto would let time or questions move the state on.
        run._transitions = []
        runtime.start(self, run, session)
        return run_id

    @patching.replace_method(FakeJobRun, "as_dict", "self")
    def as_dict(original: Any, self: FakeJobRun) -> dict[str, Any]:
        answer = original(self)
        record: RunRecord = self.record
        began = record.started_at or record.ended_at or time.time()
        answer["Attempt"] = record.attempt
        answer["LogGroupName"] = record.log_group
        answer["GlueVersion"] = record.glue_version
        answer["ExecutionTime"] = int((record.ended_at or time.time()) - began)
        if record.outcome is None:
            del answer["CompletedOn"]
        elif record.outcome.message:
            answer["ErrorMessage"] = record.outcome.message
        return {name: value for name, value in answer.items() if value is not None}

    @patching.replace_method(FakeJob, "get_job_runs", "self")
    def get_job_runs(original: Any, self: FakeJob) -> list[FakeJobRun]:
        """The newest run first."""
        return original(self)[::-1]

    @patching.replace_method(GlueBackend, "delete_job", "self name")
    def delete_job(original: Any, self: GlueBackend, name: str) -> None:
        job = self.jobs.get(name)
        for run in job.job_runs if job else []:
            run.record.stop()
        original(self, name)


def _install_stop() -> None:
    @patching.add_method(GlueResponse, "batch_stop_job_run")
    def batch_stop_job_run(self: GlueResponse) -> ActionResult:
        """BatchStopJobRun."""
        name = self._get_param("JobName")
        runs = {run.job_run_id: run for run in self.glue_backend.get_job(name).job_runs}
        done, errors = [], []
        for run_id in self._get_param("JobRunIds"):
            problem = _stop(runs.get(run_id))
            entry = {"JobName": name, "JobRunId": run_id}
            if problem:
                errors.append({**entry, "ErrorDetail": {"ErrorCode": problem[0], "ErrorMessage": problem[1]}})
            else:
                done.append(entry)
        return ActionResult({"SuccessfulSubmissions": done, "Errors": errors})


def _stop(run: FakeJobRun | None) -> tuple[str, str] | None:
    if run is None:
        return "EntityNotFoundException", "Job run not found."
    if run.status not in ("STARTING", "RUNNING"):
        return "InvalidInputException", f"Job run is in the state {run.status} and cannot be stopped."
    run.record.stop()
    return None
