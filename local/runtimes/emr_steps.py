"""One step of a cluster: the Spark program that it asks for, and its log as EMR keeps it."""

from __future__ import annotations

import gzip
import logging
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.runtimes.emr_records import Cluster, Step, now
from local.runtimes.glue_jobs_plan import RunPlan, UnsupportedJobError
from local.runtimes.glue_jobs_process import Outcome
from local.runtimes.spark_submit import configured, plan_of, split_options

log = logging.getLogger(__name__)

_FILES = {"output": "stdout", "error": "stderr"}


def plan_step(cluster: Cluster, step: Step) -> RunPlan:
    """The plan of a step; UnsupportedJobError names what cannot be done here."""
    if step.jar != "command-runner.jar":
        raise UnsupportedJobError(f"{step.jar}: only command-runner.jar is emulated")
    if step.words[:1] != ["spark-submit"]:
        command = step.words[0] if step.words else "without a command"
        raise UnsupportedJobError(f"command-runner.jar {command}: only spark-submit is emulated")
    settings, rest = split_options(step.words[1:])
    if not rest:
        raise UnsupportedJobError("spark-submit: the program is missing")
    if settings.get("spark.master", "yarn") != "yarn":
        raise UnsupportedJobError(f"--master {settings['spark.master']}: clusters of EMR have yarn")
    defaults, iceberg = configured(cluster.request.get("Configurations") or [])
    # The default of spark-submit, under which the driver is not in a folder of its own.
    mode = {"spark.submit.deployMode": "client"}
    return plan_of(rest[0], rest[1:], {**mode, **defaults, **settings}, iceberg=iceberg)


class StepLog:
    """Collects what a step writes, and puts it beside the cluster's other logs when the step has ended."""

    def __init__(self, cluster: Cluster, step: Step, s3: Any) -> None:
        self._cluster = cluster
        self._step = step
        self._s3 = s3
        self._lock = threading.Lock()
        self._texts: dict[str, list[str]] = {"stdout": [], "stderr": [], "controller": []}
        self._started = time.monotonic()
        self._note(f"INFO startExec 'hadoop jar {step.jar} {' '.join(step.words)}'")

    def write(self, kind: str, lines: list[str]) -> None:
        """Takes lines of `output` or `error`."""
        with self._lock:
            self._texts[_FILES[kind]] += lines

    def close(self, outcome: Outcome) -> str | None:
        """Puts the files; the place of stderr, or None where the cluster keeps no logs."""
        seconds = int(time.monotonic() - self._started)
        if outcome.state == "SUCCEEDED":
            self._note(f"INFO Step succeeded with exitCode 0 and took {seconds} seconds")
        elif outcome.state == "FAILED":
            self._note(f"WARN Step failed with exitCode {outcome.code} and took {seconds} seconds")
        else:
            self._note("INFO Step cancelled")
        if not self._cluster.log_uri:
            return None
        base = f"{self._cluster.log_uri}{self._cluster.id}/steps/{self._step.id}/"
        parts = urlsplit(base)
        for name, lines in self._texts.items():
            body = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
            try:
                self._s3.put_object(Bucket=parts.netloc, Key=f"{parts.path.lstrip('/')}{name}.gz", Body=body)
            except ClientError:
                # EMR runs on without its logs.
                log.exception("no logs of the step %s are kept", self._step.id)
                break
        return f"{base}stderr.gz"

    def _note(self, text: str) -> None:
        self._texts["controller"].append(f"{now():%Y-%m-%dT%H:%M:%S}.{now().microsecond // 1000:03}Z {text}")
