"""What a run of a Glue job asks for, read from the job and its arguments, or why it cannot be run here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What Glue's launcher keeps for itself; every other argument reaches the script.
_OF_THE_LAUNCHER = {
    "--conf",
    "--extra-files",
    "--extra-jars",
    "--extra-py-files",
    "--datalake-formats",
    "--custom-logGroup-prefix",
    "--custom-logStream-prefix",
    "--continuous-log-logGroup",
    "--continuous-log-logStreamPrefix",
    "--enable-continuous-cloudwatch-log",
    "--enable-continuous-log-filter",
    "--continuous-log-conversionPattern",
}
_REFUSED = {
    "--additional-python-modules": "packages are not installed while a job starts: ship them with --extra-py-files",
    "--python-modules-installer-option": "packages are not installed while a job starts",
    "--enable-glue-datacatalog": "Spark's own catalog is not Glue's here: name tables through an Iceberg catalog",
    "--user-jars-first": "the order of class paths is not emulated",
    "--class": "Scala programs are not emulated",
}


class UnsupportedJobError(Exception):
    """A run asks for something that this machine would do differently from Glue."""


@dataclass(frozen=True)
class RunPlan:
    """A run of a Glue job or of a Spark program of EMR; all files are S3 URLs, `url#name` gives one another name."""

    is_spark: bool
    script: str
    arguments: list[str]
    py_files: list[str]
    files: list[str]
    jars: list[str]
    conf: dict[str, str] = field(default_factory=dict)
    iceberg: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    log_group_prefix: str = ""
    log_stream: str = ""
    continuous_log: tuple[str, str] | None = None


def read_plan(job: Any, run: Any) -> RunPlan:
    """The plan of a run of moto's job; UnsupportedJobError names what cannot be done here."""
    run_id, arguments = run.job_run_id, run.arguments or {}
    is_spark = _is_spark(job, arguments, run.worker_type)
    for name, reason in _REFUSED.items():
        if arguments.get(name, "false") != "false":
            raise UnsupportedJobError(f"{name}: {reason}")
    if arguments.get("--job-bookmark-option", "job-bookmark-disable") != "job-bookmark-disable":
        raise UnsupportedJobError("--job-bookmark-option: bookmarks are not emulated")
    script = str(job.command.get("ScriptLocation", ""))
    if not script.startswith("s3://"):
        raise UnsupportedJobError(f"ScriptLocation {script!r} is not an s3:// URL")
    formats = set(_listed(arguments, "--datalake-formats"))
    if formats - {"iceberg"}:
        raise UnsupportedJobError(f"--datalake-formats {','.join(sorted(formats))}: only iceberg is emulated")
    own = {"--JOB_NAME": job.name, "--JOB_RUN_ID": run_id}
    passed = {**{name: str(value) for name, value in arguments.items() if name not in _OF_THE_LAUNCHER}, **own}
    stream_prefix = arguments.get("--custom-logStream-prefix")
    return RunPlan(
        is_spark=is_spark,
        script=script,
        arguments=[word for pair in passed.items() for word in pair],
        py_files=_listed(arguments, "--extra-py-files"),
        files=_listed(arguments, "--extra-files"),
        jars=_listed(arguments, "--extra-jars"),
        conf=read_conf(arguments.get("--conf", "")),
        iceberg="iceberg" in formats,
        log_group_prefix=arguments.get("--custom-logGroup-prefix", log_group_prefix(job, run)).rstrip("/"),
        log_stream=f"{stream_prefix}-driver" if stream_prefix else run_id,
        continuous_log=_continuous_log(arguments, run_id),
    )


def log_group_prefix(job: Any, run: Any) -> str:
    """What the names of the log groups begin with; those that a security configuration encrypts are a role's own."""
    prefix = "/aws-glue/python-jobs" if job.command.get("Name") == "pythonshell" else "/aws-glue/jobs"
    name = run.security_configuration
    if not name:
        return prefix
    known = job.backend.security_configurations.get(name)
    if known is None:
        raise UnsupportedJobError(f"SecurityConfiguration {name} does not exist")
    mode = known.configuration.get("CloudWatchEncryption", {}).get("CloudWatchEncryptionMode", "DISABLED")
    return prefix if mode == "DISABLED" else f"{prefix}/{name}-role/{job.role.split('/')[-1]}"


def read_conf(text: str) -> dict[str, str]:
    """Glue's form of several settings in the one argument `--conf`: `a=1 --conf b=2`."""
    settings = {}
    for part in re.split(r"\s+--conf[\s=]+", text.strip()) if text.strip() else []:
        key, separator, value = part.partition("=")
        if not separator or not key.strip():
            raise UnsupportedJobError(f"--conf: {part!r} is not key=value")
        settings[key.strip()] = value.strip()
    return settings


def _is_spark(job: Any, arguments: Mapping[str, str], worker_type: str | None) -> bool:
    kind = job.command.get("Name")
    if kind == "pythonshell":
        return False
    if kind != "glueetl":
        raise UnsupportedJobError(f"Command {kind}: only glueetl and pythonshell are emulated")
    if arguments.get("--job-language", "python") != "python":
        raise UnsupportedJobError("--job-language: only python is emulated")
    version = str(job.glue_version or "")
    if not version.startswith("5."):
        raise UnsupportedJobError(f"GlueVersion {version or 'unset'}: this machine has the Spark 3.5 of Glue 5")
    if worker_type and not re.fullmatch(r"[GR]\.\d+X|Standard", worker_type):
        raise UnsupportedJobError(f"WorkerType {worker_type} is not emulated")
    return True


def _continuous_log(arguments: Mapping[str, str], run_id: str) -> tuple[str, str] | None:
    group = arguments.get("--continuous-log-logGroup")
    if group is None and arguments.get("--enable-continuous-cloudwatch-log") != "true":
        return None
    prefix = arguments.get("--continuous-log-logStreamPrefix", run_id)
    return group or "/aws-glue/jobs/logs-v2", f"{prefix}-driver"


def _listed(arguments: Mapping[str, str], name: str) -> list[str]:
    return [entry.strip() for entry in arguments.get(name, "").split(",") if entry.strip()]
