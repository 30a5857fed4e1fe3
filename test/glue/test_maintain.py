"""The upkeep of tables, on files in a folder: what is merged, what expires and what is removed."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs import maintain as job
from lake_spark.maintain import MaintenanceFailedError, Upkeep, run_maintain
from lake_spark.maintain_snapshots import Retention, Version, expirable, pins
from lake_spark.session import writing_settings
from lake_spark.snapshots import commit_properties

from .support import MemoryDocuments

NOW = datetime(2026, 1, 31, tzinfo=UTC)
CATALOG = "files"
RESULT = "s3://meta/runs/1.json"

_numbers = itertools.count()


def versions(*days: float) -> list[Version]:
    """Versions that are so many days old, numbered from 1."""
    return [Version(number + 1, NOW - timedelta(days=age)) for number, age in enumerate(days)]


class TestExpirable:
    def test_what_is_old_and_not_among_the_newest_goes_the_oldest_first(self):
        assert expirable(versions(1, 30, 20, 8, 6), Retention(2, 7), set(), NOW) == [2, 3, 4]

    def test_either_rule_keeps(self):
        assert expirable(versions(30, 20, 10), Retention(3, 7), set(), NOW) == []
        assert expirable(versions(1, 2, 3, 4), Retention(1, 7), set(), NOW) == []
        assert expirable(versions(7), Retention(1, 7), set(), NOW) == []

    def test_pinned_versions_are_kept_at_any_age(self):
        assert expirable(versions(30, 20, 10, 1), Retention(1, 7), {2}, NOW) == [1, 3]

    def test_a_version_as_old_as_is_kept_stays(self):
        assert expirable(versions(7, 0), Retention(1, 7), set(), NOW) == []

    def test_nothing_of_nothing(self):
        assert expirable([], Retention(), set(), NOW) == []

    @pytest.mark.parametrize("given", [(0, 7), (1, -1)])
    def test_rules_that_would_keep_nothing_are_refused(self, given):
        with pytest.raises(ValueError, match="keep one snapshot"):
            Retention(*given)


def test_pins_are_the_versions_that_marts_name():
    noted = {"lake.input.sales/orders": "7", "lake.input.sales/items": "none", "lake.code": "9", "total-records": "3"}
    assert pins([noted, {"lake.input.sales/orders": "8"}, {}]) == {7, 8}


def test_orphans_have_to_be_older_than_any_run():
    with pytest.raises(ValueError, match="running job"):
        Upkeep(orphan_days=0)


class Folder:
    """A database of tables whose files are below a folder."""

    def __init__(self, spark, folder: Path):
        self.spark, self.folder = spark, folder
        self.database = f"db{next(_numbers)}"
        self.documents = MemoryDocuments()
        spark.sql(f"CREATE NAMESPACE {CATALOG}.{self.database}")

    def table(self, name: str, commits: int = 1) -> str:
        """A table with one row in one file for each commit."""
        full_name = f"{CATALOG}.{self.database}.{name}"
        self.spark.sql(f"CREATE TABLE {full_name} (n bigint) USING iceberg")
        for number in range(commits):
            self.write(name, number)
        return full_name

    def write(self, name: str, number: int) -> None:
        frame = self.spark.range(number, number + 1).withColumnRenamed("id", "n").coalesce(1)
        frame.writeTo(f"{CATALOG}.{self.database}.{name}").append()

    def place(self, name: str) -> Path:
        return self.folder / self.database / name

    def stray(self, name: str, days: float) -> Path:
        """A file that no version has, so many days old."""
        path = self.place(name) / "data" / f"stray-{next(_numbers)}.parquet"
        path.write_bytes(b"left over")
        os.utime(path, (time.time() - days * 86_400,) * 2)
        return path

    def ids(self, name: str) -> list[int]:
        table = f"{CATALOG}.{self.database}.{name}.snapshots"
        return [row[0] for row in self.spark.sql(f"SELECT snapshot_id FROM {table} ORDER BY committed_at").collect()]

    def run(self, *databases: str, **rules) -> dict:
        upkeep = Upkeep(Retention(rules.pop("snapshots", 100), rules.pop("days", 0)), catalog=CATALOG, **rules)
        run_maintain(self.spark, databases or [self.database], upkeep, self.documents, RESULT, "jr_1")
        return self.documents.written[RESULT]


@pytest.fixture(scope="session")
def warehouse(spark, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("warehouse")
    own = {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hadoop", ".cache-enabled": "false"}
    settings = {f"spark.sql.catalog.{CATALOG}{key}": value for key, value in {**own, ".warehouse": str(folder)}.items()}
    for key, value in {**settings, **writing_settings(settings, CATALOG)}.items():
        spark.conf.set(key, value)
    return folder


@pytest.fixture
def lake(spark, warehouse) -> Folder:
    return Folder(spark, warehouse)


def test_small_files_are_merged_and_no_row_is_lost(lake):
    table = lake.table("many", commits=6)
    result = lake.run()
    assert (result["layer"], result["status"], result["reason"], result["runId"]) == (
        "maintain",
        "succeeded",
        None,
        "jr_1",
    )
    done = result["tables"][f"{lake.database}.many"]
    assert (done["before"]["dataFiles"], done["before"]["smallFiles"], done["before"]["snapshots"]) == (6, 6, 6)
    assert (done["after"]["dataFiles"], done["after"]["snapshots"], done["rewrittenFiles"]) == (1, 7, 6)
    assert done["after"]["bytes"] > 0
    assert 0 <= done["after"]["oldestSnapshotDays"] < 1
    assert sorted(row["n"] for row in lake.spark.table(table).collect()) == list(range(6))


def test_a_second_run_finds_nothing_to_do(lake):
    lake.table("many", commits=6)
    lake.run()
    before = lake.ids("many")
    done = lake.run()["tables"][f"{lake.database}.many"]
    assert (done["rewrittenFiles"], done["expiredSnapshots"], done["removedOrphans"]) == (0, 0, 0)
    assert lake.ids("many") == before


def test_a_table_that_was_never_written_is_no_failure(lake):
    lake.table("empty", commits=0)
    result = lake.run()
    assert result["status"] == "succeeded"
    assert result["tables"][f"{lake.database}.empty"]["before"]["oldestSnapshotDays"] is None


def test_old_versions_expire_but_those_that_marts_or_names_hold(lake):
    table = lake.table("input", commits=4)
    ids = lake.ids("input")
    lake.table("mart", commits=0)
    with commit_properties(lake.spark, {"lake.input.sales/input": str(ids[1])}):
        lake.write("mart", 1)
    lake.spark.sql(f"ALTER TABLE {table} CREATE TAG audit AS OF VERSION {ids[0]}")
    done = lake.run(snapshots=1)["tables"][f"{lake.database}.input"]
    assert lake.ids("input") == [ids[0], ids[1], ids[3]]
    assert done["expiredSnapshots"] == 1
    for version in (ids[0], ids[1]):
        assert lake.spark.sql(f"SELECT * FROM {table} VERSION AS OF {version}").count() == ids.index(version) + 1


def test_versions_younger_than_the_days_stay(lake):
    lake.table("young", commits=3)
    lake.run(snapshots=1, days=1)
    assert len(lake.ids("young")) == 3


def test_files_of_no_version_are_removed_when_they_are_old(lake):
    table = lake.table("with_strays", commits=2)
    old, young = lake.stray("with_strays", days=4), lake.stray("with_strays", days=2)
    done = lake.run(orphan_days=3)["tables"][f"{lake.database}.with_strays"]
    assert done["removedOrphans"] == 1
    assert (old.exists(), young.exists()) == (False, True)
    assert lake.spark.table(table).count() == 2


def test_files_of_a_table_whose_name_only_begins_alike_are_not_orphans(lake):
    lake.table("orders")
    other = lake.table("orders_archive")
    for path in lake.place("orders_archive").rglob("*"):
        os.utime(path, (time.time() - 9 * 86_400,) * 2)
    assert lake.run()["tables"][f"{lake.database}.orders"]["removedOrphans"] == 0
    assert lake.spark.table(other).count() == 1


def test_a_table_that_fails_does_not_keep_the_others_from_it(lake):
    lake.table("a_broken", commits=2)
    lake.table("b_whole", commits=6)
    shutil.rmtree(lake.place("a_broken") / "data")
    for manifest in (lake.place("a_broken") / "metadata").glob("snap-*.avro"):
        manifest.unlink()
    with pytest.raises(MaintenanceFailedError, match=r"2 of 3 failed: .*a_broken.*; nowhere"):
        lake.run(lake.database, "nowhere")
    result = lake.documents.written[RESULT]
    assert result["status"] == "failed"
    assert result["tables"][f"{lake.database}.a_broken"]["status"] == "failed"
    assert result["tables"]["nowhere.*"]["status"] == "failed"
    assert result["tables"][f"{lake.database}.b_whole"]["after"]["dataFiles"] == 1


def test_arguments_of_the_job_are_what_is_done(monkeypatch):
    done = []
    monkeypatch.setattr(job, "start_session", lambda name: type("Session", (), {"stop": lambda self: None})())
    monkeypatch.setattr(job.boto3, "client", lambda service: None)
    monkeypatch.setattr(job, "run_maintain", lambda spark, *given: done.append(given))
    job.main(["--databases", "refined_sales, curated_sales", "--result", RESULT, "--keep_days", "30"])
    [(databases, upkeep, _, result, run_id)] = done
    assert (databases, result, run_id) == (["refined_sales", "curated_sales"], RESULT, None)
    assert (upkeep.keep, upkeep.orphan_days) == (Retention(10, 30), 3)
