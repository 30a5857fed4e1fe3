"""Sales by day, category and state. What the columns mean is in config.yml."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

#: Orders in these states were never sold.
CANCELED = ("canceled", "unavailable")

UNKNOWN = "unknown"


def transform(inputs: Mapping[str, DataFrame]) -> DataFrame:
    """One row for each day, category and state with at least one item sold."""
    sold = inputs["sales/orders"].where(~fn.col("order_status").isin(*CANCELED))
    placed = sold.select("order_id", "customer_id", fn.to_date("order_purchase_timestamp").alias("purchase_date"))
    items = (
        inputs["sales/order_items"]
        .join(placed, "order_id")
        .join(_categories(inputs["sales/products"], inputs["sales/product_category_names"]), "product_id", "left")
        .join(inputs["sales/customers"].select("customer_id", "customer_state"), "customer_id", "left")
    )
    groups = [
        fn.col("purchase_date"),
        fn.coalesce("category", fn.lit(UNKNOWN)).alias("category"),
        fn.coalesce("customer_state", fn.lit(UNKNOWN)).alias("customer_state"),
    ]
    return items.groupBy(*groups).agg(
        fn.countDistinct("order_id").alias("orders"),
        fn.count(fn.lit(1)).alias("items"),
        fn.sum(fn.coalesce("price", fn.lit(0))).cast("decimal(16,2)").alias("revenue"),
        fn.sum(fn.coalesce("freight_value", fn.lit(0))).cast("decimal(16,2)").alias("freight"),
    )


def _categories(products: DataFrame, names: DataFrame) -> DataFrame:
    """The category of each product that has one, in English where there is an English name."""
    english = fn.coalesce("product_category_name_english", "product_category_name").alias("category")
    return products.join(names, "product_category_name", "left").select("product_id", english)
