"""Glue job (Python shell, Python 3.9, boto3 only): what the catalog holds, as a page and as two tables for people.

It stands alone, because Python shells run an older Python than Spark jobs and their library.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import boto3

#: What the report knows of a table, in the order of its columns.
TABLE_FIELDS = ("database", "table", "kind", "owner", "classification", "freshness", "rows", "bytes", "description")

#: The report names what there is and holds no row: who may read anything of the lake may read it.
TAGGING = "classification=proprietary"

COLUMN_FIELDS = ("database", "table", "position", "column", "type", "partition_key", "comment")


@dataclass
class Entry:
    """One table of the catalog."""

    database: str
    table: str
    #: `iceberg`, `parquet` ..., or `view`.
    kind: str
    owner: str
    classification: str
    freshness: str
    description: str
    #: Name, type, comment, and whether the column is a partition key.
    columns: list[tuple[str, str, str, bool]]
    #: None where nobody knows: rows are counted for Iceberg tables only, and views have no files.
    rows: int | None = None
    bytes: int | None = None
    #: Why rows and bytes could not be found out.
    problem: str | None = None

    @property
    def name(self) -> str:
        """`database.table`"""
        return f"{self.database}.{self.table}"


@dataclass
class Catalogue:
    """Everything that was found, in the order of names."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        return [f"{entry.name}: {entry.problem}" for entry in self.entries if entry.problem]


def read_catalogue(glue: Any, s3: Any, databases: Sequence[str]) -> Catalogue:
    """The tables of the databases, or of all of them when none is named."""
    names = sorted(databases) or sorted(item["Name"] for item in _pages(glue, "get_databases", "DatabaseList"))
    found = Catalogue()
    for database in names:
        tables = _pages(glue, "get_tables", "TableList", DatabaseName=database)
        for table in sorted(tables, key=lambda table: str(table["Name"])):
            found.entries.append(_entry(s3, database, table))
    return found


