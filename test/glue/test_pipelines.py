"""The sales pipelines: by hand for what is easily got wrong, and against an independent computation."""

from __future__ import annotations

import random
import subprocess
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql.functions import current_timestamp, lit

from .pipeline_inputs import COLUMNS, ROOT, config, expected, fill_from, fill_from_folder, frames, run, transform

PIPELINES = ("seller_performance", "daily_sales")


def item(order: str = "o1", number: int = 1, seller: str = "s1", price: str | None = "10.00", **more: Any) -> tuple:
    amounts = [None if amount is None else Decimal(amount) for amount in (price, more.get("freight", "1.00"))]
    return (order, number, more.get("product", "p1"), seller, *amounts)


def order(name: str = "o1", status: str = "delivered", bought: str = "2018-01-15 10:00:00", **more: str) -> tuple:
    times = [more.get("delivered"), more.get("promised")]
    bought_at, *rest = [None if time is None else datetime.fromisoformat(time) for time in (bought, *times)]
    return (name, more.get("customer", "c1"), status, bought_at, *rest)


def deal(name: str, seller: str, won: str, segment: str | None) -> tuple:
    return (name, seller, datetime.fromisoformat(won), segment)


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


class TestSellerPerformance:
    def rows(self, spark, **tables):
        return run(spark, "seller_performance", tables)

    def test_reviews_and_items_do_not_multiply_each_other(self, spark):
        row = only(
            self.rows(
                spark,
                order_items=[item(number=1), item(number=2, price="5.50", freight="0.25"), item(number=3)],
                orders=[order()],
                order_reviews=[("r1", "o1", 5), ("r2", "o1", 4), ("r3", "o1", 4), ("r4", "other", 1)],
            )
        )
        assert (row["orders"], row["items"], row["reviews"]) == (1, 3, 3)
        assert (row["revenue"], row["freight"]) == (Decimal("25.50"), Decimal("2.25"))
        assert row["average_review_score"] == Decimal("4.33")

    def test_an_order_counts_for_each_of_its_sellers_with_the_items_of_that_seller(self, spark):
        first, second = self.rows(
            spark,
            order_items=[item(seller="a"), item(number=2, seller="b", price="7.00"), item(number=3, seller="a")],
            orders=[order(delivered="2018-02-03 09:00:00", promised="2018-02-01 00:00:00")],
            order_reviews=[("r1", "o1", 2)],
        )
        assert [row["seller_id"] for row in (first, second)] == ["a", "b"]
        assert [row["revenue"] for row in (first, second)] == [Decimal("20.00"), Decimal("7.00")]
        for row in (first, second):
            assert (row["orders"], row["reviews"], row["late_orders"]) == (1, 1, 1)
            assert (row["late_share"], row["average_delay_days"]) == (Decimal("1.0000"), Decimal("2.00"))

    def test_an_order_without_reviews_and_without_delivery_leaves_the_averages_empty(self, spark):
        row = only(self.rows(spark, order_items=[item()], orders=[order(status="shipped")]))
        assert (row["reviews"], row["delivered_orders"], row["late_orders"]) == (0, 0, 0)
        assert row["average_review_score"] is row["late_share"] is row["average_delay_days"] is None

    @pytest.mark.parametrize("status", ["canceled", "unavailable"])
    def test_canceled_orders_count_as_such_and_nowhere_else(self, spark, status):
        row = only(
            self.rows(
                spark,
                order_items=[item(), item("o2", price="3.00")],
                orders=[
                    order(status=status, delivered="2018-03-01 00:00:00", promised="2018-02-01 00:00:00"),
                    order("o2"),
                ],
                order_reviews=[("r1", "o1", 1), ("r2", "o2", 5)],
            )
        )
        assert (row["orders"], row["canceled_orders"], row["items"], row["reviews"]) == (1, 1, 1, 1)
        assert (row["revenue"], row["delivered_orders"]) == (Decimal("3.00"), 0)
        assert row["average_review_score"] == 5

    def test_a_month_with_nothing_but_canceled_orders_has_zeros(self, spark):
        row = only(self.rows(spark, order_items=[item()], orders=[order(status="canceled")]))
        assert (row["orders"], row["items"], row["canceled_orders"]) == (0, 0, 1)
        assert (row["revenue"], row["freight"]) == (0, 0)

    def test_the_first_and_the_last_second_of_a_month_belong_to_it(self, spark):
        times = ["2017-12-31 23:59:59", "2018-01-01 00:00:00", "2018-01-31 23:59:59", "2018-02-01 00:00:00"]
        rows = self.rows(
            spark,
            order_items=[item(f"o{number}") for number in range(4)],
            orders=[order(f"o{number}", bought=time) for number, time in enumerate(times)],
        )
        found = [(row["purchase_month"], row["orders"]) for row in rows]
        assert found == [(date(2017, 12, 1), 1), (date(2018, 1, 1), 2), (date(2018, 2, 1), 1)]

    def test_what_comes_in_the_course_of_the_promised_day_is_in_time(self, spark):
        promised = "2018-02-01 00:00:00"
        arrivals = ["2018-02-01 23:59:59", "2018-02-02 00:00:00", "2018-01-29 12:00:00"]
        row = only(
            self.rows(
                spark,
                order_items=[item(f"o{number}") for number in range(3)],
                orders=[order(f"o{n}", delivered=time, promised=promised) for n, time in enumerate(arrivals)],
            )
        )
        assert (row["delivered_orders"], row["late_orders"]) == (3, 1)
        assert (row["late_share"], row["average_delay_days"]) == (Decimal("0.3333"), Decimal("-0.67"))

    def test_the_latest_deal_that_names_a_segment_decides_and_the_greater_id_between_equals(self, spark):
        deals = [
            deal("m1", "a", "2018-01-01 00:00:00", "toys"),
            deal("m2", "a", "2018-03-01 00:00:00", None),
            deal("m3", "a", "2018-02-01 00:00:00", "saúde_e_beleza"),
            deal("m5", "b", "2018-01-01 00:00:00", "pet"),
            deal("m4", "b", "2018-01-01 00:00:00", "audio"),
            deal("m6", "nobody", "2018-01-01 00:00:00", "pet"),
        ]
        rows = self.rows(
            spark,
            order_items=[item(f"o-{seller}", seller=seller) for seller in "abc"],
            orders=[order(f"o-{seller}") for seller in "abc"],
            sellers=[("a", "são paulo", "SP"), ("c", None, None)],
            closed_deals=deals,
        )
        assert [row["business_segment"] for row in rows] == ["saúde_e_beleza", "pet", None]
        assert [row["seller_city"] for row in rows] == ["são paulo", None, None]

    def test_items_without_a_price_are_items_and_items_without_an_order_are_nothing(self, spark):
        items = [item(price=None, freight=None), item("lost", seller="s2")]
        row = only(self.rows(spark, order_items=items, orders=[order(), order("empty")]))
        assert (row["items"], row["revenue"], row["freight"]) == (1, 0, 0)


