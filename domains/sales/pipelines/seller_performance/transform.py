"""Revenue, reviews and punctuality of each seller by month of purchase. What the columns mean is in config.yml."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

#: Orders in these states were never sold: they only count as canceled.
CANCELED = ("canceled", "unavailable")


def transform(inputs: Mapping[str, DataFrame]) -> DataFrame:
    """One row for each seller and month in which it had an order."""
    orders = _per_seller_and_order(inputs["sales/order_items"], inputs["sales/orders"], inputs["sales/order_reviews"])
    months = orders.groupBy("seller_id", "purchase_month").agg(*_measures())
    sellers = inputs["sales/sellers"].select("seller_id", "seller_city", "seller_state")
    segments = _segments(inputs["sales/closed_deals"])
    described = months.join(sellers, "seller_id", "left").join(segments, "seller_id", "left")
    return described.select(
        "seller_id",
        "purchase_month",
        "seller_city",
        "seller_state",
        "business_segment",
        *("orders", "items"),
        F.col("revenue").cast("decimal(16,2)"),
        F.col("freight").cast("decimal(16,2)"),
        *("canceled_orders", "reviews"),
        _ratio("score_sum", "reviews").cast("decimal(3,2)").alias("average_review_score"),
        *("delivered_orders", "late_orders"),
        _ratio("late_orders", "delivered_orders").cast("decimal(5,4)").alias("late_share"),
        _ratio("delay_sum", "delivered_orders").cast("decimal(9,2)").alias("average_delay_days"),
    )


def _per_seller_and_order(items: DataFrame, orders: DataFrame, reviews: DataFrame) -> DataFrame:
    """Items and reviews are summed up before they meet, so that neither multiplies the other."""
    sold = items.groupBy("seller_id", "order_id").agg(
        F.count(F.lit(1)).alias("items"),
        F.sum(F.coalesce("price", F.lit(0))).alias("revenue"),
        F.sum(F.coalesce("freight_value", F.lit(0))).alias("freight"),
    )
    reviewed = reviews.groupBy("order_id").agg(
        F.count("review_score").alias("reviews"), F.sum("review_score").alias("score_sum")
    )
    # The promise is a day, so what comes in the course of that day is in time.
    delay = F.datediff(F.to_date("order_delivered_customer_date"), F.to_date("order_estimated_delivery_date"))
    placed = orders.select(
        "order_id",
        F.trunc(F.to_date("order_purchase_timestamp"), "month").alias("purchase_month"),
        F.col("order_status").isin(*CANCELED).alias("is_canceled"),
        delay.alias("delay"),
    )
    return sold.join(placed, "order_id").join(reviewed, "order_id", "left")


def _measures() -> list[Column]:
    """What is summed up over the orders of a seller and month."""
    is_sold = ~F.col("is_canceled")
    delay = F.when(is_sold, F.col("delay"))
    return [
        F.count_if(is_sold).alias("orders"),
        *(_sum(F.when(is_sold, F.col(name))).alias(name) for name in ("items", "revenue", "freight", "reviews")),
        F.count_if("is_canceled").alias("canceled_orders"),
        _sum(F.when(is_sold, F.col("score_sum"))).alias("score_sum"),
        F.count(delay).alias("delivered_orders"),
        F.count_if(delay > 0).alias("late_orders"),
        _sum(delay).alias("delay_sum"),
    ]


def _sum(values: Column) -> Column:
    """The sum, which is 0 and not null when there is nothing to sum."""
    return F.coalesce(F.sum(values), F.lit(0))


def _ratio(part: str, whole: str) -> Column:
    """An exact quotient with 18 digits after the point; null when there is nothing to divide by."""
    digits = "decimal(20,0)"
    return F.when(F.col(whole) > 0, F.col(part).cast(digits) / F.col(whole).cast(digits))


def _segments(deals: DataFrame) -> DataFrame:
    """One segment for each seller; of deals won at the same time that with the greater id decides."""
    latest = F.max_by("business_segment", F.struct("won_date", "mql_id")).alias("business_segment")
    return deals.where(F.col("business_segment").isNotNull()).groupBy("seller_id").agg(latest)
