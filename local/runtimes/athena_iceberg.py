"""Iceberg tables as queries of DuckDB: the snapshot that is meant, its files by field ids, and the metadata tables."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fastavro

from local.runtimes.athena_catalog import CatalogTable
from local.runtimes.athena_errors import NotEmulatedQueryError, QueryError
from local.runtimes.athena_storage import Storage
from local.runtimes.athena_types import iceberg_type, identifier, literal

_POSITION_DELETES, _EQUALITY_DELETES = 1, 2
_DELETED = 2


@dataclass(frozen=True)
class AsOf:
    """Which state of the table is meant; without either the current one."""

    snapshot_id: int | None = None
    moment: datetime | None = None


class IcebergTable:
    """A table by its current metadata file."""

    def __init__(self, storage: Storage, table: CatalogTable) -> None:
        location = table.parameters.get("metadata_location")
        if not location:
            raise QueryError(
                "ICEBERG_INVALID_METADATA", f"Table {table.database}.{table.name} has no metadata_location"
            )
        self._storage = storage
        self._label = f"{table.database}.{table.name}"
        self._metadata = json.loads(storage.read(location))
        if self._metadata["format-version"] not in (1, 2):
            raise NotEmulatedQueryError(f"Iceberg tables of format version {self._metadata['format-version']}")

    def relation(self, as_of: AsOf) -> str:
        """A SELECT of everything in the table at that time."""
        snapshot = self._snapshot(as_of)
        columns = [(field["id"], field["name"], iceberg_type(field["type"])) for field in self._fields(snapshot, as_of)]
        data, deletes = self._files(snapshot)
        if not data:
            empty = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for _, name, kind in columns)
            return f"SELECT {empty} WHERE false"
        schema = ", ".join(
            f"{number}: {{name: {literal(name)}, type: {literal(kind)}, default_value: NULL}}"
            for number, name, kind in columns
        )
        source = f"read_parquet({self._listed(data)}, schema=MAP {{{schema}}}, filename=true, file_row_number=true)"
        names = ", ".join(f"data.{identifier(name)}" for _, name, _ in columns)
        return f"SELECT {names} FROM {source} AS data{self._without_deleted(deletes)}"

    def metadata_relation(self, kind: str) -> str:
        """A SELECT of one of the tables about the table: `snapshots`, `history` or `files`."""
        makers = {"snapshots": self._snapshots, "history": self._history, "files": self._file_list}
        if kind not in makers:
            raise NotEmulatedQueryError(f"the metadata table ${kind} (only $snapshots, $history and $files)")
        return makers[kind]()

    def _snapshot(self, as_of: AsOf) -> dict[str, Any] | None:
        snapshots = {entry["snapshot-id"]: entry for entry in self._metadata.get("snapshots", [])}
        if as_of.snapshot_id is not None:
            if as_of.snapshot_id not in snapshots:
                message = f"Iceberg snapshot ID does not exists: {as_of.snapshot_id}"
                raise QueryError("INVALID_ARGUMENTS", message)
            return snapshots[as_of.snapshot_id]
        if as_of.moment is not None:
            limit = as_of.moment.timestamp() * 1000
            log = [entry for entry in self._metadata.get("snapshot-log", []) if entry["timestamp-ms"] <= limit]
            if not log:
                message = f'No version history table "{self._label}" at or before {as_of.moment:%Y-%m-%dT%H:%M:%S.%fZ}'
                raise QueryError("INVALID_ARGUMENTS", message)
            return snapshots[log[-1]["snapshot-id"]]
        return snapshots.get(self._metadata.get("current-snapshot-id"))

    def _fields(self, snapshot: dict[str, Any] | None, as_of: AsOf) -> list[dict[str, Any]]:
        """The columns: of the past those of that time, otherwise those of today."""
        wanted = self._metadata.get("current-schema-id", 0)
        if snapshot is not None and as_of != AsOf():
            wanted = snapshot.get("schema-id", wanted)
        schemas = self._metadata.get("schemas") or [self._metadata["schema"]]
        return next(schema for schema in schemas if schema.get("schema-id", 0) == wanted)["fields"]

    def _files(self, snapshot: dict[str, Any] | None) -> tuple[list[str], list[str]]:
        data, deletes = [], []
        for entry in self._entries(snapshot):
            kind = entry.get("content", 0)
            if entry["file_format"].upper() != "PARQUET":
                raise NotEmulatedQueryError(f"Iceberg files of the format {entry['file_format']}")
            if kind == _EQUALITY_DELETES:
                raise NotEmulatedQueryError(f"equality deletes of the Iceberg table {self._label}")
            (deletes if kind == _POSITION_DELETES else data).append(entry["file_path"])
        return data, deletes

    def _entries(self, snapshot: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        for manifest in self._avro(snapshot["manifest-list"]) if snapshot else []:
            for entry in self._avro(manifest["manifest_path"]):
                if entry["status"] != _DELETED:
                    yield entry["data_file"]

    def _avro(self, uri: str) -> Iterator[Any]:
        return iter(fastavro.reader(io.BytesIO(self._storage.read(uri))))

    def _listed(self, uris: list[str]) -> str:
        return "[" + ", ".join(literal(self._storage.path(uri)) for uri in uris) + "]"

    def _without_deleted(self, deletes: list[str]) -> str:
        if not deletes:
            return ""
        path = f"{literal(self._storage.path(''))} || regexp_replace(gone.file_path, '^s3[an]?://', '')"
        return (
            f" WHERE NOT EXISTS (SELECT 1 FROM read_parquet({self._listed(deletes)}) AS gone"
            f" WHERE {path} = data.filename AND gone.pos = data.file_row_number)"
        )

    def _snapshots(self) -> str:
        rows = [
            [
                _moment(entry["timestamp-ms"]),
                _number(entry["snapshot-id"]),
                _number(entry.get("parent-snapshot-id")),
                literal(entry.get("summary", {}).get("operation", "")),
                literal(entry["manifest-list"]),
                _map({name: value for name, value in entry.get("summary", {}).items() if name != "operation"}),
            ]
            for entry in self._metadata.get("snapshots", [])
        ]
        types = ("TIMESTAMPTZ", "BIGINT", "BIGINT", "VARCHAR", "VARCHAR", "MAP(VARCHAR, VARCHAR)")
        names = ("committed_at", "snapshot_id", "parent_id", "operation", "manifest_list", "summary")
        return _values(names, types, rows)

    def _history(self) -> str:
        parents = {
            entry["snapshot-id"]: entry.get("parent-snapshot-id") for entry in self._metadata.get("snapshots", [])
        }
        ancestors, current = set(), self._metadata.get("current-snapshot-id")
        while current in parents:
            ancestors.add(current)
            current = parents[current]
        rows = [
            [
                _moment(entry["timestamp-ms"]),
                _number(entry["snapshot-id"]),
                _number(parents.get(entry["snapshot-id"])),
                str(entry["snapshot-id"] in ancestors).lower(),
            ]
            for entry in self._metadata.get("snapshot-log", [])
        ]
        names = ("made_current_at", "snapshot_id", "parent_id", "is_current_ancestor")
        return _values(names, ("TIMESTAMPTZ", "BIGINT", "BIGINT", "BOOLEAN"), rows)

    def _file_list(self) -> str:
        rows = [
            [
                _number(entry.get("content", 0)),
                literal(entry["file_path"]),
                literal(entry["file_format"].upper()),
                _number(entry["record_count"]),
                _number(entry["file_size_in_bytes"]),
            ]
            for entry in self._entries(self._snapshot(AsOf()))
        ]
        names = ("content", "file_path", "file_format", "record_count", "file_size_in_bytes")
        return _values(names, ("INTEGER", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT"), rows)


def _values(names: tuple[str, ...], types: tuple[str, ...], rows: list[list[str]]) -> str:
    columns = ", ".join(
        f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in zip(names, types, strict=True)
    )
    listed = ", ".join(f"({', '.join(row)})" for row in rows or [["NULL"] * len(names)])
    empty = "" if rows else " WHERE false"
    return f"SELECT {columns} FROM (VALUES {listed}) AS listed({', '.join(map(identifier, names))}){empty}"


def _moment(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"TIMESTAMPTZ '{moment:%Y-%m-%d %H:%M:%S.%f}+00'"


def _number(value: int | None) -> str:
    return "NULL" if value is None else str(value)


def _map(entries: dict[str, str]) -> str:
    if not entries:
        return "MAP {}"
    return "MAP {" + ", ".join(f"{literal(name)}: {literal(value)}" for name, value in entries.items()) + "}"
