"""The archive of Spark's classes: when there is one, and that it is taken."""

import os
import shutil

import pytest

from local.runtimes.spark import SparkProgram, submit_arguments
from local.runtimes.spark_classes import archive_of, flags_for


@pytest.fixture
def jar(tmp_path):
    """A jar in a cache of its own."""
    file = tmp_path / "jars" / "one.jar"
    file.parent.mkdir()
    file.write_bytes(b"jar")
    return file


def test_an_archive_is_used_once_it_is_made(jar, tmp_path):
    archive = archive_of([jar])
    program = SparkProgram("eu-west-1", {}, [], True, tmp_path)
    assert archive.parent == tmp_path / "classes"
    assert flags_for([jar]) == ""
    assert "SharedArchiveFile" not in submit_arguments(program, [jar], "http://127.0.0.1:9")
    archive.parent.mkdir()
    archive.touch()
    assert f"-XX:SharedArchiveFile={archive}" in submit_arguments(program, [jar], "http://127.0.0.1:9")
    assert flags_for([]) == ""


def test_another_jar_or_java_needs_another_archive(jar, tmp_path, monkeypatch):
    first = archive_of([jar])
    assert archive_of([jar]) == first
    os.utime(jar, (1, 1))
    touched = archive_of([jar])
    assert touched != first
    jdk = tmp_path / "jdk" / "bin"
    jdk.mkdir(parents=True)
    shutil.copy(shutil.which("true"), jdk / "java")
    monkeypatch.setenv("JAVA_HOME", str(jdk.parent))
    assert archive_of([jar]) not in (first, touched)
    (jdk / "java").unlink()
    assert archive_of([jar]) is None


def test_a_folder_reached_another_way_has_the_same_archive(jar, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert archive_of([tmp_path / "link" / "jars" / "one.jar"]).name == archive_of([jar]).name
