"""Applications of EMR Serverless and their job runs, as they are and as the service describes them."""

from __future__ import annotations

import secrets
import string
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.runtimes.glue_jobs_process import JobProcess

Document = dict[str, Any]

ENDED = ("SUCCESS", "FAILED", "CANCELLED")


def new_id() -> str:
    """An id like those of EMR Serverless."""
    return "00" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(14))


def now() -> datetime:
    """The current moment."""
    return datetime.now(UTC)


@dataclass(eq=False)
class JobRun:
    """One run of a program; `changed` guards its state."""

    request: Document
    application: Application
    created_by: str
    id: str = field(default_factory=new_id)
    state: str = "SUBMITTED"
    details: str = ""
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    process: JobProcess | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    changed: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        """The run's ARN."""
        return f"{self.application.arn}/jobruns/{self.id}"

    @property
    def timeout_minutes(self) -> int:
        """How long the program may run."""
        return int(self.request.get("executionTimeoutMinutes") or 720)

    @property
    def overrides(self) -> Document:
        """Configurations and logs of this run alone."""
        return self.request.get("configurationOverrides") or {}

    @property
    def monitoring(self) -> Document:
        """Where logs go."""
        return self.overrides.get("monitoringConfiguration") or self.application.settings.get(
            "monitoringConfiguration", {}
        )

    def move(self, state: str, details: str = "") -> None:
        """Changes the state, unless the run has ended."""
        with self.changed:
            if self.state in ENDED:
                return
            self.state, self.details, self.updated = state, details, now()
            if state == "RUNNING":
                self.started = self.updated
            if state in ENDED:
                self.ended = self.updated

    def cancel(self) -> None:
        """Ends the run, whether it waits or runs."""
        self.move("CANCELLING")
        self.cancelled.set()
        if self.process:
            self.process.stop()

    def summary(self) -> Document:
        """What ListJobRuns answers."""
        return {
            "applicationId": self.application.id,
            "id": self.id,
            "name": self.request.get("name"),
            "mode": "BATCH",
            "arn": self.arn,
            "createdBy": self.created_by,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "executionRole": self.request["executionRoleArn"],
            "state": self.state,
            "stateDetails": self.details,
            "releaseLabel": self.application.settings["releaseLabel"],
            "type": "Spark",
        }

    def describe(self) -> Document:
        """What GetJobRun answers."""
        settings, summary = self.application.settings, self.summary()
        del summary["id"], summary["type"]
        seconds = ((self.ended or now()) - self.started).total_seconds() if self.started else 0
        described = {
            **summary,
            "jobRunId": self.id,
            "jobDriver": self.request["jobDriver"],
            "configurationOverrides": self.request.get("configurationOverrides"),
            "tags": self.request.get("tags") or {},
            "networkConfiguration": settings.get("networkConfiguration"),
            "totalExecutionDurationSeconds": int(seconds),
            "executionTimeoutMinutes": self.timeout_minutes,
            "attempt": 1,
            "attemptCreatedAt": self.created,
            "attemptUpdatedAt": self.updated,
            "startedAt": self.started,
            "endedAt": self.ended,
        }
        return {key: value for key, value in described.items() if value is not None}


@dataclass(eq=False)
class Application:
    """One application; it starts with the first run and stops when it has been idle."""

    settings: Document
    account: str
    region: str
    minute_seconds: float
    id: str = field(default_factory=new_id)
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    runs: dict[str, JobRun] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    used_at: float = field(default_factory=time.monotonic)
    last_state: str = "CREATED"

    @property
    def arn(self) -> str:
        """The application's ARN."""
        return f"arn:aws:emr-serverless:{self.region}:{self.account}:/applications/{self.id}"

    @property
    def state(self) -> str:
        """CREATED, STARTED, STOPPED or TERMINATED; stops an application that has been idle for long enough."""
        stop = {"enabled": True, "idleTimeoutMinutes": 15} | (self.settings.get("autoStopConfiguration") or {})
        if self.last_state == "STARTED" and stop["enabled"]:
            ends = [run.ended for run in self.runs.values()]
            if None not in ends:
                idle = time.monotonic() - self.used_at
                if idle > stop["idleTimeoutMinutes"] * self.minute_seconds:
                    self.move("STOPPED")
        return self.last_state

    def move(self, state: str) -> None:
        """Changes the state."""
        self.last_state, self.updated, self.used_at = state, now(), time.monotonic()

    def summary(self) -> Document:
        """What ListApplications answers."""
        described = {
            "id": self.id,
            "name": self.settings.get("name"),
            "arn": self.arn,
            "releaseLabel": self.settings["releaseLabel"],
            "type": "Spark",
            "state": self.state,
            "stateDetails": "",
            "createdAt": self.created,
            "updatedAt": self.updated,
            "architecture": self.settings.get("architecture") or "X86_64",
        }
        return {key: value for key, value in described.items() if value is not None}

    def describe(self) -> Document:
        """What GetApplication answers."""
        summary = self.summary()
        del summary["id"]
        kept = {key: value for key, value in self.settings.items() if key not in ("clientToken", "tags")}
        return {
            **kept,
            **summary,
            "applicationId": self.id,
            "tags": self.tags,
            "autoStartConfiguration": {"enabled": True} | (kept.get("autoStartConfiguration") or {}),
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15}
            | (kept.get("autoStopConfiguration") or {}),
        }
