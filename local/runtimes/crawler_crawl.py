"""One crawl: from folders to tables and partitions of the catalog, by the crawler's policies."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from moto.glue.models import FakeCrawler

from local.enforcement import inside
from local.runtimes.athena_catalog import Catalog, CatalogTable, Partition
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_errors import QueryError
from local.runtimes.athena_external import table_input
from local.runtimes.athena_storage import Storage
from local.runtimes.crawler_events import Events, take_events
from local.runtimes.crawler_folders import TableFolder, table_folders
from local.runtimes.crawler_schema import CrawlError, Schema, infer, merged

_MADE_BY = "UPDATED_BY_CRAWLER"
_DEPRECATED = "DEPRECATED_BY_CRAWLER"


@dataclass
class Outcome:
    """What a crawl did."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    partitions: int = 0
    lines: list[str] = field(default_factory=list)
    """For the log."""


class StoppedError(Exception):
    """StopCrawler was called."""


class Crawl:
    """Looks at every target of a crawler once."""

    def __init__(self, engine: Engine, crawler: FakeCrawler, is_stopped: Callable[[], bool]) -> None:
        backend = crawler.backend
        self._engine = engine
        self._crawler = crawler
        self._is_stopped = is_stopped
        # A crawler sees, reads and writes what its role may.
        role = inside.arn_of_role(backend.account_id, crawler.role)
        self._actor = inside.role_session(role, "AWS-Crawler")
        self._catalog = Catalog(backend.account_id, backend.region_name, self._actor, "glue")
        self._storage = Storage(backend.account_id, self._actor, None, "glue")
        self._configuration = json.loads(crawler.configuration or "{}")
        self._mode = (crawler.recrawl_policy or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
        self._policy = crawler.schema_change_policy or {}
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Crawls. Raises QueryError for places that cannot be read, and StoppedError."""
        if not self._catalog.has_database(self._crawler.database_name):
            name = self._crawler.database_name
            self._catalog.backend.create_database(name, {"Name": name})
        with self._engine.workspace(self._storage) as connection:
            for target in self._crawler.targets.get("S3Targets") or []:
                self._target(connection, target)
        return self.outcome

    def _target(self, connection: duckdb.DuckDBPyConnection, target: dict[str, Any]) -> None:
        root = target["Path"].rstrip("/") + "/"
        events = take_events(target["EventQueueArn"], self._actor) if self._mode == "CRAWL_EVENT_MODE" else None
        objects = self._storage.listing(root)
        folders = table_folders(root, objects, target.get("Exclusions") or [], self._level())
        if events is not None and self._tables_below(root):
            folders = _touched(folders, events)
        for location in sorted(folders):
            if self._is_stopped():
                raise StoppedError
            try:
                self._folder(connection, folders[location])
            except CrawlError as error:
                self.outcome.lines.append(f"ERROR : {error}")
        if self._mode == "CRAWL_EVERYTHING":
            self._gone(root, set(folders))
        if events is not None:
            events.done()

    def _folder(self, connection: duckdb.DuckDBPyConnection, folder: TableFolder) -> None:
        schema = infer(connection, self._storage, folder)
        database, name = self._crawler.database_name, self._name(folder)
        known = self._catalog.find(database, name) if self._catalog.exists(database, name) else None
        if known is None:
            self._catalog.create(database, self._document(name, folder, schema, list(schema.columns.items())))
            self.outcome.created += 1
        elif known.kind != "hive":
            raise CrawlError(f"{folder.location}: the table {name} is {known.kind}, which is no table of files")
        elif self._mode != "CRAWL_NEW_FOLDERS_ONLY":
            self._update(known, folder, schema)
        self._add_partitions(folder, self._catalog.find(database, name))

    def _update(self, known: CatalogTable, folder: TableFolder, schema: Schema) -> None:
        old = {column.name: column.type for column in known.columns}
        is_merged = self._behavior("Tables") == "MergeNewColumns"
        new = merged(old, schema.columns) if is_merged else schema.columns
        if new == old:
            return
        if self._policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "LOG":
            self.outcome.lines.append(f"INFO : the columns of {known.name} have changed; they are left as they are")
            return
        document = self._document(known.name, folder, schema, list(new.items()))
        document["Parameters"] = {**known.parameters, **document["Parameters"]}
        document["PartitionKeys"] = known.document.get("PartitionKeys") or []
        for key in ("Description", "Owner"):
            if known.document.get(key):
                document[key] = known.document[key]
        self._catalog.replace(known.database, document)
        self.outcome.updated += 1
        if self._behavior("Partitions") == "InheritFromTable":
            self._catalog.inherit(self._catalog.find(known.database, known.name))

    def _add_partitions(self, folder: TableFolder, table: CatalogTable) -> None:
        if [key.name for key in table.partition_keys] != folder.keys:
            raise CrawlError(f"{folder.location}: its folders are not the partitions of the table {table.name}")
        found = {tuple(value for _, value in file.values): file.folder for file in folder.files if file.values}
        added = [self._catalog.add_partition(table, Partition(values, place)) for values, place in found.items()]
        self.outcome.partitions += sum(added)

    def _document(
        self, name: str, folder: TableFolder, schema: Schema, columns: list[tuple[str, str]]
    ) -> dict[str, Any]:
        parameters = {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            _MADE_BY: self._crawler.name,
            "objectCount": str(len(folder.files)),
            "sizeKey": str(sum(file.stored.size for file in folder.files)),
            "typeOfData": "file",
            **schema.parameters,
        }
        keys = [(key, "string") for key in folder.keys]
        settings = {"paths": ",".join(sorted(schema.columns))} if "paths" in schema.settings else schema.settings
        return table_input(name, columns, keys, folder.location, schema.file_format, parameters, settings)

    def _name(self, folder: TableFolder) -> str:
        """The folder's name; one that another folder has taken is told apart by its address."""
        name = f"{self._crawler.table_prefix or ''}{folder.name}".lower()
        database = self._crawler.database_name
        if not self._catalog.exists(database, name):
            return name
        known = self._catalog.find(database, name)
        if known.storage.get("Location", "").rstrip("/") == folder.location.rstrip("/"):
            return name
        return f"{name}_{hashlib.md5(folder.location.encode(), usedforsecurity=False).hexdigest()}"

    def _gone(self, root: str, found: set[str]) -> None:
        """What becomes of tables whose files are gone."""
        behavior = self._policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        for table in self._tables_below(root):
            if table.location in found or behavior == "LOG":
                continue
            if behavior == "DELETE_FROM_DATABASE":
                self._catalog.drop(table.database, table.name)
            else:
                marked = {**table.parameters, _DEPRECATED: str(int(time.time() * 1000))}
                document = {key: value for key, value in table.document.items() if key not in _ANSWERED_ONLY}
                self._catalog.replace(table.database, {**document, "Parameters": marked})
            self.outcome.deleted += 1

    def _tables_below(self, root: str) -> list[CatalogTable]:
        """The tables that this crawler has made there."""
        tables = self._catalog.tables(self._crawler.database_name)
        return [
            table
            for table in tables
            if table.parameters.get(_MADE_BY) == self._crawler.name and table.location.startswith(root)
        ]

    def _behavior(self, what: str) -> str | None:
        return (self._configuration.get("CrawlerOutput", {}).get(what) or {}).get("AddOrUpdateBehavior")

    def _level(self) -> int | None:
        return self._configuration.get("Grouping", {}).get("TableLevelConfiguration")


_ANSWERED_ONLY = ("DatabaseName", "CreateTime", "UpdateTime", "VersionId", "CatalogId")


def _touched(folders: dict[str, TableFolder], events: Events) -> dict[str, TableFolder]:
    return {
        location: folder
        for location, folder in folders.items()
        if any(changed.startswith(location) for changed in events.changed)
    }


def reason_of(error: Exception) -> str:
    """Why a crawl failed, in one line."""
    return str(error) if isinstance(error, QueryError) else f"{type(error).__name__}: {error}"
