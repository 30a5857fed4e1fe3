"""Times of statements on the local Athena and on DuckDB alone, as JSON on stdout: `athena.py <folder> <rows>`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import duckdb

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
FILES = 4
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
COLUMNS = {"id": "bigint", "product": "string", "seller": "string", "price": "decimal(10,2)", "at": "timestamp"}
STATEMENTS = {
    "one value": "SELECT 1",
    "count": "SELECT count(*) FROM items",
    "group": "SELECT seller, count(*) n, sum(price) total FROM items GROUP BY seller ORDER BY total DESC LIMIT 10",
    "distinct": "SELECT count(DISTINCT product) FROM items WHERE price > 50",
}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A local AWS of its own; its endpoint."""
    command = [sys.executable, "-m", "local", "--port", "0", "--run-dir", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        announcement = folder / "server.json"
        while not announcement.exists():
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)
        yield json.loads(announcement.read_text())["endpoint"]
    finally:
        process.terminate()
        process.wait(10)


def make_files(folder: Path, rows: int) -> list[Path]:
    """The rows in a few Parquet files."""
    files = [folder / f"{number}.parquet" for number in range(FILES)]
    for number, file in enumerate(files):
        query = (
            "SELECT i id, 'p' || i % 1000 product, 's' || i % 100 seller, (i % 10000 / 100)::DECIMAL(10,2) price, "
            f"TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS at FROM range({rows}) t(i) WHERE i % {FILES} = {number}"
        )
        duckdb.sql(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    return files


class Athena:
    """Statements in the way of its clients."""

    def __init__(self, endpoint: str, files: list[Path]) -> None:
        def client(service: str) -> Any:
            return boto3.client(service, "eu-west-1", None, True, None, endpoint, "123456789012", "any")

        s3, glue, self._athena = client("s3"), client("glue"), client("athena")
        s3.create_bucket(Bucket="bench", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for file in files:
            s3.upload_file(str(file), "bench", f"items/{file.name}")
        glue.create_database(DatabaseInput={"Name": "shop"})
        columns = [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()]
        storage = {"Columns": columns, "Location": "s3://bench/items/", **PARQUET}
        table = {"Name": "items", "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "parquet"}}
        glue.create_table(DatabaseName="shop", TableInput={**table, "StorageDescriptor": storage})

    def rows(self, statement: str) -> list[list[str]]:
        """What a statement answers, after its heading if it has one."""
        execution = self._athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": "shop"},
            ResultConfiguration={"OutputLocation": "s3://bench/results/"},
        )["QueryExecutionId"]
        while True:
            status = self._athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                break
            if status["State"] in ("FAILED", "CANCELLED"):
                raise RuntimeError(status["StateChangeReason"])
            time.sleep(0.005)
        found = self._athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
        return [[cell["VarCharValue"] for cell in row["Data"]] for row in found[1:]]


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(name: str, rows: str) -> None:
    """Runs each statement here and there in turn, after one round that is not counted."""
    folder = Path(name)
    files = make_files(folder, int(rows))
    alone = duckdb.connect()
    alone.execute(f"CREATE VIEW items AS FROM read_parquet('{folder}/*.parquet')")
    times: dict[str, dict[str, float]] = {}
    with server(folder) as endpoint:
        athena = Athena(endpoint, files)
        for title, statement in STATEMENTS.items():
            same = [[str(value) for value in row] for row in alone.execute(statement).fetchall()]
            if athena.rows(statement) != same:
                raise AssertionError(f"{statement} has two answers")
            pairs = [
                (
                    seconds(lambda text=statement: athena.rows(text)),
                    seconds(lambda text=statement: alone.execute(text).fetchall()),
                )
                for _ in range(ROUNDS)
            ]
            times[title] = {"athena": median(a for a, _ in pairs), "duckdb": median(b for _, b in pairs)}
    size = sum(file.stat().st_size for file in files)
    print(json.dumps({"bytes": size, "statements": STATEMENTS, "times": times}))


if __name__ == "__main__":
    main(*sys.argv[1:])
