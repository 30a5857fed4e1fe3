"""Iceberg tables (format 2) as Spark writes them, in the smallest form."""

from __future__ import annotations

import io
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

import duckdb
import fastavro

from .lake_tables import Lake

DATA, POSITION_DELETES, EQUALITY_DELETES = 0, 1, 2
_LONG = {"type": ["null", "long"], "default": None}

_DATA_FILE = {
    "type": "record",
    "name": "r2",
    "fields": [
        {"name": "content", "type": "int"},
        {"name": "file_path", "type": "string"},
        {"name": "file_format", "type": "string"},
        {"name": "partition", "type": {"type": "record", "name": "r102", "fields": []}},
        {"name": "record_count", "type": "long"},
        {"name": "file_size_in_bytes", "type": "long"},
    ],
}
_ENTRY = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [
        {"name": "status", "type": "int"},
        {"name": "snapshot_id", **_LONG},
        {"name": "sequence_number", **_LONG},
        {"name": "data_file", "type": _DATA_FILE},
    ],
}
_MANIFEST = {
    "type": "record",
    "name": "manifest_file",
    "fields": [
        {"name": "manifest_path", "type": "string"},
        {"name": "manifest_length", "type": "long"},
        {"name": "content", "type": "int"},
        {"name": "added_snapshot_id", "type": "long"},
    ],
}


class IcebergTable:
    """A table of the lake's database, to which snapshots are added."""

    def __init__(self, lake: Lake, name: str, fields: list[tuple[int, str, Any]]) -> None:
        self._lake, self._name = lake, name
        self.base = f"iceberg/{name}"
        self.schemas = [self._schema(0, fields)]
        self.entries: list[dict[str, Any]] = []
        self.snapshots: list[dict[str, Any]] = []
        self.format_version = 2
        self._publish(create=True)

    def evolve(self, fields: list[tuple[int, str, Any]]) -> None:
        """Another schema from now on."""
        self.schemas.append(self._schema(len(self.schemas), fields))
        self._publish()

    def write(self, query: str, ids: dict[str, Any], content: int = DATA) -> str:
        """A file with the rows of a query, its columns numbered by `ids`; part of the next snapshot."""
        with tempfile.TemporaryDirectory() as folder:
            numbered = json.dumps(ids).replace('"', "'").replace("'__duckdb_field_id'", "__duckdb_field_id")
            duckdb.connect().execute(f"COPY ({query}) TO '{folder}/f.parquet' (FORMAT parquet, FIELD_IDS {numbered})")
            body = Path(f"{folder}/f.parquet").read_bytes()
        uri = self._lake.put(f"{self.base}/data/{uuid.uuid4()}.parquet", body)
        count = duckdb.sql(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
        file = {"content": content, "file_path": uri, "file_format": "PARQUET", "partition": {}}
        self.entries.append({**file, "record_count": count, "file_size_in_bytes": len(body)})
        return uri

    def delete_position(self, uri: str, *positions: int) -> None:
        """A file of position deletes."""
        rows = ", ".join(f"('{uri}', {position}::BIGINT)" for position in positions)
        ids = {"file_path": 2147483546, "pos": 2147483545}
        self.write(f"SELECT * FROM (VALUES {rows}) AS t(file_path, pos)", ids, POSITION_DELETES)

    def commit(self, moment: int, operation: str = "append", **summary: str) -> int:
        """Makes a snapshot of everything that was written; `moment` is in seconds since 1970."""
        number = 1000 + len(self.snapshots)
        manifest = self._avro(
            f"{self.base}/metadata/{uuid.uuid4()}-m0.avro",
            _ENTRY,
            [{"status": 1, "snapshot_id": number, "sequence_number": 1, "data_file": file} for file in self.entries],
        )
        removed = {"status": 2, "snapshot_id": number, "sequence_number": 1}
        gone = {**self.entries[0], "file_path": "s3://nowhere/removed.parquet"} if self.entries else None
        deleted = self._avro(
            f"{self.base}/metadata/{uuid.uuid4()}-m1.avro", _ENTRY, [{**removed, "data_file": gone}] if gone else []
        )
        listed = [
            {"manifest_path": path, "manifest_length": 1, "content": 0, "added_snapshot_id": number}
            for path in (manifest, deleted)
        ]
        snapshot = {
            "snapshot-id": number,
            "timestamp-ms": moment * 1000,
            "sequence-number": len(self.snapshots) + 1,
            "summary": {"operation": operation, **summary},
            "manifest-list": self._avro(f"{self.base}/metadata/snap-{number}.avro", _MANIFEST, listed),
            "schema-id": self.schemas[-1]["schema-id"],
        }
        if self.snapshots:
            snapshot["parent-snapshot-id"] = self.snapshots[-1]["snapshot-id"]
        self.snapshots.append(snapshot)
        self._publish()
        return number

    def _publish(self, create: bool = False) -> None:
        current = self.snapshots[-1]["snapshot-id"] if self.snapshots else -1
        document = {
            "format-version": self.format_version,
            "table-uuid": "00000000-0000-0000-0000-000000000000",
            "location": f"s3://{self._lake.data}/{self.base}",
            "schemas": self.schemas,
            "current-schema-id": self.schemas[-1]["schema-id"],
            "current-snapshot-id": current,
            "snapshots": self.snapshots,
            "snapshot-log": [
                {"snapshot-id": entry["snapshot-id"], "timestamp-ms": entry["timestamp-ms"]} for entry in self.snapshots
            ],
        }
        uri = self._lake.put(f"{self.base}/metadata/{uuid.uuid4()}.metadata.json", json.dumps(document))
        table = {
            "Name": self._name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"table_type": "ICEBERG", "metadata_location": uri},
            "StorageDescriptor": {
                "Columns": [{"Name": field["name"], "Type": "string"} for field in self.schemas[-1]["fields"]],
                "Location": f"s3://{self._lake.data}/{self.base}",
            },
        }
        call = self._lake.glue.create_table if create else self._lake.glue.update_table
        call(DatabaseName="shop", TableInput=table)

    def _avro(self, key: str, schema: dict[str, Any], records: list[dict[str, Any]]) -> str:
        body = io.BytesIO()
        fastavro.writer(body, fastavro.parse_schema(schema), records)
        return self._lake.put(key, body.getvalue())

    @staticmethod
    def _schema(number: int, fields: list[tuple[int, str, Any]]) -> dict[str, Any]:
        named = [{"id": i, "name": name, "required": False, "type": kind} for i, name, kind in fields]
        return {"type": "struct", "schema-id": number, "fields": named}
