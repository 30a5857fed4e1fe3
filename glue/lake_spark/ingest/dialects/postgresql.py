"""PostgreSQL, 11 and later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from ..definition import Connection
from .dialect import DECIMALS, Dialect, FoundColumn, Transport, decimal_digits

_INTEGERS = {"int2": 5, "smallserial": 5, "int4": 10, "serial": 10, "int8": 19, "bigserial": 19}
_CASTS = {"smallserial": "int2", "serial": "int4", "bigserial": "int8"}
_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "uuid", "json", "jsonb", "xml", "inet", "cidr"})
#: Types of the database of which the contract's type holds every value, whatever it is.
_FITS = {
    "int": ("int2", "smallserial", "int4", "serial"),
    "bigint": tuple(_INTEGERS),
    "double": ("float4", "float8", "int2", "smallserial", "int4", "serial"),
    "boolean": ("bool",),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamptz"),
    "string": (*sorted(_TEXTS), *_INTEGERS, "bool", "enum"),
}
_TYPES = {"int": "int4", "bigint": "int8", "double": "float8", "boolean": "bool", "string": "text"}
#: More than any two zones differ.
_ANY_OFFSET = timedelta(days=1)


class PostgreSql(Dialect):
    """Its transactions share snapshots, so all partitions see what was counted."""

    drivers = ("org.postgresql.Driver",)
    ordered_types = frozenset({*_INTEGERS, *DECIMALS, "float4", "float8", "text", "varchar", "uuid", "date"}) | {
        "timestamp",
        "timestamptz",
    }
    integers = _INTEGERS
    shares_snapshots = True
    clock = "SELECT round(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

    def url(self, connection: Connection) -> str:
        return f"jdbc:postgresql://{connection.host}:{connection.port}/{quote(connection.database, safe='')}"

    def properties(self, driver: str, ca: str) -> dict[str, str]:
        return {
            "sslmode": "verify-full",
            "sslrootcert": ca,
            "readOnly": "true",
            "readOnlyMode": "always",
            "connectTimeout": "15",
            "loginTimeout": "30",
            "tcpKeepAlive": "true",
            "ApplicationName": "lake ingest",
        }

    def identifier(self, name: str) -> str:
        escaped = name.replace('"', '""')
        return f'"{escaped}"'

    def literal(self, text: str) -> str:
        # This form means the same whatever standard_conforming_strings says.
        escaped = text.replace("\\", "\\\\").replace("'", "''")
        return f"E'{escaped}'"

    def session(self) -> Sequence[str]:
        # What texts of values look like must be the same in all sessions, as keys are hashed by them. A role may have
        # short timeouts; between two fetches, a reader does nothing for as long as its rows take to be written.
        settings = ("TIME ZONE 'UTC'", "datestyle = 'ISO'", "extra_float_digits = 3")
        timeouts = ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0")
        return tuple(f"SET LOCAL {setting}" for setting in (*settings, *timeouts))

    def export_snapshot(self) -> str:
        return "SELECT pg_export_snapshot()"

    def join_snapshot(self, snapshot: str) -> Sequence[str]:
        level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        return (level, f"SET TRANSACTION SNAPSHOT {self.literal(snapshot)}")

    def knows_zone(self, timezone: str) -> str:
        return f"SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = {self.literal(timezone)})::int"

    def transport(self, column: FoundColumn, wanted: str, timezone: str | None) -> Transport | None:
        name = self.identifier(column.name)
        digits = decimal_digits(wanted)
        if digits is not None:
            return self.decimal(column, *digits)
        if column.type not in _FITS[wanted]:
            return None
        if wanted == "date":
            return Transport(f"({name} - DATE '1970-01-01')", "date", f"NOT isfinite({name})")
        if wanted == "timestamp":
            micros = f"round(extract(epoch FROM {self._instant(column, timezone)}) * 1000000)::bigint"
            return Transport(micros, "timestamp", f"NOT isfinite({name})")
        return Transport(f"{name}::{_TYPES[wanted]}")

    def as_decimal(self, column: FoundColumn, precision: int, scale: int) -> str:
        return f"{self.identifier(column.name)}::numeric({precision},{scale})"

    def unfit_decimal(self, column: FoundColumn, precision: int, scale: int) -> str | None:
        name = self.identifier(column.name)
        if column.precision:
            return f"{name} = 'NaN'"
        # NaN is more than any number.
        return f"({name} <> round({name}, {scale}) OR abs({name}) >= 1e{precision - scale})"

    def is_local_time(self, column: FoundColumn) -> bool | None:
        return {"timestamp": True, "timestamptz": False}.get(column.type)

    def _instant(self, column: FoundColumn, timezone: str | None) -> str:
        name = self.identifier(column.name)
        # The zone UTC only has to be named where a time has another.
        if column.type == "timestamptz" or timezone is None or timezone == "UTC":
            return name
        return f"({name} AT TIME ZONE {self.literal(timezone)})"

    def within(self, column: FoundColumn, timezone: str | None, start: datetime | None, stop: datetime) -> str:
        name, instant = self.identifier(column.name), self._instant(column, timezone)
        kind = "TIMESTAMP" if column.type == "timestamp" and instant == name else "TIMESTAMPTZ"
        conditions = [] if start is None else [f"{instant} >= {_moment(kind, start)}"]
        conditions.append(f"{instant} < {_moment(kind, stop)}")
        if instant != name:
            # An hour that comes twice is taken for its second time: rows of the first come an hour late, but they come.
            # Bounds of the column itself are wide, and only there so that an index can be used.
            if start is not None:
                conditions.append(f"{name} >= {_moment('TIMESTAMP', start - _ANY_OFFSET)}")
            conditions.append(f"{name} < {_moment('TIMESTAMP', stop + _ANY_OFFSET)}")
        return " AND ".join(conditions)

    def hash(self, columns: Sequence[FoundColumn]) -> str:
        result = "0::bigint"
        for column in columns:
            name = self.identifier(column.name)
            if column.type in _INTEGERS:
                hashed = f"hashint8extended({name}::int8, {result})"
            else:
                hashed = f'hashtextextended({name}::text COLLATE "C", {result})'
            result = f"coalesce({hashed}, {result})" if column.is_nullable else hashed
        return result

    def value(self, text: str, type_name: str) -> str:
        return f"{self.literal(text)}::{_CASTS.get(type_name, type_name)}"

    def sample(self, share: float) -> str:
        return f"random() < {share:.9f}"

    def boundaries(self, relation: str, count: int, nulls: float) -> str:
        with_values = max(1.0 - nulls, 1e-9)
        shares = [min(1.0, max(0.0, (number / count - nulls) / with_values)) for number in range(1, count)]
        listed = ", ".join(f"{share:.9f}" for share in shares)
        values = f"percentile_disc(ARRAY[{listed}]::float8[]) WITHIN GROUP (ORDER BY p)"
        return f"SELECT unnest({values})::text FROM {relation}"


def _moment(kind: str, moment: datetime) -> str:
    utc = moment.replace(tzinfo=None).isoformat(" ", "microseconds")
    return f"{kind} '{utc}{'+00' if kind == 'TIMESTAMPTZ' else ''}'"
