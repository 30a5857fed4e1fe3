"""Writes what a function logs to its log group, with the lines that Lambda itself adds."""

from __future__ import annotations

import json
import math
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends

from local.runtimes.lambda_worker import Outcome

_lock = threading.Lock()
_LEVELS = ("DEBUG", "INFO", "WARN")


def new_stream_name(version: str) -> str:
    """A log stream for a new worker, named as Lambda names them."""
    return f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"


def write_log(account: str, region: str, group: str, stream: str, lines: list[str]) -> None:
    """Appends the lines to the stream, which is created with its group where they are missing."""
    backend = logs_backends[account][region]
    now = int(time.time() * 1000)
    with _lock:
        backend.ensure_log_group(group)
        if stream not in backend.groups[group].streams:
            backend.create_log_stream(group, stream)
        backend.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in lines])


def framed(outcome: Outcome, version: str, memory: int, logging: Mapping[str, Any]) -> list[str]:
    """The function's own lines between Lambda's: START, END and REPORT, or their JSON documents."""
    if logging["LogFormat"] == "JSON":
        return _framed_as_json(outcome, version, memory, logging.get("SystemLogLevel", "INFO"))
    request = f"RequestId: {outcome.request_id}"
    report = [
        f"REPORT {request}",
        f"Duration: {outcome.duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(outcome.duration_ms)} ms",
        f"Memory Size: {memory} MB",
        f"Max Memory Used: {outcome.peak_megabytes} MB",
    ]
    if outcome.init_ms is not None:
        report.append(f"Init Duration: {outcome.init_ms:.2f} ms")
    lines = [f"START {request} Version: {version}", *outcome.log]
    if _was_ended(outcome):
        report.append(f"Status: {_status(outcome)}")
        lines.append(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + f"Z {outcome.request_id} {_reason(outcome)}")
    return [*lines, f"END {request}", "\t".join(report)]


def _framed_as_json(outcome: Outcome, version: str, memory: int, system_level: str) -> list[str]:
    metrics = {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": math.ceil(outcome.duration_ms),
        "memorySizeMB": memory,
        "maxMemoryUsedMB": outcome.peak_megabytes,
        **({"initDurationMs": round(outcome.init_ms, 3)} if outcome.init_ms is not None else {}),
    }
    report = {"requestId": outcome.request_id, "metrics": metrics, "status": _status(outcome)}
    if _was_ended(outcome):
        report["errorType"] = (outcome.error or {})["errorType"]
    start = _platform("platform.start", {"requestId": outcome.request_id, "version": version})
    shown = _LEVELS.index(system_level) <= _LEVELS.index("INFO")
    if not shown:
        # A run that Lambda had to end is reported at the level of warnings.
        return [*outcome.log, *([_platform("platform.report", report)] if _was_ended(outcome) else [])]
    return [start, *outcome.log, _platform("platform.report", report)]


def _platform(kind: str, record: dict[str, Any]) -> str:
    return json.dumps({"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z", "type": kind, "record": record})


def _was_ended(outcome: Outcome) -> bool:
    return outcome.error is not None and "trace" not in outcome.error


def _status(outcome: Outcome) -> str:
    if outcome.error is None:
        return "success"
    return "timeout" if outcome.error.get("errorType") == "Sandbox.Timedout" else "error"


def _reason(outcome: Outcome) -> str:
    return str((outcome.error or {}).get("errorMessage", "")).split(" Error: ", 1)[-1]
