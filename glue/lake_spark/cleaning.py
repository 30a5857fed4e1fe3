"""What is no value: texts of blanks only."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

# What Unicode calls white space, and the zero-width characters that come along when people copy from web pages.
_BLANKS = (
    "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def clean(rows: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Trims the texts among the columns; what is then empty is no value."""
    types = {field.name: field.dataType for field in rows.schema.fields}
    texts = [name for name in columns if isinstance(types[name], StringType)]
    return rows.withColumns({name: F.nullif(F.btrim(F.col(name), F.lit(_BLANKS)), F.lit("")) for name in texts})
