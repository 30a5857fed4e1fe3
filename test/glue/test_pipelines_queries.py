"""The named queries of sales run on what the marts have to hold: in Athena's SQL, translated for DuckDB."""

from __future__ import annotations

import re
import subprocess

import duckdb
import pytest
import sqlglot

from .pipeline_inputs import EXPECTED, ROOT, fill_from_folder

QUERIES = sorted((ROOT / "domains/sales/queries").glob("*.sql"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """The tables of the refined and the curated zone, as far as the queries read them."""
    folder = tmp_path_factory.mktemp("shop") / "files"
    subprocess.run(["node", "tools/lake.mjs", "sample", str(folder), "--orders", "1500"], cwd=ROOT, check=True)
    with duckdb.connect() as database:
        fill_from_folder(folder)(database)
        database.execute("create schema curated_sales; create schema refined_sales")
        for mart in ("seller_performance", "daily_sales"):
            rows = (EXPECTED / f"{mart}.sql").read_text().rstrip().removesuffix(";")
            database.execute(f"create table curated_sales.{mart} as {rows}")
        for dataset, pattern in {
            "orders": "olist_orders_dataset",
            "customers": "olist_customers_dataset",
            "order_payments": "olist_order_payments_dataset",
        }.items():
            database.execute(f"create table refined_sales.{dataset} as from read_csv('{folder}/{pattern}.csv')")
        yield database


def header(text: str) -> dict[str, list[str]]:
    """What the comments before the statement say, by their names."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^-- (\w+): (.*)$", text.split("\nselect")[0], re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def answer(lake, text: str) -> tuple[list[str], list[tuple]]:
    [statement] = sqlglot.transpile(text, read="athena", write="duckdb")
    found = lake.execute(statement)
    return [column[0] for column in found.description], found.fetchall()


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_queries_are_named_as_their_files_and_find_something(lake, path):
    said = header(path.read_text())
    assert said["name"] == [path.stem]
    assert said["description"][0].endswith(".")
    names, rows = answer(lake, path.read_text())
    assert rows
    columns = [column.split(" ")[0] for column in said.get("column", [])]
    assert bool(columns) == ("view" in said)
    assert columns in ([], names)


def test_top_sellers_are_the_ten_with_most_revenue(lake):
    _, rows = answer(lake, (ROOT / "domains/sales/queries/top-sellers.sql").read_text())
    wanted = lake.execute(
        "select i.seller_id, sum(price) revenue from order_items i join orders o using (order_id) "
        "where order_status not in ('canceled', 'unavailable') group by 1 order by 2 desc, 1 limit 10"
    ).fetchall()
    assert [row[:2] for row in rows] == wanted


def test_best_sellers_weigh_the_scores_of_months(lake):
    names, rows = answer(lake, (ROOT / "domains/sales/queries/best-sellers.sql").read_text())
    found = {row[names.index("seller_id")]: row[names.index("average_review_score")] for row in rows}
    reviews = lake.execute(
        "select seller_id, avg(review_score) from order_reviews join "
        "(select distinct seller_id, order_id from order_items) using (order_id) join orders using (order_id) "
        "where order_status not in ('canceled', 'unavailable') group by 1"
    ).fetchall()
    assert len(reviews) > 10
    for seller, score in reviews:
        assert found[seller] == pytest.approx(score, abs=0.006)
