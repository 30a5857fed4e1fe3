"""SHOW and DESCRIBE."""

from __future__ import annotations

import re

from local.runtimes.athena_errors import QueryError
from local.runtimes.athena_hive import partitions_of
from local.runtimes.athena_names import named
from local.runtimes.athena_results import Result
from local.runtimes.athena_session import Session


def show_databases(session: Session, _: re.Match[str]) -> Result:
    """SHOW DATABASES and SHOW SCHEMAS."""
    return _utility(["database_name"], [[name] for name in session.catalog.databases()])


def show_tables(session: Session, found: re.Match[str]) -> Result:
    """SHOW TABLES, with an optional pattern in which `*` is anything."""
    names = [table.name for table in session.catalog.tables((found[1] or session.database).lower())]
    pattern = re.compile((found[2] or "*").replace("*", ".*"))
    return _utility(["tab_name"], [[name] for name in names if pattern.fullmatch(name)])


def show_columns(session: Session, found: re.Match[str]) -> Result:
    """SHOW COLUMNS."""
    table = session.catalog.find(*named(session, found, 1))
    return _utility(["field"], [[column.name] for column in table.columns + table.partition_keys])


def show_partitions(session: Session, found: re.Match[str]) -> Result:
    """SHOW PARTITIONS."""
    table = session.catalog.find(*named(session, found, 1))
    keys = [key.name for key in table.partition_keys]
    if not keys:
        raise QueryError("INVALID_TABLE", f"Table {table.name} is not a partitioned table")
    lines = [
        ["/".join(f"{key}={value}" for key, value in zip(keys, partition.values, strict=True))]
        for partition in partitions_of(session.catalog, session.storage, table)
    ]
    return _utility(["partition"], sorted(lines))


def describe(session: Session, found: re.Match[str]) -> Result:
    """DESCRIBE."""
    table = session.catalog.find(*named(session, found, 1))
    lines = [
        [f"{column.name:<20}\t{column.type:<20}\t{column.comment or '':<20}"]
        for column in table.columns + table.partition_keys
    ]
    if table.partition_keys:
        heading = [[""], ["# Partition Information"], [f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}"], [""]]
        lines += heading + lines[len(table.columns) :]
    return _utility(["col_name", "data_type", "comment"], lines)


def _utility(columns: list[str], rows: list[list[str]]) -> Result:
    return Result("UTILITY", [(name, "string") for name in columns], [list(row) for row in rows])
