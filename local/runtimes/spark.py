"""Spark on this machine: the library files it needs, and the settings that stand in for AWS's own."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.runtimes.spark_classes import flags_for

# What Glue itself brings along, as prefixes of file names.
_STORAGE = ("hadoop-aws-", "spark-hadoop-cloud_2.12-", "aws-java-sdk-core-", "aws-java-sdk-s3-")
_ICEBERG = ("iceberg-spark-runtime-3.5_2.12-", "iceberg-aws-bundle-")
_STORAGE_EXTRAS = ("aws-java-sdk-", "ion-java-", "jmespath-java-", "jackson-dataformat-cbor-")

# A short program is over before a better compiler pays off. Figures for jstat would stay in /tmp after a kill.
_SHORT_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -XX:-UsePerfData"
_JVM_OPTIONS = "spark.driver.extraJavaOptions"
# How many machines there are, and how large they are, is not the job's to say here.
_OF_THE_CLUSTER = ("spark.executor.", "spark.dynamicAllocation.", "spark.driver.memory", "spark.master", "spark.yarn.")
# As the connectors of EMR and Glue do, files are finished by completing their uploads: a rename would copy each, and
# the client refuses to copy what a key of KMS encrypts without TLS.
_COMMITTER = {
    "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
    "spark.sql.parquet.output.committer.class": "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
    "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    "spark.hadoop.fs.s3a.committer.name": "magic",
}
_CATALOG = re.compile(r"spark\.sql\.catalog\.([^.=]+)")


class MissingJarsError(Exception):
    """Library files of Spark are not where they are looked for."""


@dataclass(frozen=True)
class SparkProgram:
    """What a Spark program asks for; `extra_jars` are its own library files."""

    region: str
    conf: Mapping[str, str]
    extra_jars: Sequence[Path]
    iceberg: bool
    folder: Path


def find_jars(folder: Path, *, iceberg: bool) -> list[Path]:
    """The library files that Glue has built in; MissingJarsError where one is not there."""
    needed = _STORAGE + (_ICEBERG if iceberg else ())
    present = sorted(folder.glob("*.jar"))
    missing = [prefix for prefix in needed if not any(jar.name.startswith(prefix) for jar in present)]
    if missing:
        names = ", ".join(f"{prefix}*.jar" for prefix in missing)
        raise MissingJarsError(f"{folder} lacks {names}: fetch the files of glue/jars.json into it")
    return [jar.absolute() for jar in present if jar.name.startswith(needed + _STORAGE_EXTRAS)]


def submit_arguments(program: SparkProgram, jars: Sequence[Path], endpoint: str) -> str:
    """The value of PYSPARK_SUBMIT_ARGS with which a plain Python process becomes the program's driver."""
    own = {key: value for key, value in program.conf.items() if not key.startswith(_OF_THE_CLUSTER)}
    # The JVM asks nobody for its temporary folder, and what is in there stays when it is killed.
    scratch = shlex.quote(f"-Djava.io.tmpdir={_scratch(program)}")
    wanted = own.pop(_JVM_OPTIONS, "")
    # Who makes an archive cannot use one.
    archive = "" if "-XX:ArchiveClassesAtExit" in wanted else flags_for(jars)
    flags = " ".join(f"{_SHORT_JVM} -Duser.timezone=UTC {scratch} {archive} {wanted}".split())
    settings = {
        **_defaults(program),
        **own,
        **_storage(program, endpoint),
        **(_catalogs(program, endpoint) if program.iceberg else {}),
        _JVM_OPTIONS: flags,
    }
    words = ["--master", "local[2]", "--driver-memory", "1g"]
    if jars:
        # On the class path rather than as jars of the program: those would be copied first, 100 MB of them.
        words += ["--driver-class-path", ":".join(map(str, jars))]
    if program.extra_jars:
        words += ["--jars", ",".join(map(str, program.extra_jars))]
    for key, value in settings.items():
        words += ["--conf", f"{key}={value}"]
    return shlex.join([*words, "pyspark-shell"])


def driver_environment(program: SparkProgram, jars: Sequence[Path], endpoint: str) -> dict[str, str]:
    """Everything by which a plain Python process becomes the program's driver; makes the folder of temporary files."""
    _scratch(program).mkdir(parents=True, exist_ok=True)
    return {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": submit_arguments(program, jars, endpoint),
        # Of the JVM that only reads these arguments, before the driver's own.
        "SPARK_LAUNCHER_OPTS": _SHORT_JVM,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _scratch(program: SparkProgram) -> Path:
    return program.folder / "scratch"


def _defaults(program: SparkProgram) -> dict[str, str]:
    """What the program may set otherwise."""
    return {
        "spark.app.name": program.folder.name,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Two hundred tasks, as on a cluster, would take longer to plan than to run.
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(program.folder / "warehouse"),
    }


def _storage(program: SparkProgram, endpoint: str) -> dict[str, str]:
    """Where S3 is, and which files are Spark's own."""
    scratch = str(_scratch(program))
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": scratch,
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": program.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.buffer.dir": scratch,
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        **_COMMITTER,
    }


def _catalogs(program: SparkProgram, endpoint: str) -> dict[str, str]:
    """Where Glue and S3 are for each Iceberg catalog that the program names, and for the one everybody names."""
    names = {found[1] for key in program.conf if (found := _CATALOG.match(key))} | {"glue_catalog"}
    settings = {
        "glue.endpoint": endpoint,
        "s3.endpoint": endpoint,
        "s3.path-style-access": "true",
        "client.region": program.region,
    }
    return {
        f"spark.sql.catalog.{name}.{key}": value
        for name in sorted(names - {"spark_catalog"})
        for key, value in settings.items()
    }
