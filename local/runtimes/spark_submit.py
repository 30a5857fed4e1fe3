"""What a `spark-submit` of EMR or EMR Serverless asks for, or why this machine cannot do it as EMR does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local.runtimes.glue_jobs_plan import RunPlan, UnsupportedJobError

# Options that stand for a setting: https://spark.apache.org/docs/3.5.5/configuration.html
_SETTINGS = {
    "--name": "spark.app.name",
    "--jars": "spark.jars",
    "--files": "spark.files",
    "--py-files": "spark.submit.pyFiles",
    "--driver-memory": "spark.driver.memory",
    "--driver-cores": "spark.driver.cores",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
    "--queue": "spark.yarn.queue",
    "--deploy-mode": "spark.submit.deployMode",
    "--master": "spark.master",
}
_FLAGS = {"--verbose", "-v"}
_NOT_INSTALLED = "packages are not fetched while a program starts: ship them with --jars or --py-files"
_REFUSED = {
    "--class": "only Python programs are emulated",
    "--packages": _NOT_INSTALLED,
    "spark.jars.packages": _NOT_INSTALLED,
    "--archives": "archives are not unpacked here",
    "spark.archives": "archives are not unpacked here",
    "spark.yarn.dist.archives": "archives are not unpacked here",
    "spark.hadoop.hive.metastore.client.factory.class": "Spark's own catalog is not Glue's here: name tables through "
    "an Iceberg catalog",
}
# Where EMR keeps Iceberg: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-iceberg-use-spark-cluster.html
_ICEBERG = re.compile(r"(file://|local://)?/usr/share/aws/iceberg/lib/iceberg-spark3-runtime\.jar")
_S3 = re.compile(r"s3[an]?://[^/]+/.+")
_ENVIRONMENT = ("spark.yarn.appMasterEnv.", "spark.emr-serverless.driverEnv.")
# Here the program is its own driver, whatever it was to be.
_HOW_TO_SUBMIT = ("spark.submit.deployMode", "spark.master")
# Which Python and which Java run a program is not its own to say here.
_NOT_THE_PROGRAMS = re.compile(r"PYSPARK_\w*|JAVA_HOME|SPARK_\w*|AWS_\w*|PATH|HOME")
# Classifications that only size the cluster, tune its services, or say how it logs.
_OF_THE_CLUSTER = {
    "capacity-scheduler",
    "core-site",
    "emrfs-site",
    "hadoop-env",
    "hdfs-site",
    "mapred-site",
    "spark",
    "spark-log4j",
    "spark-log4j2",
    "spark-metrics",
    "yarn-env",
    "yarn-site",
}


def split_options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The settings that the options of a spark-submit stand for, and the words that follow the options."""
    settings: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        option, has_value, value = option.partition("=") if option.startswith("--") else (option, "", "")
        if option in _FLAGS:
            continue
        if option not in _SETTINGS and option not in ("--conf", "-c"):
            raise UnsupportedJobError(f"{option}: {_REFUSED.get(option, 'this option is not emulated')}")
        if not has_value:
            if not rest:
                raise UnsupportedJobError(f"{option}: a value is missing")
            value = rest.pop(0)
        if option in _SETTINGS:
            settings[_SETTINGS[option]] = value
            continue
        key, separator, value = value.partition("=")
        if not separator or not key.strip():
            raise UnsupportedJobError(f"--conf: {key!r} is not key=value")
        settings[key.strip()] = value
    return settings, rest


def plan_of(script: str, arguments: Sequence[str], settings: Mapping[str, str], *, iceberg: bool = False) -> RunPlan:
    """The plan of a Python program; UnsupportedJobError names what cannot be done here."""
    conf = dict(settings)
    for key in _REFUSED.keys() & conf.keys():
        raise UnsupportedJobError(f"{key}: {_REFUSED[key]}")
    if not re.fullmatch(r"[^#]+\.py", script) or not _S3.fullmatch(script):
        raise UnsupportedJobError(f"{script!r} is no s3:// URL of a Python program")
    if conf.get("spark.submit.deployMode", "cluster") not in ("client", "cluster"):
        raise UnsupportedJobError(f"--deploy-mode {conf['spark.submit.deployMode']}: it must be client or cluster")
    jars = _listed(conf.pop("spark.jars", ""))
    built_in = [jar for jar in jars if _ICEBERG.fullmatch(jar)]
    environment = {
        key.removeprefix(prefix): conf[key] for prefix in _ENVIRONMENT for key in conf if key[: len(prefix)] == prefix
    }
    plan = RunPlan(
        is_spark=True,
        script=script,
        arguments=list(arguments),
        py_files=_from_s3("--py-files", _listed(conf.pop("spark.submit.pyFiles", ""))),
        files=_from_s3(
            "--files", _listed(conf.pop("spark.files", "")) + _listed(conf.pop("spark.yarn.dist.files", ""))
        ),
        jars=_from_s3("--jars", [jar for jar in jars if jar not in built_in]),
        iceberg=iceberg or bool(built_in),
        environment={name: value for name, value in environment.items() if not _NOT_THE_PROGRAMS.fullmatch(name)},
        conf={key: value for key, value in conf.items() if not key.startswith((*_ENVIRONMENT, *_HOW_TO_SUBMIT))},
    )
    if plan.files and conf.get("spark.submit.deployMode") == "client":
        raise UnsupportedJobError("--files: with --deploy-mode client they are not beside the program: use cluster")
    return plan


def configured(configurations: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], bool]:
    """Spark's settings in configurations of a cluster or an application, and whether Iceberg is switched on."""
    settings: dict[str, str] = {}
    iceberg = False
    for entry in configurations:
        name = entry.get("Classification") or entry.get("classification") or ""
        properties = dict(entry.get("Properties") or entry.get("properties") or {})
        if name == "spark-defaults":
            settings |= properties
        elif name == "iceberg-defaults":
            iceberg = properties.get("iceberg.enabled") == "true"
        elif name not in _OF_THE_CLUSTER:
            raise UnsupportedJobError(f"the configuration {name} is not emulated")
    return settings, iceberg


def _from_s3(option: str, urls: list[str]) -> list[str]:
    for url in urls:
        if not _S3.fullmatch(url):
            raise UnsupportedJobError(f"{option} {url}: only s3:// URLs are there on this machine")
    return urls


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
