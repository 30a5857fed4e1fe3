"""One run of a Glue job as a process of this machine: its files, environment, limits and log."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from moto.sts.models import AssumedRole

from local.runtimes.glue_jobs_errors import last_exception
from local.runtimes.glue_jobs_plan import RunPlan
from local.runtimes.lambda_logs import write_log
from local.runtimes.processes import Processes
from local.runtimes.rds_authority import trust_local_databases
from local.runtimes.spark import SparkProgram, find_jars, submit_arguments

_POLL_SECONDS = 0.1
_LOG_SECONDS = 0.5
# Long enough for any exception's text.
_KEPT_LINES = 2000
_LONGEST_LINE = 200_000


class LaunchError(Exception):
    """A run could not be started."""


@dataclass(frozen=True)
class Place:
    """Where a run happens, and as whom."""

    account: str
    region: str
    session: AssumedRole
    s3: Any
    endpoint: str
    jars_dir: Path
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """How a run ended: Glue's state and, unless it succeeded, the message; the exit code of a process that failed."""

    state: str
    message: str | None = None
    code: int | None = None


Write = Callable[[str, list[str]], None]


class JobProcess:
    """Runs a plan once; `write` gets what it writes, as `output` or `error`, in place of the plan's log groups."""

    def __init__(self, plan: RunPlan, place: Place, processes: Processes, write: Write | None = None) -> None:
        self._plan = plan
        self._place = place
        self._processes = processes
        self._write = write or self._write_to_log_groups
        self._stopped = threading.Event()
        self._errors: list[str] = []

    def stop(self) -> None:
        """Ends the run, now or before it starts."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether somebody wants the run to end."""
        return self._stopped.is_set()

    def run(self, timeout_seconds: float) -> Outcome:
        """Runs the script to its end; never raises for what the script does."""
        script = self._fetch(self._plan.script, self._place.folder)
        command = [sys.executable, str(script), *self._plan.arguments]
        process = self._processes.start(
            command,
            cwd=self._place.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        logs = [
            _Log(process.stdout, lambda lines: self._write("output", lines)),
            _Log(process.stderr, self._take_errors),
        ]
        state = self._wait(process, timeout_seconds, logs)
        # Spark's JVM is a child of the script: it may not outlive it.
        self._processes.kill(process)
        for log in logs:
            log.close()
        return self._outcome(state, process.returncode)

    def _wait(self, process: subprocess.Popen[bytes], timeout_seconds: float, logs: list[_Log]) -> str | None:
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            else:
                return None
            if self.stopped:
                return "STOPPED"
            if time.monotonic() > deadline:
                return "TIMEOUT"
            for log in logs:
                log.flush_sometimes()

    def _outcome(self, state: str | None, code: int) -> Outcome:
        if state == "TIMEOUT":
            return Outcome(state, "Job run timed out")
        if state:
            return Outcome(state)
        if code == 0:
            return Outcome("SUCCEEDED")
        # A killed process says nothing of its own; 128 and more is how shells report signals.
        said = last_exception(self._errors) if code > 0 else None
        code = code if code > 0 else 128 - code
        return Outcome("FAILED", said or f"Command failed with exit code {code}", code)

    def _environment(self) -> dict[str, str]:
        place, plan = self._place, self._plan
        modules = []
        for url in plan.py_files:
            file = self._fetch(url, place.folder / "modules")
            modules.append(str(file.parent if file.suffix == ".py" else file))
        for file in plan.files:
            url, _, name = file.partition("#")
            self._fetch(url, place.folder, name)
        trust_local_databases(place.folder)
        kept = {name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ}
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
        (place.folder / "scratch").mkdir()
        environment = {
            **kept,
            **plan.environment,
            "PATH": path,
            "HOME": str(place.folder),
            "TMPDIR": str(place.folder / "scratch"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": ":".join(dict.fromkeys(modules)),
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": place.region,
            "AWS_DEFAULT_REGION": place.region,
            "AWS_ACCESS_KEY_ID": place.session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": place.session.secret_access_key,
            "AWS_SESSION_TOKEN": place.session.session_token,
            "AWS_ENDPOINT_URL": place.endpoint,
        }
        return {**environment, **self._spark_environment()} if plan.is_spark else environment

    def _spark_environment(self) -> dict[str, str]:
        place, plan = self._place, self._plan
        built_in = find_jars(place.jars_dir, iceberg=plan.iceberg)
        extra = [self._fetch(url, place.folder / "jars") for url in plan.jars]
        program = SparkProgram(place.region, plan.conf, extra, plan.iceberg, place.folder)
        return {
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_SUBMIT_ARGS": submit_arguments(program, built_in, place.endpoint),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }

    def _fetch(self, url: str, folder: Path, name: str = "") -> Path:
        parts = urlsplit(url)
        key = parts.path.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / Path(name or key).name
        try:
            target.write_bytes(self._place.s3.get_object(Bucket=parts.netloc, Key=key)["Body"].read())
        except ClientError as error:
            said = error.response["Error"]["Message"]
            raise LaunchError(f"Error downloading from S3 for bucket: {parts.netloc}, key: {key}. {said}") from error
        return target

    def _take_errors(self, lines: list[str]) -> None:
        self._errors = [*self._errors, *lines][-_KEPT_LINES:]
        self._write("error", lines)

    def _write_to_log_groups(self, kind: str, lines: list[str]) -> None:
        plan, place = self._plan, self._place
        targets = [(f"{plan.log_group_prefix}/{kind}", plan.log_stream)]
        if plan.continuous_log:
            targets.append(plan.continuous_log)
        # CloudWatch Logs takes no messages that are empty, or longer than this.
        written = [line[:_LONGEST_LINE] or " " for line in lines]
        for group, stream in targets:
            write_log(place.account, place.region, group, stream, written)


class _Log:
    """Collects lines of a stream and passes them on now and then."""

    def __init__(self, stream: IO[bytes] | None, write: Callable[[list[str]], None]) -> None:
        assert stream
        self._stream = stream
        self._write = write
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._written_at = time.monotonic()
        self._reader = threading.Thread(target=self._read, name="job-output", daemon=True)
        self._reader.start()

    def flush_sometimes(self) -> None:
        """Passes on what has come, unless that happened a moment ago."""
        if time.monotonic() - self._written_at > _LOG_SECONDS:
            self._flush()

    def close(self) -> None:
        """Passes on the rest."""
        self._reader.join(5)
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        self._written_at = time.monotonic()
        if lines:
            self._write(lines)

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                with self._lock:
                    self._lines.append(line.decode(errors="replace").rstrip("\n"))
