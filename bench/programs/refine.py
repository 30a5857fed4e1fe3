"""Times of refine runs inside one warm Spark session, as JSON on stdout: `refine.py <folder> <jars> <rows>`."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lake_spark.contracts import Column, Contract
from lake_spark.refine import Request, Surroundings, refine
from lake_spark.results import Result
from lake_spark.session import start_session, writing_catalog

#: A catalog in memory knows its own tables only, so everything here has one level.
CATALOG = writing_catalog("proprietary")

ROUNDS = 5
GROWTH_ROUNDS = 3
#: Java is not at its speed before.
WARM_UPS = 3
RULES = ('IsPrimaryKey "id"', 'ColumnValues "price" >= 0')
_CLASSIFIED = ("proprietary", "proprietary")
COLUMNS = (
    Column("id", "string", required=True),
    Column("product", "string"),
    Column("seller", "string"),
    Column("quantity", "int"),
    Column("price", "decimal(10,2)"),
    Column("at", "timestamp"),
)


class Nobody:
    """No catalog to describe tables to."""

    def describe(self, *_: object) -> bool:
        """Nothing to do."""
        return False

    def tag(self, *_: object) -> int:
        """Nothing to do."""
        return 0


class Bench:
    """A session with a catalog in memory, and raw files in a folder."""

    def __init__(self, folder: Path, jars: str) -> None:
        catalog = "spark.sql.catalog.glue_catalog"
        settings = {
            "spark.master": "local[2]",
            "spark.driver.memory": "2g",
            "spark.driver.extraClassPath": jars,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(folder),
            "spark.driver.extraJavaOptions": f"-XX:-UsePerfData -Djava.io.tmpdir={folder}",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            f"{catalog}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
            f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
            f"{catalog}.warehouse": str(folder / "warehouse"),
        }
        words = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*words, "pyspark-shell"])
        self.folder = folder
        self.spark: SparkSession = start_session("bench")
        self.spark.sparkContext.setLogLevel("ERROR")
        self.spark.sql(f"CREATE NAMESPACE {CATALOG}.refined_bench")
        self._tables = 0

    def raw(self, first: int, rows: int, step: int = 1, day: int = 1) -> str:
        """A raw file with every `step`th id from the first on."""
        path = self.folder / f"raw-{first}-{rows}-{step}-{day}"
        if not path.exists():
            number = F.col("id") * step + first
            columns = {
                "id": F.sha2(number.cast("string"), 256).substr(1, 32),
                "product": F.concat(F.lit("p"), number % 1000),
                "seller": F.concat(F.lit("s"), number % 100),
                "quantity": (number % 7).cast("int"),
                "price": (number % 10000 / 100).cast("decimal(10,2)"),
                "at": F.lit("2026-01-01 10:00:00").cast("timestamp_ntz"),
                "_source_object": F.lit("s3://drop/x.csv"),
                "_source_version": F.lit("v"),
                "_source_row": number,
                "_loaded_at": F.lit(f"2026-01-{day:02} 00:00:00").cast("timestamp_ntz"),
            }
            made = self.spark.range(rows).select(*[value.alias(name) for name, value in columns.items()])
            made.coalesce(1).write.parquet(str(path))
        return str(path)

    def contract(self) -> Contract:
        """A dataset with a table of its own."""
        self._tables += 1
        name = f"t{self._tables}"
        return Contract(f"bench/{name}", "bench", name, "x", "x@example.com", ("id",), *_CLASSIFIED, COLUMNS, RULES)

    def refine(self, contract: Contract, file: str) -> None:
        """What the job does after it has started."""
        request = Request(contract, "b", [file], str(self.folder / "refined"))
        refine(self.spark, request, Surroundings(Nobody(), Nobody(), lambda: b""), Result("refine", contract.id, "b", None))

    def table(self, contract: Contract) -> str:
        """As Spark SQL names it."""
        return f"{CATALOG}.refined_bench.{contract.dataset}"


def by_hand(spark: SparkSession, table: str, file: str) -> None:
    """The least that a script has to do for the same table: read, latest, two checks, MERGE."""
    rows = newest(spark.read.parquet(file)).persist()
    checks = rows.agg(F.count("id"), F.count_distinct("id"), F.min("price"), F.count(F.lit(1))).collect()[0]
    assert checks[0] == checks[1] == checks[3]
    assert checks[2] >= 0
    if not spark.catalog.tableExists(table):
        rows.limit(0).writeTo(table).using("iceberg").create()
    rows.createOrReplaceTempView("incoming")
    spark.sql(
        f"MERGE INTO {table} t USING incoming s ON t.id = s.id "
        "WHEN MATCHED AND s._loaded_at > t._loaded_at THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    rows.unpersist()


def newest(rows: DataFrame) -> DataFrame:
    """The latest record of each id."""
    order = Window.partitionBy("id").orderBy(F.desc("_loaded_at"), F.desc("_source_row"))
    return rows.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")


def rewrite(spark: SparkSession, table: str, file: str) -> None:
    """The table anew from what it has and what came."""
    rows = newest(spark.table(table).unionByName(spark.read.parquet(file)))
    rows.writeTo(table).overwrite(F.lit(True))


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(folder: str, jars: str, count: str) -> None:
    """Runs everything in turn, so that a slow moment of the machine is one of all."""
    bench, rows = Bench(Path(folder), jars), int(count)
    spark = bench.spark
    full, one_percent = bench.raw(0, rows), bench.raw(0, rows // 100, 100, 2)
    found: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], None], counts: bool) -> None:
        took = seconds(work)
        if counts:
            found.setdefault(name, []).append(took)

    for number in range(WARM_UPS + ROUNDS):
        ours, plain, whole = bench.contract(), bench.contract(), bench.contract()
        counts = number >= WARM_UPS
        note("refine", lambda c=ours: bench.refine(c, full), counts)
        note("by hand", lambda c=plain: by_hand(spark, bench.table(c), full), counts)
        bench.refine(whole, full)
        note("refine 1 %", lambda c=ours: bench.refine(c, one_percent), counts)
        note("by hand 1 %", lambda c=plain: by_hand(spark, bench.table(c), one_percent), counts)
        note("rewrite 1 %", lambda c=whole: rewrite(spark, bench.table(c), one_percent), counts)
    grown = {factor: bench.contract() for factor in (1, 4, 16)}
    for factor, contract in grown.items():
        bench.refine(contract, bench.raw(0, rows * factor))
    for number in range(GROWTH_ROUNDS + 1):
        new = bench.raw(10**9 + number * rows, rows // 10)
        for factor, contract in grown.items():
            same = bench.raw(0, rows // 10, 10 * factor, 2 + number)
            note(f"new rows {factor}x", lambda c=contract, f=new: bench.refine(c, f), number > 0)
            note(f"changed rows {factor}x", lambda c=contract, f=same: bench.refine(c, f), number > 0)
    spark.stop()
    print(json.dumps({name: median(times) for name, times in found.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
