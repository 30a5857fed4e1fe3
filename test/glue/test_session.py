"""The JVM that programs run in."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.runtimes.spark import find_jars
from local.runtimes.spark_classes import archive_of

from .conftest import ROOT


def test_the_jvm_takes_the_archive_of_classes_and_writes_no_file_elsewhere(spark):
    process = spark.sparkContext._gateway.proc.pid
    folder = spark.sparkContext.getConf().get("spark.local.dir")
    assert spark.sparkContext._jvm.System.getProperty("java.io.tmpdir") == folder
    archive = archive_of(find_jars(ROOT / ".lake" / "cache" / "jars", iceberg=True))
    maps = Path(f"/proc/{process}/maps")
    if archive is None or not archive.exists() or not maps.exists():
        pytest.skip("no archive, or no way to see whether it is mapped")
    assert archive.name in maps.read_text()
