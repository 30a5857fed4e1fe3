"""Every file of a table carries the tag by which people's access is decided, whatever wrote it (on moto's S3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from lake_spark import curate_inputs, merge, tables
from lake_spark.catalogue import GlueCatalogue
from lake_spark.contracts import Column
from lake_spark.documents import S3Documents
from lake_spark.maintain import Upkeep, run_maintain
from lake_spark.maintain_snapshots import Retention
from lake_spark.tags import S3Tags

from . import curate_support, support
from .conftest import GLUE, REGION
from .curate_support import Marts, other, pipeline, sums
from .support import Lake, MemoryDocuments, changed, contract

BUCKET = "tagged"
COLUMNS = (
    Column("id", "string", required=True),
    Column("n", "int"),
    Column("name", "string", mask="redact"),
)


@dataclass
class Site:
    """A bucket that keeps versions, and the tags of what is in it."""

    s3: Any

    def tags(self, prefix: str) -> Counter[tuple[str, ...]]:
        """How often which tags, of every version of every object."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=prefix)
        return Counter(self._tags_of(version) for page in pages for version in page.get("Versions", ()))

    def kinds(self, prefix: str) -> set[str]:
        """Which kinds of files there are: data, and the three of metadata."""
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
        names = [item["Key"].split("/")[-1] for item in listed]
        return {
            "metadata.json" if name.endswith(".metadata.json") else "snap.avro" if name.startswith("snap-") else kind
            for name in names
            for kind in [name.rsplit(".", 1)[-1]]
        }

    def _tags_of(self, version: dict[str, Any]) -> tuple[str, ...]:
        named = {"Key": version["Key"], "VersionId": version["VersionId"]}
        tags = self.s3.get_object_tagging(Bucket=BUCKET, **named)["TagSet"]
        return tuple(f"{tag['Key']}={tag['Value']}" for tag in tags)


def only(level: str) -> set[tuple[str, ...]]:
    return {(f"classification={level}",)}


@pytest.fixture(scope="module")
def site(on_s3, aws) -> Site:
    s3 = aws("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return Site(s3)


@pytest.fixture
def lake(on_s3, aws, site, tables_on_s3, monkeypatch, tmp_path) -> Lake:
    monkeypatch.setattr(support, "CATALOG", GLUE)
    found = Lake(on_s3, tmp_path, catalogue=GlueCatalogue(aws("glue")), root=f"s3://{BUCKET}")
    found.tags = S3Tags(site.s3)
    return found


@pytest.fixture
def marts(on_s3, aws, site, tables_on_s3, monkeypatch) -> Marts:
    for module in (curate_inputs, curate_support):
        monkeypatch.setattr(module, "CATALOG", GLUE)
    return Marts(on_s3, f"s3://{BUCKET}", catalogue=GlueCatalogue(aws("glue")), tags=S3Tags(site.s3))


def upkeep(spark, *databases: str) -> dict[str, Any]:
    documents = MemoryDocuments()
    run_maintain(spark, databases, Upkeep(Retention(1, 0), catalog=GLUE), documents, "s3://meta/1.json")
    return documents.written["s3://meta/1.json"]["tables"]


def row(key: str, number: int) -> dict[str, Any]:
    return {"id": key, "n": number, "name": f"Name of {key}"}


def test_both_copies_of_a_dataset_carry_their_own_level_from_the_first_row_to_compaction(lake, site):
    of = contract(*COLUMNS, classification="proprietary", highest="confidential")
    masked, clear = f"masked/sales/{of.dataset}/", f"clear/sales/{of.dataset}/"

    def check() -> None:
        assert set(site.tags(masked)) == only("proprietary")
        assert set(site.tags(clear)) == only("confidential")

    lake.refine(of, [lake.raw_file(of, [row("a", 1), row("b", 2)])], "b1")
    check()
    assert site.kinds(masked) == site.kinds(clear) == {"parquet", "avro", "snap.avro", "metadata.json"}
    # A merge: one row becomes another, one is new.
    merged = lake.refine(
        of, [lake.raw_file(of, [row("b", 3), row("c", 4)], _loaded_at=support.DAY.replace(day=2))], "b2"
    )
    assert (merged["rows"]["updated"], merged["rows"]["inserted"]) == (1, 1)
    check()
    wider = changed(of, columns=(*COLUMNS, Column("more", "string", "Came later")))
    for number in range(4):
        added = lake.refine(wider, [lake.raw_file(wider, [row(f"d{number}", 5)])], f"b{3 + number}")
        assert added["rows"]["inserted"] == 1
    check()
    before = sum(site.tags(masked).values())
    done = upkeep(lake.spark, "refined_sales", "refined_sales_clear")
    assert done[f"refined_sales.{of.dataset}"]["rewrittenFiles"] >= 5
    assert done[f"refined_sales.{of.dataset}"]["expiredSnapshots"] >= 1
    assert sum(site.tags(masked).values()) > before
    check()


def test_files_of_deletes_carry_the_tag_as_well(lake, site):
    of = contract(classification="confidential", highest="confidential")
    lake.refine(of, [lake.raw_file(of, [{"id": str(n), "n": n} for n in range(9)])])
    table = f"{GLUE}_confidential.refined_sales.{of.dataset}"
    lake.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    before = sum(site.tags(f"masked/sales/{of.dataset}/data/").values())
    lake.spark.sql(f"DELETE FROM {table} WHERE n = 3")
    assert sum(site.tags(f"masked/sales/{of.dataset}/data/").values()) == before + 1
    assert lake.spark.table(f"{table}.delete_files").count() == 1
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only("confidential")


def test_what_a_run_leaves_that_ends_in_the_middle_is_tagged(lake, site, monkeypatch):
    of = contract(*COLUMNS, highest="secret")
    raw = lake.raw_file(of, [row("a", 1)])
    write = merge.write

    def half(spark, compared, counts, table, *rest):
        write(spark, compared, counts, table, *rest)
        raise RuntimeError("the machine is gone")

    with monkeypatch.context() as broken:
        broken.setattr(merge, "write", half)
        with pytest.raises(RuntimeError, match="is gone"):
            lake.refine(of, [raw])
    assert set(site.tags(f"clear/sales/{of.dataset}/")) == only("secret")
    assert lake.refine(of, [raw])["status"] == "succeeded"
    assert set(site.tags(f"clear/sales/{of.dataset}/")) == only("secret")
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only("proprietary")


@pytest.mark.parametrize(("before", "after"), [("proprietary", "secret"), ("secret", "confidential")])
def test_a_dataset_that_becomes_more_or_less_sensitive_takes_all_its_files_with_it(lake, site, before, after):
    of = contract(classification=before, highest=before)
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "n": 1}])], "b1")
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "n": 2}], _loaded_at=support.DAY.replace(day=2))], "b2")
    upkeep(lake.spark, "refined_sales")
    now = changed(of, classification=after, highest=after)
    lake.refine(now, [lake.raw_file(now, [{"id": "b", "n": 1}])], "b3")
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only(after)
    stored = tables.iceberg_table(lake.spark, f"{GLUE}.refined_sales.{of.dataset}").properties()
    assert stored[tables.CLASSIFICATION] == after


