"""What the masked copy shows."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_spark.column_types import schema_of, spark_type
from lake_spark.contracts import Column
from lake_spark.masking import KEY_MESSAGE, derive_key, keyed_hash, mask_columns

from .support import KEY, Lake, contract


def masked(spark, type_name, mask, values, key=KEY):
    """The values of a column after its mask."""
    column = Column("v", type_name, mask=mask)
    frame = spark.createDataFrame([[value] for value in values], schema_of([column]))
    return [row["v"] for row in mask_columns(frame, contract(column), key).collect()]


def test_hash_is_hmac_sha256_of_the_value_whatever_is_in_it(spark):
    values = ["a", "", "Zoë 李", "x" * 5000, "'; drop", "\0", "🙂"]
    assert masked(spark, "string", "hash", values) == [keyed_hash(value, KEY) for value in values]
    assert masked(spark, "string", "hash", [None]) == [None]
    long_key = b"k" * 100
    assert masked(spark, "string", "hash", ["a"], long_key) == [keyed_hash("a", long_key)]


def test_hash_needs_a_key(spark):
    with pytest.raises(ValueError, match="no key was given"):
        masked(spark, "string", "hash", ["a"], None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("", "***"),
        ("1", "***"),
        ("12", "***2"),
        ("12345", "***45"),
        ("4111111111111234", "***1234"),
        ("ana@example.com", "***@example.com"),
        ("ana @example.com", "***.com"),
        ("a@b@c", "***@c"),
        ("Zoë-李李李李", "***李李李李"),
    ],
)
def test_partial_shows_the_end_but_never_more_than_half(spark, value, shown):
    assert masked(spark, "string", "partial", [value]) == [shown]


def test_dates_and_times_show_their_month(spark):
    assert masked(spark, "date", "date_trunc", [date(2024, 2, 29), None]) == [date(2024, 2, 1), None]
    assert masked(spark, "timestamp", "date_trunc", [datetime(2024, 3, 31, 23, 59)]) == [datetime(2024, 3, 1)]


@pytest.mark.parametrize("type_name", ["string", "int", "decimal(10,2)", "date", "timestamp", "boolean", "double"])
def test_redact_leaves_nothing_of_any_type(spark, type_name):
    column = Column("v", type_name, mask="redact")
    spark_name = spark_type(type_name).simpleString()
    frame = spark.range(1).selectExpr(f"cast('2026-01-01' as {spark_name}) as v")
    result = mask_columns(frame, contract(column), KEY)
    assert result.schema["v"].dataType == spark_type(type_name)
    assert result.collect()[0]["v"] is None


def test_the_key_is_derived_from_the_named_kms_key():
    asked = {}

    class Kms:
        def generate_mac(self, **request):
            asked.update(request)
            return {"Mac": b"m" * 32}

    assert derive_key(Kms(), "alias/lake-masking") == b"m" * 32
    assert asked == {"KeyId": "alias/lake-masking", "MacAlgorithm": "HMAC_SHA_256", "Message": KEY_MESSAGE}


@given(st.text(max_size=20), st.text(max_size=20))
def test_equal_values_and_no_others_have_equal_hashes(one, other):
    assert (keyed_hash(one, KEY) == keyed_hash(other, KEY)) == (one == other)


def test_the_key_is_not_in_what_spark_shows_of_a_plan(spark):
    column = Column("v", "string", mask="hash")
    frame = mask_columns(spark.createDataFrame([["a"]], schema_of([column])), contract(column), KEY)
    plan = frame._jdf.queryExecution().toString()
    assert "redacted" in plan
    assert KEY.hex()[:16].upper() not in plan.upper()
    assert bytes(byte ^ 0x36 for byte in KEY).hex()[:16].upper() not in plan.upper()


def test_masked_keys_still_join_across_datasets_and_the_clear_copy_has_the_values(lake: Lake):
    person = Column("person", "string", required=True, mask="hash")
    customers = contract(person, Column("city", "string"), key=["person"])
    orders = contract(Column("id", "string", required=True), Column("person", "string", mask="hash"))
    lake.refine(customers, [lake.raw_file(customers, [{"person": "Zoë ", "city": "x"}, {"person": "b"}])])
    lake.refine(orders, [lake.raw_file(orders, [{"id": "1", "person": "Zoë"}, {"id": "2", "person": None}])])
    assert [row["person"] for row in lake.rows(orders)] == [keyed_hash("Zoë", KEY), None]
    assert keyed_hash("Zoë", KEY) in [row["person"] for row in lake.rows(customers)]
    assert [row["person"] for row in lake.rows(orders, clear=True)] == ["Zoë", None]
    described = lake.catalogue.said
    assert described[f"refined_sales.{orders.dataset}"]["data_classification"] == "proprietary"
