"""Statements that write files: CREATE TABLE AS, INSERT INTO and UNLOAD. They write Parquet."""

from __future__ import annotations

import re
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from local.runtimes.athena_dialect import parse
from local.runtimes.athena_errors import NotEmulatedQueryError, QueryError
from local.runtimes.athena_external import table_input
from local.runtimes.athena_names import TABLE, named
from local.runtimes.athena_results import Result
from local.runtimes.athena_session import Session
from local.runtimes.athena_tables import register_partitions
from local.runtimes.athena_types import duck_type, hive_type, identifier

_SPARK = "Iceberg tables are written by Spark jobs here"
_WRITES_PARQUET = ("PARQUET", "")


def run_write(session: Session, statement: str, results: str) -> Result | None:
    """Does what the statement says; None where it writes nothing.

    `results` is the folder of the execution's own files.
    """
    for pattern, action in _ACTIONS:
        if found := re.fullmatch(pattern, statement, re.IGNORECASE | re.DOTALL):
            return action(session, found, results)
    if found := re.match(r"(merge\s+into|delete\s+from|update|vacuum|optimize)\s", statement, re.IGNORECASE):
        raise NotEmulatedQueryError(f"{found[1].upper()}: {_SPARK}")
    return None


def _create_table_as(session: Session, found: re.Match[str], results: str) -> Result:
    database, name = named(session, found, 2)
    options = _options(found[4] or "")
    _require_parquet(options, "CREATE TABLE AS")
    if options.get("table_type", "HIVE").upper() != "HIVE":
        raise NotEmulatedQueryError(f"CREATE TABLE AS of an Iceberg table: {_SPARK}")
    if session.catalog.exists(database, name):
        if found[1]:
            return Result("DDL")
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{database}.{name}' already exists")
    if database not in session.catalog.databases():
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
    body = session.prepared(parse(found[5]))
    columns = [(column.lower(), hive_type(kind)) for column, kind in session.columns(body)]
    keys = _names(options.get("partitioned_by", ""))
    if keys != [column for column, _ in columns[len(columns) - len(keys) :]]:
        raise QueryError(
            "INVALID_TABLE_PROPERTY", "Partition keys must be the last columns in the table, in their order"
        )
    location = options.get("external_location") or f"{results}tables/{uuid.uuid4()}/"
    if session.storage.listing(location):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table '{database}.{name}' already exists: {location}"
        )
    count = _write(session, body, location, keys)
    plain = [column for column in columns if column[0] not in keys]
    typed = [column for column in columns if column[0] in keys]
    session.catalog.create(database, table_input(name, plain, typed, location, "parquet"))
    if keys:
        register_partitions(session, session.catalog.find(database, name))
    return Result("DDL", [("rows", "bigint")], update_count=count)


def _insert(session: Session, found: re.Match[str], _: str) -> Result:
    table = session.catalog.find(*named(session, found, 1))
    if table.kind != "hive":
        what = "a view" if table.kind == "view" else f"an Iceberg table: {_SPARK}"
        raise NotEmulatedQueryError(f"INSERT INTO {what}")
    if table.file_format != "parquet":
        raise NotEmulatedQueryError(f"INSERT INTO a table of {table.file_format} files")
    columns = table.columns + table.partition_keys
    given = [name.strip(' "`').lower() for name in found[3].split(",")] if found[3] else [c.name for c in columns]
    body = session.prepared(parse(found[4]))
    types = session.columns(body)
    if len(types) != len(given):
        raise QueryError(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: {len(given)} columns, Query: {len(types)} columns",
        )
    values = [
        f"CAST({identifier(column.name) if column.name in given else 'NULL'} AS {duck_type(column.type)})"
        f" AS {identifier(column.name)}"
        for column in columns
    ]
    named_body = f"SELECT {', '.join(values)} FROM ({body}) AS given({', '.join(map(identifier, given))})"
    count = _write(session, named_body, table.location, [key.name for key in table.partition_keys])
    if table.partition_keys:
        register_partitions(session, table)
    return Result("DML", [("rows", "bigint")], update_count=count)


def _unload(session: Session, found: re.Match[str], _: str) -> Result:
    options = _options(found[3] or "")
    _require_parquet(options, "UNLOAD")
    location = found[2].rstrip("/") + "/"
    if session.storage.listing(location):
        raise QueryError("HIVE_PATH_ALREADY_EXISTS", f"Target directory already exists: {location}")
    body = session.prepared(parse(found[1]))
    count = _write(session, body, location, _names(options.get("partitioned_by", "")))
    return Result("DML", [("rows", "bigint")], update_count=count)


def _write(session: Session, body: str, location: str, keys: list[str]) -> int:
    """Writes the rows as Parquet below a location; gives their number."""
    session.storage.check_read(location)
    with tempfile.TemporaryDirectory(prefix="lake-athena-") as folder:
        target = folder if keys else f"{folder}/rows.parquet"
        by = f", PARTITION_BY ({', '.join(map(identifier, keys))})" if keys else ""
        count = session.run(f"COPY ({body}) TO '{target}' (FORMAT parquet, COMPRESSION gzip{by})")[0][0]
        for file in sorted(Path(folder).rglob("*.parquet")):
            below = "".join(f"{part}/" for part in file.relative_to(folder).parent.parts)
            name = f"{time.strftime('%Y%m%d_%H%M%S', time.gmtime())}_{uuid.uuid4().hex}"
            session.storage.write(f"{location}{below}{name}", file.read_bytes())
    return int(str(count))


def _require_parquet(options: dict[str, str], what: str) -> None:
    written = options.get("format", "").upper()
    if written not in _WRITES_PARQUET:
        raise NotEmulatedQueryError(f"{what} with format {written}: only PARQUET")
    if "bucketed_by" in options:
        raise NotEmulatedQueryError(f"{what} with bucketed_by")


def _options(text: str) -> dict[str, str]:
    found = re.findall(r"(\w+)\s*=\s*(array\s*\[.*?\]|'[^']*'|\w+)", text, re.IGNORECASE)
    return {name.lower(): value.strip("'") for name, value in found}


def _names(text: str) -> list[str]:
    return [name.lower() for name in re.findall(r"'(\w+)'", text)]


_ACTIONS: list[tuple[str, Callable[[Session, re.Match[str], str], Result]]] = [
    (
        rf"create\s+table\s+(if\s+not\s+exists\s+)?{TABLE}\s*(?:with\s*\((.*?)\)\s*)?as\s+(.*)",
        _create_table_as,
    ),
    (rf"insert\s+into\s+{TABLE}\s*(?:\(([^)]*)\))?\s*((?:select|with|values)\b.*)", _insert),
    (r"unload\s*\((.*)\)\s*to\s*'([^']+)'\s*(?:with\s*\((.*)\))?", _unload),
]
