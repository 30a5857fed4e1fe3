"""Databases, tables and partitions of the embedded Glue, as statements name them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from moto.glue.models import glue_backends

from local.enforcement import inside
from local.refusals import RefusalError
from local.request_context import Principal
from local.runtimes.athena_errors import Place, QueryError

CATALOG = "awsdatacatalog"


@dataclass(frozen=True)
class CatalogColumn:
    """A column as Glue has it."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class Partition:
    """A partition's values, in the order of the table's keys, and where its files are."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class CatalogTable:
    """One table or view."""

    database: str
    name: str
    document: dict[str, Any]
    """As GetTable answers it."""

    @property
    def parameters(self) -> dict[str, str]:
        """The table's parameters."""
        return self.document.get("Parameters") or {}

    @property
    def storage(self) -> dict[str, Any]:
        """The storage descriptor."""
        return self.document.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """Where its files are, with a slash at the end."""
        return self.storage["Location"].rstrip("/") + "/"

    @property
    def columns(self) -> list[CatalogColumn]:
        """Its columns without partition keys."""
        return _columns(self.storage.get("Columns"))

    @property
    def partition_keys(self) -> list[CatalogColumn]:
        """The keys by which it is partitioned."""
        return _columns(self.document.get("PartitionKeys"))

    @property
    def kind(self) -> str:
        """`view`, `iceberg` or `hive`."""
        if self.document.get("TableType") == "VIRTUAL_VIEW":
            return "view"
        return "iceberg" if self.parameters.get("table_type", "").upper() == "ICEBERG" else "hive"

    @property
    def file_format(self) -> str:
        """`parquet`, `json`, `csv` (quoted) or `text`, by the library that reads it.

        Raises QueryError for any other.
        """
        library = ((self.storage.get("SerdeInfo") or {}).get("SerializationLibrary") or "").lower()
        for part, name in (("parquet", "parquet"), ("json", "json"), ("opencsv", "csv"), ("lazysimple", "text")):
            if part in library:
                return name
        what = library or "none"
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"The embedded local AWS reads no tables by the serde {what}")

    def view_statement(self) -> str:
        """The SELECT behind a view of Athena."""
        found = re.search(r"Presto View: (\S+)", self.document.get("ViewOriginalText") or "")
        if found is None:
            raise QueryError("INVALID_VIEW", f"'{CATALOG}.{self.database}.{self.name}' is no view of Athena")
        return json.loads(base64.b64decode(found[1]))["originalSql"]


class Catalog:
    """The catalog of one account in one region, as somebody may see and change it."""

    def __init__(self, account: str, region: str, reader: Principal | None = None, service: str = "athena") -> None:
        self._account = account
        self._region = region
        self._reader = reader
        self._service = service
        self.backend = glue_backends[account][region]

    def databases(self) -> list[str]:
        """Names of all databases."""
        self._require("GetDatabases", "database/*")
        return sorted(self.backend.databases)

    def has_database(self, name: str) -> bool:
        """Whether there is such a database."""
        self._require("GetDatabase", f"database/{name}")
        return name in self.backend.databases

    def tables(self, database: str) -> list[CatalogTable]:
        """All tables of a database, by name."""
        self._require("GetTables", f"database/{database}", f"table/{database}/*")
        tables = self._database(database, None).tables
        return [CatalogTable(database, name, tables[name].as_dict()) for name in sorted(tables)]

    def find(self, database: str, name: str, place: Place | None = None) -> CatalogTable:
        """The table of that name.

        Raises QueryError SCHEMA_NOT_FOUND or TABLE_NOT_FOUND.
        """
        self._require_table("GetTable", database, name)
        table = self._database(database, place).tables.get(name)
        if table is None:
            message = f"Table '{CATALOG}.{database}.{name}' does not exist"
            raise QueryError("TABLE_NOT_FOUND", message, place)
        return CatalogTable(database, name, table.as_dict())

    def exists(self, database: str, name: str) -> bool:
        """Whether there is such a table."""
        self._require_table("GetTable", database, name)
        found = self.backend.databases.get(database)
        return found is not None and name in found.tables

    def create(self, database: str, table_input: dict[str, Any]) -> None:
        """CreateTable."""
        self._require_table("CreateTable", database, table_input["Name"])
        self._database(database, None)
        self.backend.create_table(database, table_input["Name"], table_input)

    def replace(self, database: str, table_input: dict[str, Any]) -> None:
        """CreateTable, or UpdateTable where it exists; partitions stay."""
        if self.exists(database, table_input["Name"]):
            self._require_table("UpdateTable", database, table_input["Name"])
            self._database(database, None).tables[table_input["Name"]].update(table_input)
        else:
            self.create(database, table_input)

    def drop(self, database: str, name: str) -> None:
        """DeleteTable: files stay."""
        self._require_table("DeleteTable", database, name)
        self.backend.delete_table(database, name)

    def partitions(self, table: CatalogTable) -> list[Partition]:
        """The registered partitions."""
        self._require_table("GetPartitions", table.database, table.name)
        found = self.backend.databases[table.database].tables[table.name].partitions.values()
        return [
            Partition(tuple(entry.values), (entry.partition_input.get("StorageDescriptor") or {}).get("Location", ""))
            for entry in list(found)
        ]

    def add_partition(self, table: CatalogTable, partition: Partition) -> bool:
        """CreatePartition, with the columns of the table; False where it is known already."""
        self._require_table("BatchCreatePartition", table.database, table.name)
        entry = self.backend.databases[table.database].tables[table.name]
        if str(list(partition.values)) in entry.partitions:
            return False
        storage = {**table.storage, "Location": partition.location}
        entry.create_partition({"Values": list(partition.values), "StorageDescriptor": storage})
        return True

    def inherit(self, table: CatalogTable) -> None:
        """Gives every partition the columns and the format that the table has now."""
        self._require_table("BatchUpdatePartition", table.database, table.name)
        entry = self.backend.databases[table.database].tables[table.name]
        for partition in entry.partitions.values():
            storage = partition.partition_input["StorageDescriptor"]
            partition.partition_input["StorageDescriptor"] = {**table.storage, "Location": storage["Location"]}

    def _require_table(self, operation: str, database: str, name: str) -> None:
        self._require(operation, f"database/{database}", f"table/{database}/{name}")

    def _require(self, operation: str, *resources: str) -> None:
        if not inside.is_enforced():
            return
        needed = inside.catalog_needs(f"glue:{operation}", self._account, self._region, *resources)
        try:
            inside.require(self._reader, self._service, needed)
        except RefusalError as refusal:
            message = f"Insufficient permissions to execute the query. {refusal.message}"
            raise QueryError("PERMISSION_DENIED", message) from refusal

    def _database(self, name: str, place: Place | None) -> Any:
        found = self.backend.databases.get(name)
        if found is None:
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist", place)
        return found


def _columns(found: list[dict[str, str]] | None) -> list[CatalogColumn]:
    return [
        CatalogColumn(entry["Name"].lower(), entry.get("Type", "string"), entry.get("Comment")) for entry in found or []
    ]
