"""Reads of one table of a real PostgreSQL inside one warm Spark session: `ingest.py <folder> <jars> <rows> <rounds>`, JSON on stdout."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_spark.contracts import Column, Contract
from lake_spark.ingest.database import Database
from lake_spark.ingest.definition import table_of
from lake_spark.ingest.dialects import dialect_of
from lake_spark.ingest.reading import Bounds, Written, read_window
from lake_spark.ingest.secret import Credentials
from local.postgres import PostgresServer

PARTS = 4
#: Ten columns, as shipments have them.
DDL = """CREATE TABLE shipments (shipment_id bigint PRIMARY KEY, quarter int NOT NULL, customer text NOT NULL,
 carrier text NOT NULL, status text NOT NULL, weight numeric(10,3), price numeric(12,2), is_express boolean NOT NULL,
 shipped_on date, updated_at timestamptz NOT NULL)"""
ROWS = """INSERT INTO shipments SELECT i, 1 + i %% 4, md5(i::text), 'carrier ' || i %% 50, 'delivered', i %% 100000 / 7.0,
 i %% 1000000 / 100.0, i %% 5 = 0, DATE '2026-01-01' + (i %% 300)::int, now() - interval '2 days' + i * interval '1 ms'
 FROM generate_series(1::bigint, %s) i"""
TYPES = {
    "shipment_id": "bigint",
    "quarter": "int",
    "customer": "string",
    "carrier": "string",
    "status": "string",
    "weight": "decimal(10,3)",
    "price": "decimal(12,2)",
    "is_express": "boolean",
    "shipped_on": "date",
    "updated_at": "timestamp",
}


class Bench:
    """A server with the table, and a session."""

    def __init__(self, folder: Path, jars: str, server: PostgresServer, rows: int) -> None:
        settings = {
            "spark.master": "local[2]",
            "spark.driver.memory": "2g",
            "spark.driver.extraClassPath": jars,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(folder),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.session.timeZone": "UTC",
        }
        conf = " ".join(f"--conf {key}={value}" for key, value in settings.items())
        os.environ["PYSPARK_SUBMIT_ARGS"] = f"{conf} pyspark-shell"
        self.rows, self.server, self.out = rows, server, folder / "out"
        self.spark = SparkSession.builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        server.execute(DDL)
        server.execute(ROWS.replace("%s", str(rows)).replace("%%", "%"))
        server.execute("ANALYZE shipments")
        columns = tuple(Column(name, kind) for name, kind in TYPES.items())
        self.contract = Contract(
            "x/shipments", "x", "shipments", "x", "x", ("shipment_id",), "secret", "secret", columns
        )
        self.credentials = Credentials("rdsadmin", server.admin_password)

    def ours(self, partition: dict[str, object]) -> None:
        """What the job does between two words with the store."""
        connection = {
            "engine": "postgresql",
            "host": self.server.host,
            "port": self.server.port,
            "database": "postgres",
            "secret": "ssm:/none",
        }
        document = {
            "name": "shipments",
            "schema": "public",
            "dataset": "x/shipments",
            "window": {"column": "updated_at", "overlap": "15m", "lag": "2m"},
            "partition": {**partition, "count": PARTS},
            "fetch_size": 10_000,
        }
        table = table_of("x/x", {"connection": connection}, document)
        dialect = dialect_of("postgresql")
        database = Database(self.spark, dialect, table.connection, self.credentials, str(self.server.authority))
        stop = datetime.now(timezone.utc) + timedelta(days=1)  # noqa: UP017
        figures = read_window(self.spark, database, table, self.contract, Bounds(None, None, stop, True), self._write)
        assert figures.written == self.rows

    def plain(self, **options: object) -> None:
        """Spark's own read of the whole table."""
        url = f"jdbc:postgresql://{self.server.host}:{self.server.port}/postgres"
        tls = {"sslmode": "verify-full", "sslrootcert": str(self.server.authority), "fetchsize": "10000"}
        who = {"user": self.credentials.username, "password": self.credentials.password}
        given = {"url": url, "dbtable": "shipments", "driver": "org.postgresql.Driver", **tls, **who, **options}
        self._write(self.spark.read.format("jdbc").options(**given).load())

    def copy(self) -> None:
        """What the server can do by itself, into a file that nobody types or checks."""
        target = self.server.log.parent / "data" / "copy.csv"
        self.server.execute(f"COPY shipments TO '{target}' (FORMAT csv)")
        target.unlink()

    def _write(self, frame: DataFrame) -> Written:
        frame.write.mode("overwrite").option("compression", "zstd").parquet(str(self.out))
        rows = self.spark.read.parquet(str(self.out)).count()
        return Written(rows, rows, 0)

    def largest(self) -> int:
        """Rows of the largest part of what was written last."""
        counted = self.spark.read.parquet(str(self.out)).groupBy(F.input_file_name()).count()
        return int(counted.agg(F.max("count")).collect()[0][0])

    def peak_mb(self) -> int:
        """The most memory that the JVM has had since the last call."""
        process = Path("/proc") / str(self.spark._jvm.java.lang.ProcessHandle.current().pid())
        lines = (process / "status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        # 5 begins the count anew.
        (process / "clear_refs").write_text("5")
        return peak // 1024


def main(folder: str, jars: str, rows: str, rounds: str) -> None:
    """Runs everything in turn after a round to warm up, so that a slow moment of the machine is one of all."""
    home = Path(folder)
    with PostgresServer(home / "postgres", settings={"shared_buffers": "512MB", "max_wal_size": "4GB"}) as server:
        bench = Bench(home, jars, server, int(rows))
        mistake = {"partitionColumn": "quarter", "lowerBound": 1, "upperBound": 1000, "numPartitions": 10}
        bounds = {"partitionColumn": "shipment_id", "lowerBound": 1, "upperBound": bench.rows, "numPartitions": PARTS}
        runs: dict[str, tuple[int, Callable[[], None]]] = {
            "ranges": (PARTS, lambda: bench.ours({"column": "shipment_id"})),
            "hash": (PARTS, lambda: bench.ours({"hash": ["shipment_id"]})),
            "few values": (PARTS, lambda: bench.ours({"column": "quarter"})),
            "one": (1, lambda: bench.plain()),
            "bounds": (PARTS, lambda: bench.plain(**bounds)),
            "mistake": (10, lambda: bench.plain(**mistake)),
            "copy": (0, bench.copy),
        }
        found: dict[str, dict[str, float]] = {name: {} for name in runs}
        times: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(int(rounds) + 1):
            for name, (parts, work) in runs.items():
                bench.peak_mb()
                start = time.perf_counter()
                work()
                took = time.perf_counter() - start
                if number == 0:
                    continue
                times[name].append(took)
                found[name]["peak"] = max(found[name].get("peak", 0), bench.peak_mb())
                found[name]["skew"] = bench.largest() * parts / bench.rows if parts else 0
        for name, taken in times.items():
            found[name]["seconds"] = median(taken)
        print(json.dumps(found))
    shutil.rmtree(home / "out", ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
