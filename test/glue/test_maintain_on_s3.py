"""Marts and upkeep on a Glue catalog and on S3 (moto's): what a catalog in memory or of files cannot show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from moto.s3.models import s3_backends

from lake_spark import curate_inputs
from lake_spark.catalogue import GlueCatalogue
from lake_spark.contracts import Column
from lake_spark.maintain import Upkeep, run_maintain
from lake_spark.maintain_snapshots import Retention

from . import curate_support
from .conftest import ACCOUNT, GLUE
from .curate_support import Marts, other, pipeline
from .support import MemoryDocuments


class TestUpkeep:
    @pytest.fixture
    def run(self, on_s3):
        documents = MemoryDocuments()

        def run(**keep: int) -> dict:
            upkeep = Upkeep(Retention(**keep), catalog=GLUE)
            run_maintain(on_s3, ["upkeep"], upkeep, documents, "s3://meta/1.json")
            return documents.written["s3://meta/1.json"]["tables"]

        return run

    def table(self, spark, name: str, commits: int) -> None:
        location = f"s3://tables/upkeep/{name}"
        spark.sql(f"CREATE TABLE {GLUE}.upkeep.{name} (n bigint) USING iceberg LOCATION '{location}'")
        for number in range(commits):
            frame = spark.range(number, number + 1).withColumnRenamed("id", "n").coalesce(1)
            frame.writeTo(f"{GLUE}.upkeep.{name}").append()

    def test_small_files_old_versions_and_orphans_on_s3(self, on_s3, aws, run):
        self.table(on_s3, "orders", 6)
        self.table(on_s3, "orders_archive", 2)
        s3 = aws("s3")
        for key in ("orders/data/old.parquet", "orders/data/young.parquet", "orders_archive/data/a.txt", "readme.txt"):
            s3.put_object(Bucket="tables", Key=f"upkeep/{key}", Body=b"left over")
        week = timedelta(days=7)
        for key, stored in s3_backends[ACCOUNT]["aws"].buckets["tables"].keys.items():
            if "young" not in key:
                stored.last_modified = datetime.now(UTC).replace(tzinfo=None) - week
        done = run(snapshots=1, days=0)
        assert {name: table["status"] for name, table in done.items()} == {
            "upkeep.orders": "succeeded",
            "upkeep.orders_archive": "succeeded",
        }
        orders, archive = done["upkeep.orders"], done["upkeep.orders_archive"]
        assert (orders["rewrittenFiles"], orders["expiredSnapshots"], orders["removedOrphans"]) == (6, 6, 1)
        assert (orders["before"]["dataFiles"], orders["after"]["dataFiles"], orders["after"]["snapshots"]) == (6, 1, 1)
        assert (archive["expiredSnapshots"], archive["removedOrphans"]) == (1, 1)
        left = {item["Key"] for item in s3.list_objects_v2(Bucket="tables", Prefix="upkeep/")["Contents"]}
        assert "upkeep/readme.txt" in left
        assert {key for key in left if "/data/" in key and key.endswith(("old.parquet", "a.txt"))} == set()
        assert "upkeep/orders/data/young.parquet" in left
        assert sorted(row["n"] for row in on_s3.table(f"{GLUE}.upkeep.orders").collect()) == list(range(6))
        assert on_s3.table(f"{GLUE}.upkeep.orders_archive").count() == 2

    def test_what_is_no_iceberg_table_is_left_alone(self, on_s3, aws, run):
        view = {"Name": "best", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View */"}
        aws("glue").create_table(DatabaseName="upkeep", TableInput=view)
        assert "upkeep.best" not in run()


class TestMarts:
    @pytest.fixture
    def marts(self, on_s3, aws, tables_on_s3, monkeypatch):
        for module in (curate_inputs, curate_support):
            monkeypatch.setattr(module, "CATALOG", GLUE)
        return Marts(on_s3, "s3://tables", catalogue=GlueCatalogue(aws("glue")))

    def test_the_catalog_describes_a_mart_through_all_its_versions(self, marts, aws):
        def described(of) -> tuple[dict, dict]:
            table = aws("glue").get_table(DatabaseName="curated_sales", Name=of.name)["Table"]
            columns = table["StorageDescriptor"]["Columns"]
            current = [c for c in columns if c["Parameters"]["iceberg.field.current"] == "true"]
            return table, {c["Name"]: (c["Type"], c.get("Comment", "")) for c in current}

        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given)
        assert marts.curate(of)["status"] == "succeeded"
        marts.add(given, {"id": "b", "n": 2})
        assert marts.curate(of, batch_id="b2")["status"] == "succeeded"
        assert marts.curate(of, batch_id="b3")["status"] == "unchanged"
        assert marts.rows(of) == [("a", 1), ("b", 2)]
        table, columns = described(of)
        assert columns == {"id": ("string", "What it is"), "n": ("bigint", "")}
        assert table["StorageDescriptor"]["Location"] == f"s3://tables/marts/sales/{of.name}"
        assert table["Description"] == of.description
        said = table["Parameters"]
        assert (said["owner"], said["data_classification"]) == ("sales-data@example.com", "confidential")
        assert said["table_type"] == "ICEBERG"

        columns = (Column("id", "string", "Said anew", required=True),)
        reshaped = other(of, columns=columns, description="Another one")
        result = marts.curate(reshaped, lambda inputs: inputs[given.id].select("id"), "b4", "c2")
        assert result["status"] == "succeeded"
        table, columns = described(of)
        assert columns == {"id": ("string", "Said anew")}
        assert table["Description"] == "Another one"
        assert table["Parameters"]["owner"] == "sales-data@example.com"
        assert marts.rows(of) == [("a",), ("b",)]
        metadata = aws("s3").list_objects_v2(Bucket="tables", Prefix=f"marts/sales/{of.name}/metadata/")["Contents"]
        assert any(item["Key"].endswith(".metadata.json") for item in metadata)
