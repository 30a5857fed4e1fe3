"""Small inputs of the sales pipelines, as Spark frames and as DuckDB tables, and the pipelines themselves."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pyspark.sql import DataFrame, SparkSession

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = ROOT / "test/local/expected"

#: The columns that the pipelines read, of each dataset of the domain `sales`.
COLUMNS = {
    "order_items": "order_id string, order_item_id int, product_id string, seller_id string, "
    "price decimal(10,2), freight_value decimal(10,2)",
    "orders": "order_id string, customer_id string, order_status string, order_purchase_timestamp timestamp_ntz, "
    "order_delivered_customer_date timestamp_ntz, order_estimated_delivery_date timestamp_ntz",
    "order_reviews": "review_id string, order_id string, review_score int",
    "sellers": "seller_id string, seller_city string, seller_state string",
    "closed_deals": "mql_id string, seller_id string, won_date timestamp_ntz, business_segment string",
    "products": "product_id string, product_category_name string",
    "product_category_names": "product_category_name string, product_category_name_english string",
    "customers": "customer_id string, customer_state string",
}

Tables = Mapping[str, Sequence[tuple[Any, ...]]]


def config(pipeline: str) -> dict[str, Any]:
    """What the file of a sales pipeline says."""
    return yaml.safe_load((ROOT / f"domains/sales/pipelines/{pipeline}/config.yml").read_text())


def transform(pipeline: str) -> Callable[[Mapping[str, DataFrame]], DataFrame]:
    """The function of a sales pipeline."""
    path = ROOT / f"domains/sales/pipelines/{pipeline}/transform.py"
    spec = importlib.util.spec_from_file_location(f"sales_{pipeline}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.transform


def frames(spark: SparkSession, pipeline: str, tables: Tables) -> dict[str, DataFrame]:
    """What the pipeline declares as its inputs and nothing else; a table that is not given is empty."""
    names = [name.removeprefix("sales/") for name in config(pipeline)["inputs"]]
    return {f"sales/{name}": frame(spark, COLUMNS[name], tables.get(name, [])) for name in names}


def frame(spark: SparkSession, columns: str, rows: Sequence[tuple[Any, ...]]) -> DataFrame:
    """Rows as Spark has them. They go there as text: Python's times would be taken as this machine's local ones."""
    named = [column.rsplit(" ", 1) for column in columns.split(", ")]
    texts = [tuple(None if value is None else str(value) for value in row) for row in rows]
    untyped = spark.createDataFrame(texts, ", ".join(f"{name} string" for name, _ in named))
    return untyped.selectExpr(*(f"cast({name} as {kind}) {name}" for name, kind in named))


def run(spark: SparkSession, pipeline: str, tables: Tables) -> list[dict[str, Any]]:
    """The pipeline's rows in the order of its key."""
    rows = transform(pipeline)(frames(spark, pipeline, tables)).collect()
    return in_order(pipeline, [row.asDict() for row in rows])


def in_order(pipeline: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows sorted by the key of the pipeline."""
    key = config(pipeline)["key"]
    return sorted(rows, key=lambda row: tuple(row[name] for name in key))


def expected(pipeline: str, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> list[dict[str, Any]]:
    """What the independent computation makes of the tables that `fill` brings."""
    with duckdb.connect() as database:
        fill(database)
        found = database.execute((EXPECTED / f"{pipeline}.sql").read_text())
        names = [column[0] for column in found.description or []]
        return in_order(pipeline, [dict(zip(names, row, strict=True)) for row in found.fetchall()])


def fill_from(tables: Tables) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """Brings given rows into DuckDB."""

    def fill(database: duckdb.DuckDBPyConnection) -> None:
        for name, columns in COLUMNS.items():
            typed = columns.replace(" string", " varchar").replace("timestamp_ntz", "timestamp")
            database.execute(f"create table {name} ({typed})")
            rows = list(tables.get(name, []))
            if rows:
                database.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)

    return fill


def fill_from_folder(folder: Path) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """Brings the files of `lake sample` into DuckDB."""

    def fill(database: duckdb.DuckDBPyConnection) -> None:
        database.execute("set variable folder = ?", [str(folder)])
        database.execute((EXPECTED / "sources.sql").read_text())

    return fill