def _pages(client: Any, call: str, items: str, **request: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(call).paginate(**request):
        yield from page[items]


def _entry(s3: Any, database: str, table: dict[str, Any]) -> Entry:
    said = table.get("Parameters", {})
    storage = table.get("StorageDescriptor", {})
    # Iceberg lists columns of earlier versions, too.
    current = [column for column in storage.get("Columns", []) if _is_current(column)]
    columns = [(column, False) for column in current] + [(column, True) for column in table.get("PartitionKeys", [])]
    entry = Entry(
        database=database,
        table=table["Name"],
        kind=_kind(table),
        owner=said.get("owner", ""),
        classification=said.get("data_classification", ""),
        freshness=said.get("freshness", ""),
        description=table.get("Description") or said.get("comment", ""),
        columns=[(c["Name"], c.get("Type", ""), c.get("Comment", ""), is_key) for c, is_key in columns],
    )
    try:
        if entry.kind == "iceberg":
            entry.rows, entry.bytes = _iceberg_size(s3, said["metadata_location"])
        elif entry.kind != "view":
            entry.bytes = _size_below(s3, storage["Location"])
    except Exception as error:  # One table that cannot be read is no reason to say nothing of the others.
        entry.problem = " ".join(f"{type(error).__name__}: {error}".split())
    return entry


def _is_current(column: dict[str, Any]) -> bool:
    return column.get("Parameters", {}).get("iceberg.field.current", "true") == "true"


def _kind(table: dict[str, Any]) -> str:
    said = table.get("Parameters", {})
    if said.get("table_type", "").lower() == "iceberg":
        return "iceberg"
    if table.get("TableType") == "VIRTUAL_VIEW":
        return "view"
    return str(said.get("classification", "files"))


def _iceberg_size(s3: Any, metadata: str) -> tuple[int, int]:
    """Rows and bytes of the current version, as its commit counted them."""
    document = json.loads(s3.get_object(**_place(metadata))["Body"].read())
    current = document.get("current-snapshot-id")
    for snapshot in document.get("snapshots", []):
        if snapshot["snapshot-id"] == current:
            summary = snapshot["summary"]
            return int(summary["total-records"]), int(summary["total-files-size"])
    return 0, 0


def _size_below(s3: Any, location: str) -> int:
    place = _place(location)
    listed = _pages_of_objects(s3, place["Bucket"], place["Key"].rstrip("/") + "/")
    return sum(int(item["Size"]) for item in listed)


def _pages_of_objects(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def _place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri, allow_fragments=False)
    if parts.scheme not in ("s3", "s3a") or not parts.netloc:
        raise ValueError(f"{uri} is no address of S3: write s3://bucket/key")
    return {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}


def tables_csv(catalogue: Catalogue) -> str:
    """One line for each table."""
    rows = ([getattr(entry, name) for name in TABLE_FIELDS] for entry in catalogue.entries)
    return _csv(TABLE_FIELDS, rows)


def columns_csv(catalogue: Catalogue) -> str:
    """One line for each column."""
    rows = (
        [entry.database, entry.table, position, name, kind, "yes" if is_key else "no", comment]
        for entry in catalogue.entries
        for position, (name, kind, comment, is_key) in enumerate(entry.columns, 1)
    )
    return _csv(COLUMN_FIELDS, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def page(catalogue: Catalogue, at: datetime) -> str:
    """The report as Markdown."""
    lines = ["# Catalogue", "", f"{len(catalogue.entries)} tables on {at:%Y-%m-%d %H:%M} UTC.", ""]
    lines += _table(
        ("table", "kind", "owner", "classification", "freshness", "rows", "bytes"),
        [
            (e.name, e.kind, e.owner, e.classification, e.freshness, _number(e.rows), _number(e.bytes))
            for e in catalogue.entries
        ],
    )
    for entry in catalogue.entries:
        lines += ["", f"## {entry.name}", "", _inline(entry.description) or "Not described.", ""]
        lines += _table(("column", "type", "comment"), [column[:3] for column in entry.columns])
    if catalogue.problems:
        lines += ["", "## Could not be read", "", *(f"- {_inline(problem)}" for problem in catalogue.problems)]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(_inline(cell) for cell in row)} |" for row in cells]


def _inline(text: str) -> str:
    """On one line, with what would end a cell or become HTML made harmless."""
    one_line = " ".join(text.split())
    return one_line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def main(argv: Sequence[str]) -> None:
    """Writes catalogue.md, tables.csv and columns.csv below `--report`; `--databases` names those to look at."""
    given = {name: value for name, value in zip(argv, argv[1:]) if name.startswith("--")}  # noqa: B905, RUF007
    if not given.get("--report"):
        raise SystemExit("ArgumentsError: missing: --report: say where the report goes, as s3://bucket/prefix/")
    target = _place(given["--report"])
    databases = [name for name in given.get("--databases", "").split(",") if name]
    glue, s3 = boto3.client("glue"), boto3.client("s3")
    catalogue = read_catalogue(glue, s3, databases)
    reports = {
        "catalogue.md": (page(catalogue, datetime.now(timezone.utc)), "text/markdown"),  # noqa: UP017
        "tables.csv": (tables_csv(catalogue), "text/csv"),
        "columns.csv": (columns_csv(catalogue), "text/csv"),
    }
    folder = target["Key"].rstrip("/")
    for name, (text, kind) in reports.items():
        key = f"{folder}/{name}".lstrip("/")
        s3.put_object(
            Bucket=target["Bucket"],
            Key=key,
            Body=text.encode(),
            ContentType=f"{kind}; charset=utf-8",
            Tagging=TAGGING,
        )
    print(f"{len(catalogue.entries)} tables in s3://{target['Bucket']}/{folder}/")
    if catalogue.problems:
        raise SystemExit(f"CatalogueUnreadableError: {'; '.join(catalogue.problems)}")


if __name__ == "__main__":
    main(sys.argv[1:])
