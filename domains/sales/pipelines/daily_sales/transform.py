"""Sales by day, category and state. What the columns mean is in config.yml."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

#: Orders in these states were never sold.
CANCELED = ("canceled", "unavailable")

UNKNOWN = "unknown"


def transform(inputs: Mapping[str, DataFrame]) -> DataFrame:
    """One row for each day, category and state with at least one item sold."""
    sold = inputs["sales/orders"].where(~F.col("order_status").isin(*CANCELED))
    placed = sold.select("order_id", "customer_id", F.to_date("order_purchase_timestamp").alias("purchase_date"))
    items = (
        inputs["sales/order_items"]
        .join(placed, "order_id")
        .join(_categories(inputs["sales/products"], inputs["sales/product_category_names"]), "product_id", "left")
        .join(inputs["sales/customers"].select("customer_id", "customer_state"), "customer_id", "left")
    )
    groups = [
        F.col("purchase_date"),
        F.coalesce("category", F.lit(UNKNOWN)).alias("category"),
        F.coalesce("customer_state", F.lit(UNKNOWN)).alias("customer_state"),
    ]
    return items.groupBy(*groups).agg(
        F.countDistinct("order_id").alias("orders"),
        F.count(F.lit(1)).alias("items"),
        F.sum(F.coalesce("price", F.lit(0))).cast("decimal(16,2)").alias("revenue"),
        F.sum(F.coalesce("freight_value", F.lit(0))).cast("decimal(16,2)").alias("freight"),
    )


def _categories(products: DataFrame, names: DataFrame) -> DataFrame:
    """The category of each product that has one, in English where there is an English name."""
    english = F.coalesce("product_category_name_english", "product_category_name").alias("category")
    return products.join(names, "product_category_name", "left").select("product_id", english)