class TestDailySales:
    def rows(self, spark, **tables):
        return run(spark, "daily_sales", tables)

    def test_an_order_counts_once_in_each_of_its_categories(self, spark):
        rows = self.rows(
            spark,
            order_items=[item(), item(number=2), item(number=3, product="p2", price="0.01"), item("o2", product="p2")],
            orders=[order(), order("o2")],
            products=[("p1", "brinquedos"), ("p2", "pet_shop")],
            product_category_names=[("brinquedos", "toys"), ("pet_shop", "pet_shop")],
            customers=[("c1", "SP")],
        )
        found = [(row["category"], row["orders"], row["items"], row["revenue"]) for row in rows]
        assert found == [("pet_shop", 2, 2, Decimal("10.01")), ("toys", 1, 2, Decimal("20.00"))]

    def test_what_is_not_known_has_a_name(self, spark):
        products = ["bare", "untranslated", "lost"]
        rows = self.rows(
            spark,
            order_items=[item(product=name, number=number) for number, name in enumerate(products)],
            orders=[order(customer="lost")],
            products=[("bare", None), ("untranslated", "portáteis")],
        )
        found = [(row["category"], row["customer_state"], row["items"]) for row in rows]
        assert found == [("portáteis", "unknown", 1), ("unknown", "unknown", 2)]

    def test_days_end_at_midnight_and_canceled_orders_are_left_out(self, spark):
        rows = self.rows(
            spark,
            order_items=[item(name) for name in "abcd"],
            orders=[
                order("a", bought="2018-02-28 23:59:59"),
                order("b", bought="2018-03-01 00:00:00"),
                order("c", status="canceled"),
                order("d", status="unavailable"),
            ],
        )
        assert [row["purchase_date"] for row in rows] == [date(2018, 2, 28), date(2018, 3, 1)]


