"""Statements about the catalog: CREATE, DROP, ALTER TABLE ADD PARTITION and MSCK REPAIR."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

from local.runtimes.athena_catalog import CatalogTable, Partition
from local.runtimes.athena_dialect import parse
from local.runtimes.athena_errors import NotEmulatedQueryError, QueryError
from local.runtimes.athena_external import create_external
from local.runtimes.athena_names import NAME, TABLE, named
from local.runtimes.athena_results import Result
from local.runtimes.athena_session import Session
from local.runtimes.athena_shows import describe, show_columns, show_databases, show_partitions, show_tables
from local.runtimes.athena_types import hive_type


def run_catalog_statement(session: Session, statement: str) -> Result | None:
    """Does what the statement says; None where it is no statement about the catalog."""
    for pattern, action in _ACTIONS:
        if found := re.fullmatch(pattern, statement, re.IGNORECASE | re.DOTALL):
            return action(session, found)
    return None


def register_partitions(session: Session, table: CatalogTable) -> int:
    """Adds each folder `key=value/...` below the table as a partition; gives how many are new."""
    keys = [key.name for key in table.partition_keys]
    pattern = re.compile(re.escape(table.location) + "".join(rf"{re.escape(key)}=([^/]+)/" for key in keys))
    found = {}
    for entry in session.storage.listing(table.location):
        if place := pattern.match(entry.uri):
            found[place.groups()] = place[0]
    return sum(session.catalog.add_partition(table, Partition(values, place)) for values, place in found.items())


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


_IF_EXISTS = r"(if\s+exists\s+)?"
_IF_NOT_EXISTS = r"(if\s+not\s+exists\s+)?"
_ACTIONS: list[tuple[str, Callable[[Session, re.Match[str]], Result]]] = [
    (r"show\s+(?:databases|schemas)", show_databases),
    (rf"show\s+tables(?:\s+(?:in|from)\s+{NAME})?(?:\s+(?:like\s+)?'([^']*)')?", show_tables),
    (rf"show\s+columns\s+(?:in|from)\s+{TABLE}", show_columns),
    (rf"show\s+partitions\s+{TABLE}", show_partitions),
    (rf"(?:describe|desc)\s+(?:formatted\s+|extended\s+)?{TABLE}", describe),
    (rf"create\s+(?:database|schema)\s+{_IF_NOT_EXISTS}{NAME}", _create_database),
    (rf"drop\s+(?:database|schema)\s+{_IF_EXISTS}{NAME}(\s+cascade)?(?:\s+restrict)?", _drop_database),
    (rf"drop\s+(table|view)\s+{_IF_EXISTS}{TABLE}", _drop),
    (rf"create\s+(or\s+replace\s+)?view\s+{TABLE}\s+as\s+(.*)", _create_view),
    (r"create\s+external\s+table\s.*", create_external),
    (rf"msck\s+repair\s+table\s+{TABLE}", _repair),
    (rf"alter\s+table\s+{TABLE}\s+add\s+{_IF_NOT_EXISTS}(partition\s*\(.*)", _add_partitions),
]
