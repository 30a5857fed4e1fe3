"""Tables of files as CreateTable takes them, and CREATE EXTERNAL TABLE, which Athena gives to Hive."""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from local.runtimes.athena_errors import QueryError
from local.runtimes.athena_results import Result
from local.runtimes.athena_session import Session

_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
}


def table_input(
    name: str,
    columns: list[tuple[str, str]],
    keys: list[tuple[str, str]],
    location: str,
    file_format: str,
    parameters: dict[str, str] | None = None,
    settings: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What CreateTable takes, for a table of files."""
    input_format, output_format, library = _FORMATS[file_format]
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys],
        "Parameters": {"EXTERNAL": "TRUE", "classification": file_format, **(parameters or {})},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": settings or {}},
        },
    }


def create_external(session: Session, found: re.Match[str]) -> Result:
    """CREATE EXTERNAL TABLE."""
    try:
        tree = sqlglot.parse_one(found[0], read="hive")
    except ParseError as error:
        raise QueryError("SYNTAX_ERROR", str(error).splitlines()[0]) from error
    schema = tree.this
    database, name = (schema.this.db or session.database).lower(), schema.this.name.lower()
    if session.catalog.exists(database, name):
        if "if not exists" in re.sub(r"\s+", " ", found[0].lower()):
            return Result("DDL")
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{database}.{name}' already exists")
    session.catalog.create(database, _external_input(name, schema, tree.args["properties"].expressions))
    return Result("DDL")


def _external_input(name: str, schema: exp.Expression, properties: list[exp.Expression]) -> dict[str, Any]:
    keys: list[tuple[str, str]] = []
    location, file_format = "", "csv"
    parameters: dict[str, str] = {}
    settings: dict[str, str] = {}
    library: str | None = None
    for entry in properties:
        if isinstance(entry, exp.PartitionedByProperty):
            keys = [_column(column) for column in entry.this.expressions]
        elif isinstance(entry, exp.LocationProperty):
            location = entry.this.name
        elif isinstance(entry, exp.FileFormatProperty):
            file_format = "parquet" if "parquet" in entry.sql().lower() else file_format
        elif isinstance(entry, exp.RowFormatSerdeProperty):
            library = entry.this.name
        elif isinstance(entry, exp.SerdeProperties):
            settings |= {pair.name: pair.args["value"].name for pair in entry.expressions}
        elif isinstance(entry, exp.RowFormatDelimitedProperty) and entry.args.get("fields"):
            settings["field.delim"] = entry.args["fields"].name
        elif type(entry) is exp.Property:
            parameters[entry.name] = entry.args["value"].name
    if not location:
        raise QueryError(
            "INVALID_TABLE_PROPERTY", "No location was specified for table. An S3 location must be specified"
        )
    if library:
        file_format = next((kind for kind in ("parquet", "json") if kind in library.lower()), "csv")
    columns = [_column(column) for column in schema.expressions]
    document = table_input(name, columns, keys, location, file_format, parameters, settings)
    if library:
        document["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] = library
    return document


def _column(column: exp.Expression) -> tuple[str, str]:
    return column.name.lower(), re.sub(r":\s+", ":", column.args["kind"].sql("hive").lower().replace(", ", ","))
