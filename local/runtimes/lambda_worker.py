"""One Node.js process that runs one function: its start, its invocations, and the limits it is held to."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from local.runtimes.memory import resident_megabytes
from local.runtimes.processes import Processes

BOOTSTRAP = Path(__file__).with_name("bootstrap.cjs")
_END_OF_LOG = "\0end-of-log"
_INIT_SECONDS = 10.0
_MEMORY_CHECK_SECONDS = 0.1


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is started with; `fingerprint` stands for the function's code and configuration."""

    fingerprint: str
    memory_megabytes: int
    timeout_seconds: float
    task_folder: Path
    environment: Mapping[str, str]
    credentials_until: datetime


@dataclass
class Outcome:
    """How an invocation ended: a JSON text, or an error document that Lambda would answer."""

    request_id: str
    payload: str = "null"
    error: dict[str, Any] | None = None
    log: list[str] = field(default_factory=list)
    duration_ms: float = 0.0
    init_ms: float | None = None
    peak_megabytes: int = 0


class Worker:
    """A process that is used for one invocation at a time, and not again once it is not `alive`."""

    def __init__(self, spec: WorkerSpec, processes: Processes, node: str) -> None:
        self.spec = spec
        self.used_at = time.monotonic()
        self.alive = True
        self._processes = processes
        self._scratch = Path(tempfile.mkdtemp(prefix="worker-", dir=spec.task_folder.parent))
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._log: queue.Queue[str | None] = queue.Queue()
        self._process = self._start(node)
        self._initialized = False

    def _start(self, node: str) -> subprocess.Popen[bytes]:
        answers_end, worker_end = os.pipe()
        heap = max(64, self.spec.memory_megabytes * 9 // 10)
        process = self._processes.start(
            [node, f"--max-old-space-size={heap}", str(BOOTSTRAP)],
            cwd=self.spec.task_folder,
            env={**self.spec.environment, "TMPDIR": str(self._scratch), "LAKE_ANSWER_FD": str(worker_end)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(worker_end,),
        )
        os.close(worker_end)
        assert process.stdout
        _pump(os.fdopen(answers_end, "rb"), self._answers)
        _pump(process.stdout, self._log)
        return process

    def invoke(self, event: str, arn: str, trace: str, client_context: Any = None) -> Outcome:
        """Runs the function once; never raises for what the function does."""
        outcome = Outcome(request_id=str(uuid.uuid4()))
        if not self._initialized and not self._initialize(outcome):
            return outcome
        timeout = self.spec.timeout_seconds
        started = time.monotonic()
        request = {
            "id": outcome.request_id,
            "deadline": int((time.time() + timeout) * 1000),
            "arn": arn,
            "trace": trace,
            "clientContext": client_context,
        }
        # The event is passed on as the text it came as: parsing it here would only cost time.
        line = f'{json.dumps(request)[:-1]}, "event": {_as_one_line(event)}}}\n'
        try:
            assert self._process.stdin
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except OSError:
            self._end_with_exit(outcome)
            return outcome
        answer = self._await(outcome, started + timeout)
        outcome.duration_ms = (time.monotonic() - started) * 1000
        self._settle(outcome, answer, timeout)
        self.used_at = time.monotonic()
        return outcome

    def stop(self) -> None:
        """Ends the process and removes its files."""
        self.alive = False
        self._processes.kill(self._process)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _initialize(self, outcome: Outcome) -> bool:
        answer = self._await(outcome, time.monotonic() + max(_INIT_SECONDS, self.spec.timeout_seconds))
        if isinstance(answer, dict) and "initMs" in answer:
            outcome.init_ms = answer["initMs"]
            outcome.log = self._drain()
            self._initialized = True
            return True
        if isinstance(answer, dict):
            outcome.error = answer["initError"]
            outcome.log = self._drain()
            self.stop()
        else:
            self._settle(outcome, answer, max(_INIT_SECONDS, self.spec.timeout_seconds))
        return False

    def _await(self, outcome: Outcome, deadline: float) -> dict[str, Any] | str:
        """The worker's answer, or why there is none: timeout, memory or exit."""
        limit = self.spec.memory_megabytes * 1.05 + 16
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                line = self._answers.get(timeout=min(remaining, _MEMORY_CHECK_SECONDS))
            except queue.Empty:
                used = resident_megabytes(self._process.pid)
                outcome.peak_megabytes = max(outcome.peak_megabytes, round(used))
                if used > limit:
                    return "memory"
                continue
            return json.loads(line) if line else "exit"
        return "timeout"

    def _settle(self, outcome: Outcome, answer: dict[str, Any] | str, timeout: float) -> None:
        if isinstance(answer, dict):
            outcome.peak_megabytes = max(outcome.peak_megabytes, round(answer["rss"] / 1048576))
            outcome.log += self._drain()
            outcome.error = answer.get("error")
            outcome.payload = answer.get("ok", "null")
            return
        if answer == "exit":
            self._end_with_exit(outcome)
            return
        self.stop()
        outcome.log += self._drain()
        if answer == "timeout":
            outcome.error = _ended(outcome, "Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds")
        else:
            outcome.error = _ended(outcome, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed")

    def _end_with_exit(self, outcome: Outcome) -> None:
        self.stop()
        outcome.log += self._drain()
        code = self._process.returncode
        if code == 0:
            reason = "Runtime exited without providing a reason"
        elif code < 0:
            reason = "Runtime exited with error: signal: aborted"
        else:
            reason = f"Runtime exited with error: exit status {code}"
        outcome.error = _ended(outcome, "Runtime.ExitError", reason)

    def _drain(self) -> list[str]:
        """What was logged up to the end of the invocation, or of the process."""
        lines = []
        while True:
            try:
                line = self._log.get(timeout=2)
            except queue.Empty:
                return lines
            if line is None:
                return lines
            # What was written without a line's end comes before the mark.
            text, mark, _ = line.partition(_END_OF_LOG)
            if text or not mark:
                lines.append(text)
            if mark:
                return lines


def _as_one_line(event: str) -> str:
    """JSON without anything that Node.js takes for the end of a line."""
    for character in ("\n", "\r"):
        event = event.replace(character, " ")
    for character, escaped in (("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        event = event.replace(character, escaped)
    return event


def _ended(outcome: Outcome, error_type: str, reason: str) -> dict[str, Any]:
    return {"errorType": error_type, "errorMessage": f"RequestId: {outcome.request_id} Error: {reason}"}


def _pump(stream: IO[bytes], lines: queue.Queue[str | None]) -> None:
    def read() -> None:
        with stream:
            for line in stream:
                lines.put(line.decode(errors="replace").rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, name="worker-output", daemon=True).start()
