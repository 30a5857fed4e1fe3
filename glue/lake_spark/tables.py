"""Tables as contracts describe them: made, widened, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import SparkSession
from pyspark.sql.types import StructField

from .column_types import is_widening, spark_type
from .contracts import Column
from .errors import SchemaRefusedError
from .session import writing_catalog
from .snapshots import iceberg_table
from .tags import Tags

#: The table property that says how sensitive the table is: its files carry it as a tag.
CLASSIFICATION = "lake.classification"


@dataclass(frozen=True)
class Table:
    """A table that a job writes."""

    database: str
    name: str
    #: Where its files are, e.g. `s3://bucket/masked/sales/orders/`.
    location: str
    description: str
    columns: tuple[Column, ...]
    #: How sensitive its rows are: the tag of all its files.
    classification: str
    #: Iceberg's table properties, beside those that all tables have.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: Those of the properties that cannot change, because what is stored depends on them; each with what to do then.
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """As Spark SQL names it, for reading and writing alike."""
        return f"{writing_catalog(self.classification)}.`{self.database}`.`{self.name}`"

    @property
    def short_name(self) -> str:
        """As people and results name it."""
        return f"{self.database}.{self.name}"


_PROPERTIES = {
    "format-version": "2",
    # Rewritten files are read by every engine alike; files of deletes are not.
    "write.merge.mode": "copy-on-write",
    "write.parquet.compression-codec": "zstd",
    # A version is a commit, and one object of metadata each.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
}


def exists(spark: SparkSession, table: Table) -> bool:
    """Whether the catalog has the table."""
    return spark.catalog.tableExists(table.full_name)


def planned_changes(spark: SparkSession, table: Table) -> list[str]:
    """The statements that make the table as it is described; none when it is so already.

    Columns that the description no longer has stay, empty in new rows. Raises SchemaRefusedError with every change that
    would lose or reinterpret what is stored.
    """
    if not exists(spark, table):
        return [_create(table)]
    stored = {column.name: column for column in spark.table(table.full_name).schema.fields}
    statements: list[str] = []
    refused: list[str] = []
    before: str | None = None
    for column in table.columns:
        place = "FIRST" if before is None else f"AFTER `{before}`"
        before = column.name
        old = stored.get(column.name)
        if old is None:
            statements.append(f"ALTER TABLE {table.full_name} ADD COLUMN {_definition(column)} {place}")
            continue
        new_type = spark_type(column.type)
        if old.dataType != new_type:
            if not is_widening(old.dataType, new_type):
                refused.append(f"{column.name} is {old.dataType.simpleString()} and cannot become {column.type}")
                continue
            statements.append(f"{_alter(table, column)} TYPE {new_type.simpleString()}")
        if (column.description or "") != _comment_of(old):
            statements.append(f"{_alter(table, column)} COMMENT {_text(column.description or '')}")
    changed = _changed_properties(spark, table)
    problems = [f"{'; '.join(refused)}: {_TYPE_FIX}"] if refused else []
    problems += [fix for name, fix in table.fixed.items() if name in changed]
    if problems:
        raise SchemaRefusedError(f"{table.short_name}: {'; '.join(problems)}")
    if changed:
        pairs = ", ".join(f"{_text(key)} = {_text(value)}" for key, value in changed.items())
        statements.append(f"ALTER TABLE {table.full_name} SET TBLPROPERTIES ({pairs})")
    return statements


_TYPE_FIX = (
    "give the column a new name in the contract, or change its type back; "
    "int may become bigint, and a decimal may get more digits before the point"
)


def apply_changes(spark: SparkSession, statements: Sequence[str]) -> None:
    """Runs what `planned_changes` planned."""
    for statement in statements:
        spark.sql(statement)


def tag_files(spark: SparkSession, table: Table, tags: Tags) -> None:
    """Tags what is stored anew when the table has become more or less sensitive since it was written.

    Has to come before the changes that are planned: they note that it is done.
    """
    if not exists(spark, table):
        return
    if iceberg_table(spark, table.full_name).properties().get(CLASSIFICATION) != table.classification:
        tags.tag(table.location, table.classification)


def _create(table: Table) -> str:
    columns = ", ".join(_definition(column) for column in table.columns)
    properties = ", ".join(f"{_text(key)} = {_text(value)}" for key, value in _all_properties(table).items())
    return (
        f"CREATE TABLE {table.full_name} ({columns}) USING iceberg COMMENT {_text(table.description)} "
        f"LOCATION {_text(table.location.rstrip('/'))} TBLPROPERTIES ({properties})"
    )


def _all_properties(table: Table) -> dict[str, str]:
    return {**_PROPERTIES, CLASSIFICATION: table.classification, **table.properties}


def _changed_properties(spark: SparkSession, table: Table) -> dict[str, str]:
    stored = dict(iceberg_table(spark, table.full_name).properties())
    wanted = {**_all_properties(table), "comment": table.description}
    # Iceberg keeps the version of the format apart from the properties.
    return {key: value for key, value in wanted.items() if key != "format-version" and stored.get(key) != value}


def _definition(column: Column) -> str:
    comment = f" COMMENT {_text(column.description)}" if column.description else ""
    return f"`{column.name}` {spark_type(column.type).simpleString()}{comment}"


def _alter(table: Table, column: Column) -> str:
    return f"ALTER TABLE {table.full_name} ALTER COLUMN `{column.name}`"


def _comment_of(stored: StructField) -> str:
    return stored.metadata.get("comment", "")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