@pytest.mark.parametrize("pipeline", PIPELINES)
class TestBoth:
    def test_columns_and_types_are_those_of_the_configuration(self, spark, pipeline):
        schema = transform(pipeline)(frames(spark, pipeline, {})).schema
        wanted = [(name, column["type"]) for name, column in config(pipeline)["columns"].items()]
        assert [(field.name, field.dataType.simpleString()) for field in schema] == wanted

    def test_nothing_comes_of_nothing(self, spark, pipeline):
        assert run(spark, pipeline, {}) == []

    def test_other_columns_of_the_inputs_do_not_matter(self, spark, pipeline):
        tables = shop(random.Random(1), 20)
        with_lineage = {
            name: frame.withColumn("_loaded_at", current_timestamp()).withColumn("_source_row", lit(1))
            for name, frame in frames(spark, pipeline, tables).items()
        }
        assert transform(pipeline)(with_lineage).count() == len(run(spark, pipeline, tables))

    def test_a_difficult_shop_gives_what_the_independent_computation_gives(self, spark, pipeline):
        tables = shop(random.Random(20), 1500)
        found = run(spark, pipeline, tables)
        assert found == expected(pipeline, fill_from(tables))
        key = [tuple(row[name] for name in config(pipeline)["key"]) for row in found]
        assert len(set(key)) == len(key) > 50

    def test_sample_files_give_what_the_independent_computation_gives(self, spark, pipeline, sample):
        inputs = {}
        for name in frames(spark, pipeline, {}):
            dataset = name.removeprefix("sales/")
            [path] = [path for path in sample.iterdir() if path.name in file_names(dataset)]
            text = spark.read.csv(str(path), header=True, multiLine=True, escape='"')
            typed = (f"cast({column} as {kind}) {column}" for column, kind in columns_of(dataset))
            inputs[name] = text.selectExpr(*typed)
        rows = [row.asDict() for row in transform(pipeline)(inputs).collect()]
        key = config(pipeline)["key"]
        wanted = expected(pipeline, fill_from_folder(sample))
        assert sorted(rows, key=lambda row: [row[name] for name in key]) == wanted
        assert len(wanted) > 500


def columns_of(dataset: str) -> list[tuple[str, str]]:
    return [tuple(column.rsplit(" ", 1)) for column in COLUMNS[dataset].split(", ")]


def file_names(dataset: str) -> tuple[str, str]:
    return (f"olist_{dataset}_dataset.csv", f"{dataset.removesuffix('_names').removesuffix('s')}_name_translation.csv")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "files"
    subprocess.run(["node", "tools/lake.mjs", "sample", str(folder), "--orders", "1500"], cwd=ROOT, check=True)
    return folder


def shop(chance: random.Random, orders: int) -> dict[str, list[tuple]]:
    """Rows of every difficult kind: missing references, empty values, several reviews and deals, times at midnight."""

    def maybe(value: Any, share: float = 0.9) -> Any:
        return value if chance.random() < share else None

    def amount() -> Decimal | None:
        return maybe(Decimal(chance.randrange(100_000)) / 100)

    statuses = ["delivered", "delivered", "delivered", "shipped", "created", "canceled", "unavailable"]
    start = datetime(2017, 11, 29)
    tables: dict[str, list[tuple]] = {name: [] for name in COLUMNS}
    for number in range(orders):
        name = f"o{number:05}"
        bought = start + timedelta(seconds=chance.choice([-1, 0, 1, 3600]), days=chance.randrange(100))
        promised = (bought + timedelta(days=chance.randrange(30))).replace(hour=0, minute=0, second=0)
        delivered = promised + timedelta(seconds=chance.choice([-1, 0, 86_399, 86_400]), days=chance.randrange(-9, 9))
        customer = f"c{chance.randrange(orders)}"
        row = (name, customer, chance.choice(statuses), bought, maybe(delivered), maybe(promised))
        if chance.random() < 0.95:
            tables["orders"].append(row)
        for index in range(chance.randrange(5)):
            ids = (f"p{chance.randrange(60)}", f"s{chance.randrange(12)}")
            tables["order_items"].append((name, index + 1, *ids, amount(), amount()))
        tables["order_reviews"] += [(f"r{number}-{n}", name, chance.randint(1, 5)) for n in range(chance.randrange(4))]
    tables["sellers"] = [(f"s{number}", maybe("são paulo"), maybe("SP")) for number in range(10)]
    days = [datetime(2018, 1, 1), datetime(2018, 1, 2)]
    tables["closed_deals"] = [
        (
            f"m{number}",
            f"s{chance.randrange(14)}",
            chance.choice(days),
            maybe(chance.choice(["pet", "toys", "ção"]), 0.7),
        )
        for number in range(40)
    ]
    tables["products"] = [(f"p{number}", maybe(f"categoria{number % 7}")) for number in range(50)]
    tables["product_category_names"] = [(f"categoria{number}", f"category{number}") for number in range(5)]
    tables["customers"] = [(f"c{number}", maybe(chance.choice(["SP", "RJ"]))) for number in range(0, orders, 2)]
    return tables
