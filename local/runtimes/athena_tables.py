"""Statements about the catalog: CREATE, DROP, ALTER TABLE ADD PARTITION, MSCK REPAIR, SHOW and DESCRIBE."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from local.runtimes.athena_catalog import CatalogTable, Partition
from local.runtimes.athena_dialect import parse
from local.runtimes.athena_errors import NotEmulatedQueryError, QueryError
from local.runtimes.athena_hive import partitions_of
from local.runtimes.athena_results import Result
from local.runtimes.athena_session import Session
from local.runtimes.athena_types import hive_type

NAME = r"[`\"]?([\w$-]+)[`\"]?"
TABLE = rf"(?:[`\"]?awsdatacatalog[`\"]?\.)?(?:{NAME}\.)?{NAME}"
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


def run_catalog_statement(session: Session, statement: str) -> Result | None:
    """Does what the statement says; None where it is no statement about the catalog."""
    for pattern, action in _ACTIONS:
        if found := re.fullmatch(pattern, statement, re.IGNORECASE | re.DOTALL):
            return action(session, found)
    return None


def named(session: Session, found: re.Match[str], at: int) -> tuple[str, str]:
    """Database and table that two neighbouring groups name."""
    return (found[at] or session.database).lower(), found[at + 1].lower()


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


def register_partitions(session: Session, table: CatalogTable) -> int:
    """Adds each folder `key=value/...` below the table as a partition; gives how many are new."""
    keys = [key.name for key in table.partition_keys]
    pattern = re.compile(re.escape(table.location) + "".join(rf"{re.escape(key)}=([^/]+)/" for key in keys))
    found = {}
    for entry in session.storage.listing(table.location):
        if place := pattern.match(entry.uri):
            found[place.groups()] = place[0]
    return sum(session.catalog.add_partition(table, Partition(values, place)) for values, place in found.items())


def _show_databases(session: Session, _: re.Match[str]) -> Result:
    return _utility(["database_name"], [[name] for name in session.catalog.databases()])


def _show_tables(session: Session, found: re.Match[str]) -> Result:
    names = [table.name for table in session.catalog.tables((found[1] or session.database).lower())]
    pattern = re.compile((found[2] or "*").replace("*", ".*"))
    return _utility(["tab_name"], [[name] for name in names if pattern.fullmatch(name)])


def _show_columns(session: Session, found: re.Match[str]) -> Result:
    table = session.catalog.find(*named(session, found, 1))
    return _utility(["field"], [[column.name] for column in table.columns + table.partition_keys])


def _show_partitions(session: Session, found: re.Match[str]) -> Result:
    table = session.catalog.find(*named(session, found, 1))
    keys = [key.name for key in table.partition_keys]
    if not keys:
        raise QueryError("INVALID_TABLE", f"Table {table.name} is not a partitioned table")
    lines = [
        ["/".join(f"{key}={value}" for key, value in zip(keys, partition.values, strict=True))]
        for partition in partitions_of(session.catalog, session.storage, table)
    ]
    return _utility(["partition"], sorted(lines))


def _describe(session: Session, found: re.Match[str]) -> Result:
    table = session.catalog.find(*named(session, found, 1))
    lines = [
        [f"{column.name:<20}\t{column.type:<20}\t{column.comment or '':<20}"]
        for column in table.columns + table.partition_keys
    ]
    if table.partition_keys:
        heading = [[""], ["# Partition Information"], [f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}"], [""]]
        lines += heading + lines[len(table.columns) :]
    return _utility(["col_name", "data_type", "comment"], lines)


def _create_database(session: Session, found: re.Match[str]) -> Result:
    name = found[2].lower()
    if name in session.catalog.databases():
        if not found[1]:
            raise QueryError("SCHEMA_ALREADY_EXISTS", f"Schema '{name}' already exists")
        return Result("DDL")
    session.catalog.backend.create_database(name, {"Name": name})
    return Result("DDL")


def _drop_database(session: Session, found: re.Match[str]) -> Result:
    name = found[2].lower()
    if name not in session.catalog.databases():
        if not found[1]:
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist")
    elif session.catalog.tables(name) and not found[3]:
        raise QueryError("SCHEMA_NOT_EMPTY", f"Cannot drop non-empty schema '{name}'")
    else:
        session.catalog.backend.delete_database(name)
    return Result("DDL")


def _drop(session: Session, found: re.Match[str]) -> Result:
    database, name = named(session, found, 3)
    if session.catalog.exists(database, name):
        table = session.catalog.find(database, name)
        if (table.kind == "view") != (found[1].lower() == "view"):
            raise QueryError("INVALID_TABLE", f"'{database}.{name}' is no {found[1].lower()}")
        if table.kind == "iceberg":
            raise NotEmulatedQueryError("DROP TABLE of an Iceberg table, which deletes its files")
        session.catalog.drop(database, name)
    elif not found[2]:
        session.catalog.find(database, name)
    return Result("DDL")


def _create_view(session: Session, found: re.Match[str]) -> Result:
    database, name = named(session, found, 2)
    statement = found[4].strip()
    columns = session.columns(session.prepared(parse(statement)))
    if session.catalog.exists(database, name) and not found[1]:
        raise QueryError("TABLE_ALREADY_EXISTS", f"View already exists: '{database}.{name}'")
    presto = [{"name": column, "type": str(kind).lower()} for column, kind in columns]
    view = {"originalSql": statement, "catalog": "awsdatacatalog", "schema": session.database, "columns": presto}
    encoded = base64.b64encode(json.dumps(view).encode()).decode()
    document = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "PartitionKeys": [],
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {
            "Columns": [{"Name": column.lower(), "Type": hive_type(kind)} for column, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
    }
    session.catalog.replace(database, document)
    return Result("DDL")


def _create_external(session: Session, found: re.Match[str]) -> Result:
    tree = parse_hive(found[0])
    schema = tree.this
    database, name = (schema.this.db or session.database).lower(), schema.this.name.lower()
    if session.catalog.exists(database, name):
        if "if not exists" in re.sub(r"\s+", " ", found[0].lower()):
            return Result("DDL")
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{database}.{name}' already exists")
    session.catalog.create(database, _external_input(name, schema, tree.args["properties"].expressions))
    return Result("DDL")


def parse_hive(statement: str) -> exp.Expression:
    """CREATE EXTERNAL TABLE, which Athena gives to Hive."""
    import sqlglot

    return sqlglot.parse_one(statement, read="hive")


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


def _repair(session: Session, found: re.Match[str]) -> Result:
    register_partitions(session, session.catalog.find(*named(session, found, 1)))
    return Result("DDL")


def _add_partitions(session: Session, found: re.Match[str]) -> Result:
    table = session.catalog.find(*named(session, found, 1))
    keys = [key.name for key in table.partition_keys]
    for spec, location in re.findall(r"(?is)partition\s*\((.*?)\)(?:\s*location\s*'([^']*)')?", found[4]):
        given = {
            name.lower(): value.strip().strip("'\"") for name, value in re.findall(r"(\w+)\s*=\s*('[^']*'|[^,]+)", spec)
        }
        if sorted(given) != sorted(keys):
            raise QueryError("INVALID_PARTITION", f"the partition must name {', '.join(keys)}")
        place = location or table.location + "".join(f"{key}={given[key]}/" for key in keys)
        is_new = session.catalog.add_partition(table, Partition(tuple(given[key] for key in keys), place))
        if not is_new and not found[3]:
            raise QueryError("PARTITION_ALREADY_EXISTS", f"Partition already exists: {spec}")
    return Result("DDL")


def _utility(columns: list[str], rows: list[list[str]]) -> Result:
    return Result("UTILITY", [(name, "string") for name in columns], [list(row) for row in rows])


_IF_EXISTS = r"(if\s+exists\s+)?"
_IF_NOT_EXISTS = r"(if\s+not\s+exists\s+)?"
_ACTIONS: list[tuple[str, Callable[[Session, re.Match[str]], Result]]] = [
    (r"show\s+(?:databases|schemas)", _show_databases),
    (rf"show\s+tables(?:\s+(?:in|from)\s+{NAME})?(?:\s+(?:like\s+)?'([^']*)')?", _show_tables),
    (rf"show\s+columns\s+(?:in|from)\s+{TABLE}", _show_columns),
    (rf"show\s+partitions\s+{TABLE}", _show_partitions),
    (rf"(?:describe|desc)\s+(?:formatted\s+|extended\s+)?{TABLE}", _describe),
    (rf"create\s+(?:database|schema)\s+{_IF_NOT_EXISTS}{NAME}", _create_database),
    (rf"drop\s+(?:database|schema)\s+{_IF_EXISTS}{NAME}(\s+cascade)?(?:\s+restrict)?", _drop_database),
    (rf"drop\s+(table|view)\s+{_IF_EXISTS}{TABLE}", _drop),
    (rf"create\s+(or\s+replace\s+)?view\s+{TABLE}\s+as\s+(.*)", _create_view),
    (r"create\s+external\s+table\s.*", _create_external),
    (rf"msck\s+repair\s+table\s+{TABLE}", _repair),
    (rf"alter\s+table\s+{TABLE}\s+add\s+{_IF_NOT_EXISTS}(partition\s*\(.*)", _add_partitions),
]
