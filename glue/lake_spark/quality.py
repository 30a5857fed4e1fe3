"""Data quality rules in DQDL, the language of AWS Glue Data Quality, evaluated by deequ inside Spark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import TimestampNTZType

from .errors import QualityRefusedError

#: The name by which the rule CustomSql knows the rows.
_PRIMARY = "primary"

_MEASURED = re.compile(r"^Value: ([0-9.eE+-]+) does not meet the constraint|^([0-9.]+)% of rows passed")
#: Metrics of deequ that are the share of rows that are as they should be.
_SHARES = ("Completeness", "Uniqueness", "Compliance", "PatternMatch")
#: Rules whose measured value is such a share, where deequ gives no metric.
_SHARE_RULES = ("ColumnValues", "ColumnLength", "DataFreshness", "ColumnDataType")


@dataclass(frozen=True)
class RuleResult:
    """What became of a rule."""

    rule: str
    #: `Passed`, `Failed`, or `Error` for a rule that could not be evaluated.
    outcome: str
    #: How many rows break the rule, where that can be known.
    failed_rows: int | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As results of runs have it."""
        return {"rule": self.rule, "outcome": self.outcome, "failedRows": self.failed_rows, "reason": self.reason}


def evaluate(spark: SparkSession, rows: DataFrame, rules: Sequence[str], total: int) -> list[RuleResult]:
    """The outcome of each rule, in the order of the rules.

    The rows should be cached, because each kind of rule reads them again; `total` is their number.
    """
    if not rules:
        return []
    # deequ does not know times without a zone.
    zoned = {f.name: F.col(f.name).cast("timestamp") for f in rows.schema.fields if f.dataType == TimestampNTZType()}
    checked = rows.withColumns(zoned) if zoned else rows
    checked.createOrReplaceTempView(_PRIMARY)
    try:
        found = _process(spark, checked, rules)
    finally:
        spark.catalog.dropTempView(_PRIMARY)
    return [_result(rule, found, total) for rule in rules]


def refusal(results: Sequence[RuleResult]) -> QualityRefusedError | None:
    """The error for rules that do not hold, with each rule and its number of rows, or None."""
    broken = [result for result in results if result.outcome != "Passed"]
    if not broken:
        return None
    return QualityRefusedError("; ".join(_describe(result) for result in broken))


def _describe(result: RuleResult) -> str:
    if result.outcome == "Error":
        return f"{result.rule} could not be evaluated: {result.reason}"
    if result.failed_rows is None:
        return f"{result.rule} does not hold: {result.reason}"
    return f"{result.rule} does not hold for {result.failed_rows} rows"


def _process(spark: SparkSession, rows: DataFrame, rules: Sequence[str]) -> dict[str, Any]:
    """deequ's rows by the rule's normal form; a text of an error where a rule cannot be read."""
    evaluator = spark.sparkContext._jvm.com.amazon.deequ.dqdl.EvaluateDataQuality
    try:
        answer = DataFrame(evaluator.process(rows._jdf, f"Rules = [ {', '.join(rules)} ]"), spark)
        return {_normal(row["Rule"]): row for row in answer.collect()}
    except (PySparkException, Py4JJavaError) as error:
        if len(rules) == 1:
            return {_normal(rules[0]): str(error)}
        # One rule that cannot be read spoils the whole list: which is it?
        return {name: row for rule in rules for name, row in _process(spark, rows, [rule]).items()}


def _result(rule: str, found: dict[str, Any], total: int) -> RuleResult:
    row = found.get(_normal(rule))
    if row is None and len(found) == 1:
        row = next(iter(found.values()))
    if row is None:
        return RuleResult(rule, "Error", None, "deequ gave no outcome")
    if isinstance(row, str):
        return RuleResult(rule, "Error", None, _line(row))
    if row["Outcome"] == "Passed":
        return RuleResult(rule, "Passed", 0 if _share(rule, row) == 1 else None)
    reason = _line(row["FailureReason"] or "")
    if not _MEASURED.match(reason):
        return RuleResult(rule, "Error", None, reason)
    share = _share(rule, row)
    return RuleResult(rule, "Failed", None if share is None else round((1 - share) * total), reason)


def _share(rule: str, row: Any) -> float | None:
    """The share of rows that keep the rule, if the rule is about single rows. A filter (`where`) hides of how many."""
    if re.search(r'\swhere\s+"', rule):
        return None
    shares = [value for name, value in (row["EvaluatedMetrics"] or {}).items() if name.endswith(_SHARES)]
    if shares:
        return min(shares)
    measured = _MEASURED.match(row["FailureReason"] or "")
    if measured is None or row["EvaluatedMetrics"] or not rule.lstrip().startswith(_SHARE_RULES):
        return None
    return float(measured[1]) if measured[1] else float(measured[2]) / 100


def _normal(rule: str) -> str:
    return "".join(rule.split())


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
