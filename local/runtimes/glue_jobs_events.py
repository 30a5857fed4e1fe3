"""What EventBridge hears of Glue: of runs of jobs, and by other modules of crawls."""

from __future__ import annotations

import time
import uuid

from moto.events.models import events_backends
from moto.glue.models import FakeJob, FakeJobRun

from local.runtimes.glue_jobs_process import Outcome

# Severity and message: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
_ENDS = {
    "SUCCEEDED": ("INFO", "Job run succeeded"),
    "STOPPED": ("INFO", "Job run stopped"),
    "TIMEOUT": ("WARN", "Job run timed out"),
}


def announce_end(job: FakeJob, run: FakeJobRun, outcome: Outcome) -> None:
    """Sends the event of a run's end to the rules of its account."""
    account, region = job.backend.account_id, job.backend.region_name
    failed = f"JobName:{job.name} and JobRunId:{run.job_run_id} failed to execute with exception {outcome.message}"
    severity, message = _ENDS.get(outcome.state, ("ERROR", failed))
    detail = {
        "jobName": job.name,
        "severity": severity,
        "state": outcome.state,
        "jobRunId": run.job_run_id,
        "message": message,
    }
    tell_rules(account, region, "Glue Job State Change", detail)


def tell_rules(account: str, region: str, detail_type: str, detail: dict[str, str]) -> None:
    """Sends an event of Glue to the rules of the account."""
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "aws.glue",
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": region,
        "resources": [],
        "detail": detail,
    }
    for rule in list(events_backends[account][region].event_buses["default"].rules.values()):
        rule.send_to_targets(event)  # type: ignore[arg-type]
