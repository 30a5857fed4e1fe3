"""What is no value: texts of blanks only."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

# What Unicode calls white space, and the zero-width characters that come along when people copy from web pages.
_BLANKS = r"[\s\u0085\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]+"


def clean(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Trims the texts among the columns; what is then empty is no value."""
    texts = {field.name for field in rows.schema.fields if isinstance(field.dataType, StringType)}

    def cleaned(name: str) -> F.Column:  # type: ignore[name-defined]
        trimmed = F.regexp_replace(F.col(name), f"^{_BLANKS}|{_BLANKS}$", "")
        return F.when(trimmed != "", trimmed)

    return rows.withColumns({name: cleaned(name) for name in columns if name in texts})
