"""Results as Athena writes them: texts of values, the CSV file, and pages of GetQueryResults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from local.runtimes.athena_types import athena_type, precision_and_scale

MOST_ROWS_OF_A_PAGE = 1000


@dataclass
class Result:
    """What a statement answered."""

    kind: str
    """`DML`, `DDL` or `UTILITY`, as GetQueryExecution says it."""
    columns: list[tuple[str, object]] = field(default_factory=list)
    """Names and DuckDB's types."""
    rows: list[list[str | None]] = field(default_factory=list)
    update_count: int | None = None
    """How many rows were written."""

    @property
    def has_header(self) -> bool:
        """Only the results of queries begin with the names of their columns."""
        return self.kind == "DML" and self.update_count is None

    def lines(self) -> list[list[str | None]]:
        """The rows, after the header where there is one."""
        return [[name for name, _ in self.columns], *self.rows] if self.has_header else self.rows

    def file(self) -> bytes:
        """The results file: CSV of queries, tabbed text of everything else."""
        if self.kind == "DML":
            return "".join(",".join(map(_quoted, line)) + "\n" for line in self.lines()).encode()
        return "".join("\t".join(value or "" for value in line) + "\n" for line in self.lines()).encode()

    def page(self, token: str | None, size: int | None) -> dict[str, Any]:
        """A page of GetQueryResults; the header counts as a row."""
        lines = self.lines()
        start = int(token or 0)
        end = start + (size or MOST_ROWS_OF_A_PAGE)
        rows = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in line]} for line in lines[start:end]
        ]
        answer: dict[str, Any] = {
            "UpdateCount": self.update_count or 0,
            "ResultSet": {
                "Rows": rows,
                "ResultSetMetadata": {"ColumnInfo": [_info(*column) for column in self.columns]},
            },
        }
        return {**answer, "NextToken": str(end)} if end < len(lines) else answer


def text_of(value: object) -> str | None:
    """A value as Athena writes it; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}" + (" UTC" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _interval(value)
    if isinstance(value, bytes):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_inner(entry) for entry in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inner(key)}={_inner(entry)}" for key, entry in value.items()) + "}"
    return str(value)


def _inner(value: object) -> str:
    text = text_of(value)
    return "null" if text is None else text


def _double(value: float) -> str:
    """As Java writes it: with an exponent from ten million up and below a thousandth."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{Decimal(repr(value)):f}"
        return text if "." in text else f"{text}.0"
    mantissa, _, exponent = f"{Decimal(repr(value)):e}".lower().partition("e")
    mantissa = re.sub(r"(\.\d+?)0+$", r"\1", mantissa if "." in mantissa else f"{mantissa}.0")
    return f"{mantissa}E{int(exponent)}"


def _interval(value: timedelta) -> str:
    seconds = value.seconds
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{value.microseconds // 1000:03d}"
    return f"{value.days} {clock}"


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _info(name: str, kind: object) -> dict[str, Any]:
    answer = kind if isinstance(kind, str) else athena_type(kind)
    precision, scale = precision_and_scale("varchar" if kind == "string" else kind)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": answer,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": answer in ("varchar", "string", "char"),
    }
