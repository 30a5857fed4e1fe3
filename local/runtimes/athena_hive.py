"""Tables of files (Parquet, JSON, CSV), with partitions that are registered or projected, as queries of DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb

from local.runtimes.athena_catalog import Catalog, CatalogColumn, CatalogTable, Partition
from local.runtimes.athena_errors import QueryError
from local.runtimes.athena_storage import Storage
from local.runtimes.athena_types import duck_type, identifier, literal

# What Athena lets a file's column be read as, beside its own type.
_WIDENINGS = {
    ("TINYINT", "SMALLINT"), ("TINYINT", "INTEGER"), ("TINYINT", "BIGINT"), ("SMALLINT", "INTEGER"),
    ("SMALLINT", "BIGINT"), ("INTEGER", "BIGINT"), ("FLOAT", "DOUBLE"), ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
    ("INTEGER", "SMALLINT"), ("INTEGER", "TINYINT"), ("UTINYINT", "INTEGER"), ("USMALLINT", "INTEGER"),
    ("UINTEGER", "BIGINT"),
}  # fmt: skip


def hive_relation(
    connection: duckdb.DuckDBPyConnection, catalog: Catalog, storage: Storage, table: CatalogTable
) -> str:
    """A SELECT of everything in the table."""
    storage.check_read(table.location)
    columns = table.columns
    keys = table.partition_keys
    files = _files(catalog, storage, table)
    if not files:
        empty = ", ".join(
            f"CAST(NULL AS {duck_type(column.type)}) AS {identifier(column.name)}" for column in columns + keys
        )
        return f"SELECT {empty} WHERE false"
    listed = "[" + ", ".join(literal(path) for path in files) + "]"
    partitioned = "hive_partitioning=false"
    if keys:
        types = ", ".join(f"{literal(key.name)}: {duck_type(key.type)}" for key in keys)
        partitioned = f"hive_partitioning=true, hive_types={{{types}}}"
    reader: Callable[..., str] = _READERS[table.file_format]
    source, selected = reader(connection, table, columns, listed, partitioned)
    return f"SELECT {', '.join([*selected, *(identifier(key.name) for key in keys)])} FROM {source}"


def partitions_of(catalog: Catalog, storage: Storage, table: CatalogTable) -> list[Partition]:
    """The partitions that a query sees: by projection those which have files."""
    if table.parameters.get("projection.enabled", "").lower() == "true":
        return projected_partitions(storage, table)
    return catalog.partitions(table)


def projected_partitions(storage: Storage, table: CatalogTable) -> list[Partition]:
    """Every place of the template where files are and whose values the projection reaches."""
    names = [key.name for key in table.partition_keys]
    default = table.location + "".join(f"{name}=${{{name}}}/" for name in names)
    template = table.parameters.get("storage.location.template", default).rstrip("/") + "/"
    base = template.split("${")[0]
    pattern = re.compile(
        re.sub(r"\\\$\\\{(\w+)\\\}", lambda found: f"(?P<{found[1].lower()}>[^/]+)", re.escape(template))
    )
    found: dict[tuple[str, ...], str] = {}
    for entry in storage.listing(base):
        if place := pattern.match(entry.uri):
            values = tuple(place[name] for name in names)
            if all(_reaches(table.parameters, name, value) for name, value in zip(names, values, strict=True)):
                found[values] = place[0]
    return [Partition(values, location) for values, location in found.items()]


def _reaches(parameters: dict[str, str], name: str, value: str) -> bool:
    """Whether a projection reaches a value; dates are reached by their start only, whose end moves with the clock."""
    kind = parameters.get(f"projection.{name}.type", "").lower()
    if kind == "injected":
        message = f"For the injected projected partition column {name}, the WHERE clause must name its values"
        raise QueryError("CONSTRAINT_VIOLATION", f"{message}: the embedded local AWS does not emulate it")
    if kind == "enum":
        return value in [part.strip() for part in parameters.get(f"projection.{name}.values", "").split(",")]
    low, _, high = parameters.get(f"projection.{name}.range", "").partition(",")
    if kind == "integer":
        return value.lstrip("-").isdigit() and int(low) <= int(value) <= int(high)
    if kind == "date":
        fixed_high = "" if "NOW" in high.upper() else high
        return ("NOW" in low.upper() or value >= low) and (not fixed_high or value <= fixed_high)
    raise QueryError("INVALID_TABLE_PROPERTY", f"projection.{name}.type must be enum, integer, date or injected")


def _files(catalog: Catalog, storage: Storage, table: CatalogTable) -> list[str]:
    keys = [key.name for key in table.partition_keys]
    if not keys:
        return [storage.path(entry.uri) for entry in storage.listing(table.location)]
    return [
        storage.partition_path(entry.uri, dict(zip(keys, partition.values, strict=True)))
        for partition in partitions_of(catalog, storage, table)
        for entry in storage.listing(partition.location.rstrip("/") + "/")
    ]


Relation = tuple[str, list[str]]


def _parquet(
    connection: duckdb.DuckDBPyConnection,
    table: CatalogTable,
    columns: list[CatalogColumn],
    files: str,
    partitioned: str,
) -> Relation:
    source = f"read_parquet({files}, union_by_name=true, {partitioned})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    in_files = {name.lower(): str(kind) for name, kind, *_ in described}
    return source, [_parquet_column(table, column, in_files.get(column.name)) for column in columns]


def _parquet_column(table: CatalogTable, column: CatalogColumn, found: str | None) -> str:
    name, wanted = identifier(column.name), duck_type(column.type)
    if found is None:
        return f"CAST(NULL AS {wanted}) AS {name}"
    is_alike = found.split("(")[0] == wanted.split("(")[0] or (found, _long_name(wanted)) in _WIDENINGS
    if not is_alike and not found.startswith(("TIMESTAMP_", "STRUCT", "MAP")) and not found.endswith("[]"):
        message = f"Field {column.name}'s type {found} in parquet files of {table.location} is incompatible with type"
        raise QueryError("HIVE_BAD_DATA", f"{message} {column.type} defined in table schema")
    return f"CAST({name} AS {wanted}) AS {name}"


def _long_name(duck: str) -> str:
    return "TIMESTAMP WITH TIME ZONE" if duck == "TIMESTAMPTZ" else duck


def _json(
    _: duckdb.DuckDBPyConnection, table: CatalogTable, columns: list[CatalogColumn], files: str, partitioned: str
) -> Relation:
    types = ", ".join(f"{literal(column.name)}: {literal(duck_type(column.type))}" for column in columns)
    ignored = (table.storage["SerdeInfo"].get("Parameters") or {}).get("ignore.malformed.json", "").lower() == "true"
    source = (
        f"read_json({files}, format='newline_delimited', columns={{{types}}}, "
        f"ignore_errors={str(ignored).lower()}, {partitioned})"
    )
    return source, [identifier(column.name) for column in columns]


def _text(
    _: duckdb.DuckDBPyConnection, table: CatalogTable, columns: list[CatalogColumn], files: str, partitioned: str
) -> Relation:
    """LazySimpleSerDe: no quotes; a value that is not of its type is null."""
    settings = table.storage["SerdeInfo"].get("Parameters") or {}
    delimiter = settings.get("field.delim") or settings.get("separatorChar") or "\x01"
    source = _csv_source(table, columns, files, partitioned, delimiter, "", "")
    return source, [_text_column(column) for column in columns]


def _text_column(column: CatalogColumn) -> str:
    name, wanted = identifier(column.name), duck_type(column.type)
    # DuckDB would let its reader convert a bare column, which then fails instead of giving null.
    return name if wanted == "VARCHAR" else f"TRY_CAST(substring({name}, 1) AS {wanted}) AS {name}"


def _csv(
    _: duckdb.DuckDBPyConnection, table: CatalogTable, columns: list[CatalogColumn], files: str, partitioned: str
) -> Relation:
    """OpenCSVSerde: quotes; an empty text that is no string is null, one that is no number an error."""
    settings = table.storage["SerdeInfo"].get("Parameters") or {}
    source = _csv_source(
        table,
        columns,
        files,
        partitioned,
        settings.get("separatorChar") or ",",
        settings.get("quoteChar") or '"',
        settings.get("escapeChar") or "\\",
    )
    selected = [
        identifier(column.name)
        if duck_type(column.type) == "VARCHAR"
        else f"CAST(nullif({identifier(column.name)}, '') AS {duck_type(column.type)}) AS {identifier(column.name)}"
        for column in columns
    ]
    return source, selected


def _csv_source(
    table: CatalogTable,
    columns: list[CatalogColumn],
    files: str,
    partitioned: str,
    delimiter: str,
    quote: str,
    escape: str,
) -> str:
    names = ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in columns)
    header = int(table.parameters.get("skip.header.line.count") or 0)
    return (
        f"read_csv({files}, columns={{{names}}}, header=false, skip={header}, delim={literal(delimiter)}, "
        f"quote={literal(quote)}, escape={literal(escape)}, auto_detect=false, null_padding=true, "
        f"strict_mode=false, nullstr='\\N', {partitioned})"
    )


_READERS = {"parquet": _parquet, "json": _json, "text": _text, "csv": _csv}
