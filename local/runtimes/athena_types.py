"""What a type is called in Glue (Hive), Iceberg, DuckDB and Athena."""

from __future__ import annotations

import re
from typing import Any

from local.runtimes.athena_errors import NotEmulatedQueryError

_HIVE_TO_DUCK = {
    "string": "VARCHAR",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp with local time zone": "TIMESTAMPTZ",
    "binary": "BLOB",
}
_ICEBERG_TO_DUCK = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "string": "VARCHAR",
    "uuid": "UUID",
    "binary": "BLOB",
}
_DUCK_TO_ATHENA = {
    "hugeint": "bigint",
    "ubigint": "bigint",
    "uinteger": "bigint",
    "usmallint": "integer",
    "utinyint": "smallint",
    "blob": "varbinary",
    "timestamp with time zone": "timestamp with time zone",
    "time with time zone": "time with time zone",
    '"null"': "unknown",
    "interval": "interval day to second",
}
_DUCK_TO_HIVE = {
    "varchar": "string",
    "integer": "int",
    "hugeint": "bigint",
    "ubigint": "bigint",
    "uinteger": "bigint",
    "usmallint": "int",
    "utinyint": "smallint",
    "blob": "binary",
    "timestamp with time zone": "timestamp",
    "uuid": "string",
    "time": "string",
    "json": "string",
    '"null"': "string",
}


def duck_type(hive: str) -> str:
    """The type that DuckDB reads a Hive type as."""
    text = hive.strip()
    lower = text.lower()
    if lower.startswith("array<"):
        return f"{duck_type(text[6:-1])}[]"
    if lower.startswith("map<"):
        key, value = split_outside(text[4:-1])
        return f"MAP({duck_type(key)}, {duck_type(value)})"
    if lower.startswith("struct<"):
        fields = (field.split(":", 1) for field in split_outside(text[7:-1]))
        return "STRUCT(" + ", ".join(f"{identifier(name.strip())} {duck_type(kind)}" for name, kind in fields) + ")"
    if lower.startswith(("varchar", "char")):
        return "VARCHAR"
    if lower.startswith("decimal"):
        return "DECIMAL(10,0)" if lower == "decimal" else lower.upper().replace(" ", "")
    if lower not in _HIVE_TO_DUCK:
        raise NotEmulatedQueryError(f"columns of type {hive}")
    return _HIVE_TO_DUCK[lower]


def iceberg_type(kind: Any) -> str:
    """The type that DuckDB reads an Iceberg type as."""
    if isinstance(kind, dict):
        if kind["type"] == "list":
            return f"{iceberg_type(kind['element'])}[]"
        if kind["type"] == "map":
            return f"MAP({iceberg_type(kind['key'])}, {iceberg_type(kind['value'])})"
        fields = ", ".join(f"{identifier(field['name'])} {iceberg_type(field['type'])}" for field in kind["fields"])
        return f"STRUCT({fields})"
    if kind.startswith("decimal"):
        return kind.upper().replace(" ", "")
    if kind.startswith("fixed"):
        return "BLOB"
    if kind not in _ICEBERG_TO_DUCK:
        raise NotEmulatedQueryError(f"Iceberg columns of type {kind}")
    return _ICEBERG_TO_DUCK[kind]


def athena_type(duck: Any) -> str:
    """What Athena calls the type of a result's column."""
    text = str(duck).lower()
    if text.endswith("]"):
        return "array"
    for name, answer in (("decimal", "decimal"), ("struct", "row"), ("map", "map"), ("timestamp_", "timestamp")):
        if text.startswith(name):
            return answer
    return _DUCK_TO_ATHENA.get(text, text)


def precision_and_scale(duck: Any) -> tuple[int, int]:
    """What GetQueryResults says of a column besides its type."""
    text = str(duck).lower()
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", text):
        return int(found[1]), int(found[2])
    known = {"integer": 10, "bigint": 19, "hugeint": 19, "smallint": 5, "tinyint": 3, "double": 17, "float": 17}
    known |= {"varchar": 2147483647, "timestamp": 3, "timestamp with time zone": 3}
    return known.get(text, 0), 0


def hive_type(duck: Any) -> str:
    """The type that a table of Glue has for a column of DuckDB."""
    text = str(duck)
    if text.endswith("[]"):
        return f"array<{hive_type(text[:-2])}>"
    if text.upper().startswith("STRUCT("):
        fields = (field.strip() for field in split_outside(text[7:-1]))
        return "struct<" + ",".join(_struct_field(field) for field in fields) + ">"
    if text.upper().startswith("MAP("):
        key, value = split_outside(text[4:-1])
        return f"map<{hive_type(key.strip())},{hive_type(value.strip())}>"
    lower = text.lower()
    if lower.startswith("decimal"):
        return lower.replace(" ", "")
    if lower.startswith("timestamp_"):
        return "timestamp"
    return _DUCK_TO_HIVE.get(lower, lower)


def split_outside(text: str) -> list[str]:
    """The parts between commas that are outside of brackets and quotes."""
    parts, depth, quoted, part = [], 0, False, ""
    for character in text:
        quoted ^= character == '"'
        if not quoted:
            depth += (character in "<([{") - (character in ">)]}")
        if character == "," and not depth and not quoted:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]


def identifier(name: str) -> str:
    """A name as SQL has it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A text as SQL has it."""
    return "'" + str(value).replace("'", "''") + "'"


def _struct_field(field: str) -> str:
    if field.startswith('"'):
        name, _, kind = field[1:].partition('" ')
    else:
        name, _, kind = field.partition(" ")
    return f"{name}:{hive_type(kind)}"
