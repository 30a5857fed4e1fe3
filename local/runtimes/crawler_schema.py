"""The columns of files, inferred by DuckDB and called as Glue calls them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import duckdb

from local.runtimes.athena_storage import Storage
from local.runtimes.athena_types import hive_type, literal
from local.runtimes.crawler_folders import TableFolder

_ENDINGS = {"parquet": r"\.parquet$", "json": r"\.(json|jsonl|ndjson)(\.gz)?$", "csv": r"\.(csv|tsv|txt)(\.gz)?$"}
_SAMPLED_FILES = 100
# Glue reads times in text files as strings.
_TEXT_TIMES = re.compile(r"\b(date|timestamp|time|uuid)\b")

Columns = dict[str, str]
"""Types of Glue by name, in order."""


class CrawlError(Exception):
    """A folder cannot become a table."""


@dataclass(frozen=True)
class Schema:
    """What a folder's files are."""

    file_format: str
    columns: Columns
    parameters: dict[str, str] = field(default_factory=dict)
    """For the table."""
    settings: dict[str, str] = field(default_factory=dict)
    """For the library that reads it."""


def infer(connection: duckdb.DuckDBPyConnection, storage: Storage, folder: TableFolder) -> Schema:
    """The columns of all files of a folder together.

    Raises CrawlError for formats that are unknown or mixed, and for files that cannot be read.
    """
    formats = Counter(_format(file.stored.key) for file in folder.files)
    if None in formats or len(formats) > 1:
        named = ", ".join(sorted(name or "unknown" for name in formats))
        raise CrawlError(f"the files of {folder.location} are of the formats: {named}")
    (file_format,) = formats
    paths = [storage.path(file.stored.uri) for file in folder.files][:_SAMPLED_FILES]
    try:
        schema = _INFERENCES[str(file_format)](connection, paths)
    except duckdb.Error as error:
        raise CrawlError(f"{folder.location}: {str(error).splitlines()[0]}") from error
    keys = set(folder.keys)
    return Schema(
        schema.file_format,
        {name: kind for name, kind in schema.columns.items() if name not in keys},
        schema.parameters,
        schema.settings,
    )


def merged(known: Columns, found: Columns) -> Columns:
    """The known columns as they are, and behind them those that are new."""
    return {**known, **{name: kind for name, kind in found.items() if name not in known}}


def _format(key: str) -> str | None:
    return next((name for name, ending in _ENDINGS.items() if re.search(ending, key.lower())), None)


def _listed(paths: list[str]) -> str:
    return "[" + ", ".join(map(literal, paths)) + "]"


def _described(connection: duckdb.DuckDBPyConnection, source: str) -> Columns:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {name.lower(): hive_type(kind) for name, kind, *_ in rows}


def _parquet(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> Schema:
    source = f"read_parquet({_listed(paths)}, union_by_name=true, hive_partitioning=false)"
    return Schema("parquet", _described(connection, source))


def _json(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> Schema:
    source = f"read_json({_listed(paths)}, format='auto', union_by_name=true, hive_partitioning=false)"
    return Schema("json", _without_times(_described(connection, source)), settings={"paths": ""})


def _csv(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> Schema:
    query = f"SELECT Delimiter, HasHeader FROM sniff_csv({literal(paths[0])})"
    delimiter, has_header = connection.execute(query).fetchall()[0]
    source = f"read_csv({_listed(paths)}, union_by_name=true, hive_partitioning=false)"
    columns = _without_times(_described(connection, source))
    if not has_header:
        columns = {f"col{index}": kind for index, kind in enumerate(columns.values())}
    header = {"skip.header.line.count": "1"} if has_header else {}
    parameters = {"delimiter": delimiter, "columnsOrdered": "true", "areColumnsQuoted": "false", **header}
    return Schema("csv", columns, parameters, {"field.delim": delimiter})


def _without_times(columns: Columns) -> Columns:
    return {name: _TEXT_TIMES.sub("string", kind) for name, kind in columns.items()}


_INFERENCES = {"parquet": _parquet, "json": _json, "csv": _csv}