def test_a_refused_batch_leaves_the_tags_as_they_are(lake, site):
    of = contract()
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "n": 1}])], "b1")
    stricter = changed(of, classification="secret", highest="secret", quality=('ColumnValues "n" > 5',))
    assert lake.refine(stricter, [lake.raw_file(of, [{"id": "b", "n": 2}])], "b2")["status"] == "refused"
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only("proprietary")


def test_tags_are_set_again_when_a_run_ended_before_it_noted_them(lake, site, monkeypatch):
    of = contract()
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "n": 1}])], "b1")
    now = changed(of, classification="secret", highest="secret")
    raw = lake.raw_file(of, [{"id": "b", "n": 2}])
    with monkeypatch.context() as broken:
        broken.setattr(tables, "apply_changes", lambda *_: pytest.fail("the machine is gone"))
        with pytest.raises(pytest.fail.Exception):
            lake.refine(now, [raw], "b2")
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only("secret")
    lake.refine(now, [raw], "b2")
    assert set(site.tags(f"masked/sales/{of.dataset}/")) == only("secret")


def test_marts_carry_the_level_of_their_pipeline_also_when_they_are_made_anew(marts, site):
    given = marts.dataset({"id": "a", "n": 1})
    of = pipeline(given, classification="confidential")
    place = f"marts/sales/{of.name}/"
    marts.curate(of)
    assert set(site.tags(place)) == only("confidential")
    marts.add(given, {"id": "b", "n": 2})
    marts.curate(of, batch_id="b2")
    assert upkeep(marts.spark, "curated_sales")[f"curated_sales.{of.name}"]["status"] == "succeeded"
    assert set(site.tags(place)) == only("confidential")
    reshaped = other(of, columns=(Column("id", "string"), Column("n", "bigint", "Said anew")), classification="secret")
    assert marts.curate(reshaped, sums, "b3", "c2")["status"] == "succeeded"
    assert set(site.tags(place)) == only("secret")


def test_what_nobody_classified_is_secret_also_after_upkeep(on_s3, site):
    table = f"{GLUE}.upkeep.unknown"
    on_s3.sql(f"CREATE TABLE {table} (n bigint) USING iceberg LOCATION 's3://{BUCKET}/unknown'")
    for number in range(6):
        on_s3.range(number, number + 1).withColumnRenamed("id", "n").coalesce(1).writeTo(table).append()
    assert upkeep(on_s3, "upkeep")["upkeep.unknown"]["rewrittenFiles"] == 6
    assert set(site.tags("unknown/")) == only("secret")


def test_manifests_and_results_are_open_to_all_who_may_read_anything(site):
    S3Documents(site.s3).write(f"s3://{BUCKET}/_meta/runs/1.json", {"rows": 1})
    assert set(site.tags("_meta/runs/")) == only("proprietary")
