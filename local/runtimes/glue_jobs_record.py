"""What moto does not keep of a run of a Glue job."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from local.runtimes.glue_jobs_process import JobProcess, Outcome


@dataclass(eq=False)
class RunRecord:
    """What moto does not keep of a run."""

    glue_version: str | None
    log_group: str = "/aws-glue/jobs"
    attempt: int = 0
    started_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    process: JobProcess | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Ends the run, whether it waits or runs."""
        self.stopped.set()
        if self.process:
            self.process.stop()
