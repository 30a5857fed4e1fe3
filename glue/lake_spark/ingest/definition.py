"""What the deployment wrote down of a source and of its table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..errors import ArgumentsError
from .moments import duration_of
from .names import table_id

#: A name or an address; anything else could become more than the host in a driver's address.
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True)
class Connection:
    """Where the database is."""

    engine: str
    host: str
    port: int
    database: str
    #: `secretsmanager:<name or ARN>` or `ssm:<name>`.
    secret: str


@dataclass(frozen=True)
class WindowColumn:
    """By which column rows belong to windows."""

    column: str
    #: So much before the window's start is read again.
    overlap: timedelta
    #: So much the window's stop is behind the database's clock.
    lag: timedelta
    #: IANA name of the zone of a column that has none itself.
    timezone: str | None = None


@dataclass(frozen=True)
class Partitioning:
    """Into how many parts a read is split, and by what: one column's ranges, a hash, or None for the contract's key."""

    count: int
    column: str | None = None
    hash: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """One table of a source."""

    #: `<domain>/<source>`
    source: str
    connection: Connection
    name: str
    schema: str
    dataset: str
    #: None when each run reads the whole table.
    window: WindowColumn | None
    partitioning: Partitioning
    fetch_size: int
    #: How often all keys are read, so that rows that are gone leave the lake; None: never.
    compare: timedelta | None = None

    @property
    def id(self) -> str:
        """`<domain>/<source>/<table>`"""
        return table_id(self.source, self.name)


def load_table(client: Any, ingestion_table: str, source: str, table: str) -> Table:
    """The definition from DynamoDB; `client` is boto3's. Raises ArgumentsError for what is missing or broken."""
    documents = []
    for sort in ("source", f"table#{table}"):
        key = {"pk": {"S": f"source#{source}"}, "sk": {"S": sort}}
        item = client.get_item(TableName=ingestion_table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise ArgumentsError(
                f"{table_id(source, table)} is not defined in {ingestion_table}: deploy the source first"
            )
        documents.append(json.loads(item["definition"]["S"]))
    return table_of(source, *documents)


def table_of(source: str, of_source: Mapping[str, Any], of_table: Mapping[str, Any]) -> Table:
    """A table from the documents of its source and of itself. Raises ArgumentsError that names what is wrong."""
    try:
        return _table(source, of_source["connection"], of_table)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        name = table_id(source, str(of_table.get("name")))
        raise ArgumentsError(
            f"the stored definition of {name} is broken: {problem}: deploy the source again"
        ) from error


def _table(source: str, connection: Mapping[str, Any], table: Mapping[str, Any]) -> Table:
    host = str(connection["host"])
    if not _HOST.fullmatch(host):
        raise ValueError(f"host {host!r} is no name and no address of a host")
    window, partition = table.get("window"), table.get("partition") or {}
    column, hashed = partition.get("column"), partition.get("hash")
    compare = (table.get("deletes") or {}).get("compare")
    return Table(
        source=source,
        connection=Connection(
            engine=connection["engine"],
            host=host,
            port=_between(connection["port"], 1, 65_535, "port"),
            database=_text(connection["database"], "database"),
            secret=str(connection["secret"]),
        ),
        name=_text(table["name"], "name"),
        schema=_text(table["schema"], "schema"),
        dataset=str(table["dataset"]),
        window=None if window is None else _window(window),
        partitioning=Partitioning(
            count=_between(partition.get("count", 4), 1, 1000, "partition.count"),
            column=None if column is None else _text(column, "partition.column"),
            hash=None if hashed is None else tuple(_text(name, "partition.hash") for name in hashed),
        ),
        fetch_size=_between(table["fetch_size"], 1, 1_000_000, "fetch_size"),
        compare=None if compare is None else duration_of(compare),
    )


def _window(window: Mapping[str, Any]) -> WindowColumn:
    zone = window.get("timezone")
    return WindowColumn(
        column=_text(window["column"], "window.column"),
        overlap=duration_of(window["overlap"]),
        lag=duration_of(window["lag"]),
        timezone=None if zone is None else _text(zone, "window.timezone"),
    )


def _text(value: Any, key: str) -> str:
    # No database has names with a zero in them, and no driver can send one.
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"{key} {value!r} is no text that can be a name")
    return value


def _between(value: Any, least: int, most: int, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{key} {value!r} is no whole number from {least} to {most}")
    return value
