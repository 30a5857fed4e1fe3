"""Rules in DQDL: what they say of rows, and that nothing is promoted when one does not hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lake_spark.column_types import schema_of
from lake_spark.contracts import Column
from lake_spark.quality import evaluate, refusal

from .support import DAY, Lake, contract

COLUMNS = (
    Column("id", "string", required=True),
    Column("n", "int"),
    Column("price", "decimal(10,2)"),
    Column("at", "timestamp"),
    Column("name", "string"),
)


@pytest.fixture(scope="module")
def rows(spark):
    """Ten rows, two of them without a name, ids in pairs."""
    made = [(f"k{i // 2}", i, Decimal(i), DAY, None if i in (3, 4) else f"é{i}") for i in range(10)]
    return spark.createDataFrame(made, schema_of(COLUMNS)).persist()


def outcomes(spark, rows, *rules):
    """Outcome and number of broken rows of each rule."""
    return [(result.outcome, result.failed_rows) for result in evaluate(spark, rows, rules, 10)]


def test_each_rule_has_its_outcome_in_the_order_of_the_rules(spark, rows):
    rules = {
        'IsComplete "name"': ("Failed", 2),
        'Completeness "name" >= 0.8': ("Passed", None),
        'Completeness "name" > 0.9': ("Failed", 2),
        'IsUnique "id"': ("Failed", 10),
        'IsPrimaryKey "id"': ("Failed", 10),
        'IsPrimaryKey "id" "n"': ("Passed", 0),
        'ColumnValues "n" between -1 and 10': ("Passed", None),
        'ColumnValues "n" between 0 and 9': ("Failed", 2),
        'ColumnValues "n" in [1, 2]': ("Failed", 8),
        'ColumnValues "name" matches "é[0-9]"': ("Failed", 2),
        # Of how many rows the share is, only the filter knows.
        'IsComplete "name" where "n < 5"': ("Failed", None),
        "RowCount > 10": ("Failed", None),
        'CustomSql "select count(*) from primary" > 5': ("Passed", None),
        'DataFreshness "at" > 1 hours': ("Passed", None),
    }
    found = dict(zip(rules, outcomes(spark, rows, *rules), strict=True))
    assert {rule: outcome for rule, (outcome, _) in found.items()} == {r: o for r, (o, _) in rules.items()}
    assert {rule: count for rule, (outcome, count) in found.items() if outcome == "Failed"} == {
        rule: count for rule, (outcome, count) in rules.items() if outcome == "Failed"
    }


def test_a_rule_that_cannot_be_evaluated_is_an_error_and_spoils_no_other(spark, rows):
    results = evaluate(spark, rows, ['Nonsense "id"', 'IsComplete "id"', 'ReferentialIntegrity "id" "x.y" = 1.0'], 10)
    assert [result.outcome for result in results] == ["Error", "Passed", "Error"]
    assert "x not found" in results[2].reason
    message = str(refusal(results))
    assert message.startswith('Nonsense "id" could not be evaluated: ')
    assert "\n" not in message


def test_no_rules_no_work(rows):
    assert evaluate(None, rows, [], 10) == []
    assert refusal([]) is None


def test_a_broken_rule_keeps_the_batch_out_and_says_which_and_how_many(lake: Lake):
    of = contract(*COLUMNS, quality=('IsPrimaryKey "id"', 'Completeness "name" = 1.0', "RowCount > 0"))
    lake.refine(of, [lake.raw_file(of, [{"id": "a", "name": "x"}])], "b1")
    bad = lake.raw_file(of, [{"id": "b"}, {"id": "c", "name": "  "}, {"id": "d", "name": "x"}])
    result = lake.refine(of, [bad], "b2")
    assert result["status"] == "refused"
    assert result["reason"] == 'Completeness "name" = 1.0 does not hold for 2 rows'
    assert result["rows"]["refused"] == result["rows"]["in"] == 3
    assert [rule["outcome"] for rule in result["quality"]] == ["Passed", "Failed", "Passed"]
    assert result["quality"][1]["failedRows"] == 2
    assert len(lake.snapshots(of)) == 1
    assert [row["id"] for row in lake.rows(of)] == ["a"]


def test_rules_see_the_batch_after_the_latest_records_were_chosen(lake: Lake):
    of = contract(*COLUMNS, quality=('IsPrimaryKey "id"', 'ColumnValues "n" >= 0'))
    file = lake.raw_file(of, [{"id": "a", "n": -1}, {"id": "a", "n": 1}])
    assert lake.refine(of, [file])["status"] == "succeeded"


def test_blanks_in_required_columns_are_refused(lake: Lake):
    of = contract(*COLUMNS)
    result = lake.refine(of, [lake.raw_file(of, [{"id": " "}, {"id": "\u00a0\t"}, {"id": "a"}])])
    assert result["status"] == "refused"
    # Blank keys are one key, so one row would become visible.
    assert result["reason"] == 'IsComplete "id" does not hold for 1 rows'
