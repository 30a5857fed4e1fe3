"""MySQL 8, MariaDB 10.2 and later, and what is compatible with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from ..authorities import PASSWORD
from ..definition import Connection
from .dialect import DECIMALS, Dialect, FoundColumn, Transport, decimal_digits

_MARIADB, _MYSQL = "org.mariadb.jdbc.Driver", "com.mysql.cj.jdbc.Driver"

_SMALL = {"tinyint": 3, "tinyint unsigned": 3, "smallint": 5, "smallint unsigned": 5, "mediumint": 7}
_UP_TO_INT = {**_SMALL, "mediumint unsigned": 8, "int": 10, "integer": 10}
_UP_TO_BIGINT = {**_UP_TO_INT, "int unsigned": 10, "integer unsigned": 10, "bigint": 19}
#: How many digits the largest value of each type has.
_INTEGERS = {**_UP_TO_BIGINT, "bigint unsigned": 20}
_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json")
_FITS = {
    "int": tuple(_UP_TO_INT),
    "bigint": tuple(_UP_TO_BIGINT),
    "double": ("float", "double", *_UP_TO_INT),
    # What drivers call TINYINT(1).
    "boolean": ("bit",),
    "date": ("date",),
    "timestamp": ("datetime", "timestamp"),
    "string": (*_TEXTS, *_INTEGERS),
}
#: More than any two zones differ.
_ANY_OFFSET = timedelta(days=1)
#: How far clocks go back in autumn.
_REPEATED = timedelta(hours=1)


class MySql(Dialect):
    """Its transactions cannot share what they see: rows are counted before and after they are read."""

    drivers = (_MARIADB, _MYSQL)
    ordered_types = frozenset({*_INTEGERS, *DECIMALS, "char", "varchar", "date", "datetime", "timestamp"})
    integers = _INTEGERS
    shares_snapshots = False
    clock = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"

    def url(self, connection: Connection) -> str:
        # By MySQL's address, Spark knows how to quote. MariaDB's driver has to be told to take it.
        database = quote(connection.database, safe="")
        return f"jdbc:mysql://{connection.host}:{connection.port}/{database}?permitMysqlScheme=true"

    def properties(self, driver: str, ca: str) -> dict[str, str]:
        common = {"connectTimeout": "15000", "sessionVariables": "time_zone='+00:00'", "tinyInt1isBit": "true"}
        if driver == _MARIADB:
            return {**common, "sslMode": "verify-full", "serverSslCert": ca}
        # Without cursors, it would keep all rows of a query in memory. It reads authorities from key stores only.
        return {
            **common,
            "useCursorFetch": "true",
            "sslMode": "VERIFY_IDENTITY",
            "trustCertificateKeyStoreUrl": f"file:{ca}.p12",
            "trustCertificateKeyStoreType": "PKCS12",
            "trustCertificateKeyStorePassword": PASSWORD,
            "fallbackToSystemTrustStore": "false",
        }

    def identifier(self, name: str) -> str:
        escaped = name.replace("`", "``")
        return f"`{escaped}`"

    def literal(self, text: str) -> str:
        # Whether a backslash escapes depends on the session; bytes are bytes.
        return f"_utf8mb4 X'{text.encode().hex()}'"

    def session(self) -> Sequence[str]:
        return ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",)

    def export_snapshot(self) -> str | None:
        return None

    def join_snapshot(self, snapshot: str) -> Sequence[str]:
        raise NotImplementedError("MySQL's transactions share no snapshots")

    def knows_zone(self, timezone: str) -> str:
        return f"SELECT CONVERT_TZ('2026-01-01', {self.literal(timezone)}, '+00:00') IS NOT NULL"

    def transport(self, column: FoundColumn, wanted: str, timezone: str | None) -> Transport | None:
        name = self.identifier(column.name)
        digits = decimal_digits(wanted)
        if digits is not None:
            return self.decimal(column, *digits)
        if column.type not in _FITS[wanted]:
            return None
        # Dates without a day, a month or a year are what MySQL lets people write for no date.
        no_date = f"CAST({name} AS CHAR) LIKE '%-00%'"
        if wanted == "date":
            return Transport(f"DATEDIFF({name}, '1970-01-01')", "date", no_date)
        if wanted == "timestamp":
            micros = f"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {self._instant(column, timezone)})"
            return Transport(micros, "timestamp", no_date)
        if wanted == "string":
            return Transport(f"CAST({name} AS CHAR)")
        return Transport(f"({name} <> 0)" if wanted == "boolean" else name)

    def as_decimal(self, column: FoundColumn, precision: int, scale: int) -> str:
        return f"CAST({self.identifier(column.name)} AS DECIMAL({precision},{scale}))"

    def is_local_time(self, column: FoundColumn) -> bool | None:
        return {"datetime": True, "timestamp": False}.get(column.type)

    def _instant(self, column: FoundColumn, timezone: str | None) -> str:
        name = self.identifier(column.name)
        # The session's zone is UTC, in which it shows the times that have one.
        if column.type == "timestamp" or timezone is None or timezone == "UTC":
            return name
        return f"CONVERT_TZ({name}, {self.literal(timezone)}, '+00:00')"

    def within(self, column: FoundColumn, timezone: str | None, start: datetime | None, stop: datetime) -> str:
        name, instant = self.identifier(column.name), self._instant(column, timezone)
        is_local = instant != name
        conditions = [f"{instant} < {_moment(stop)}"]
        if is_local:
            # Bounds of the column itself are wide, and only there so that an index can be used.
            conditions.append(f"{name} < {_moment(stop + _ANY_OFFSET)}")
        if start is not None:
            # Rows of an hour's second time may be taken for its first, when the window was elsewhere.
            conditions.append(f"{instant} >= {_moment(start - _REPEATED if is_local else start)}")
            if is_local:
                conditions.append(f"{name} >= {_moment(start - _ANY_OFFSET)}")
        return " AND ".join(conditions)

    def hash(self, columns: Sequence[FoundColumn]) -> str:
        texts = ", ".join(f"COALESCE(CAST({self.identifier(column.name)} AS CHAR), '')" for column in columns)
        return f"CAST(CONV(LEFT(MD5(CONCAT_WS('|', {texts})), 15), 16, 10) AS SIGNED)"

    def value(self, text: str, type_name: str) -> str:
        literal = self.literal(text)
        if type_name in ("char", "varchar"):
            return literal
        if type_name in ("date", "datetime", "timestamp"):
            return f"CAST({literal} AS DATETIME(6))"
        return f"CAST({literal} AS DECIMAL(65,{'30' if type_name in DECIMALS else '0'}))"

    def sample(self, share: float) -> str:
        return f"RAND() < {share:.9f}"

    def boundaries(self, relation: str, count: int, nulls: float) -> str:
        # Rows without a value come first, and a part of nothing else has no last value.
        tiles = f"SELECT p, NTILE({count}) OVER (ORDER BY p) AS tile FROM {relation}"
        return f"SELECT CAST(MAX(p) AS CHAR) FROM ({tiles}) t WHERE tile < {count} GROUP BY tile ORDER BY tile"


def _moment(moment: datetime) -> str:
    return f"TIMESTAMP'{moment.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"
