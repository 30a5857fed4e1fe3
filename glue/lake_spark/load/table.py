"""A dataset's table in the database: made as the contract says, filled by key."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame

from ..contracts import Column, Contract
from ..ingest.database import Database, Session
from ..ingest.dialects import Dialect

_TYPES = {
    "string": "text",
    "int": "integer",
    "bigint": "bigint",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    # Without a time zone, as in the files.
    "timestamp": "timestamp",
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def database_type(type_name: str) -> str:
    """A contract's type as PostgreSQL has it."""
    match = _DECIMAL.fullmatch(type_name)
    return f"numeric({match[1]},{match[2]})" if match else _TYPES[type_name]


class Table:
    """The table of a dataset, with an index on the column by which it is read in windows."""

    def __init__(self, contract: Contract, dialect: Dialect, schema: str, name: str, window: str | None) -> None:
        self._contract = contract
        self._dialect = dialect
        self._schema, self._name = schema, name
        self._window = window
        self.relation = dialect.table(schema, name)
        self._staging_name = f"_load_{name}"
        self.staging = dialect.table(schema, self._staging_name)

    def create(self, session: Session) -> None:
        """Makes the table unless it is there, and adds columns that the contract has got since."""
        quote = self._dialect.identifier
        columns = [self._column(column, required=column.required) for column in self._contract.columns]
        key = ", ".join(map(quote, self._contract.key))
        session.execute(f"CREATE TABLE IF NOT EXISTS {self.relation} ({', '.join(columns)}, PRIMARY KEY ({key}))")
        for column in self._contract.columns:
            # Rows that are there already have no value for it.
            definition = self._column(column, required=False)
            session.execute(f"ALTER TABLE {self.relation} ADD COLUMN IF NOT EXISTS {definition}")
        if self._window is not None:
            index = quote(f"{self._name}_{self._window}"[:63])
            session.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {self.relation} ({quote(self._window)})")

    def stage(self, session: Session, rows: DataFrame, database: Database) -> int:
        """Writes the rows beside the table, in parallel, where nobody reads them. Returns how many there are."""
        session.execute(f"DROP TABLE IF EXISTS {self.staging}")
        session.execute(f"CREATE UNLOGGED TABLE {self.staging} (LIKE {self.relation})")
        rows.write.jdbc(database.url, self.staging, mode="append", properties=database.properties)
        return int(session.text(f"SELECT COUNT(*) FROM {self.staging}"))

    def merge(self, session: Session) -> int:
        """Brings what is staged into the table in one statement. Returns how many rows are new or changed."""
        quote = self._dialect.identifier
        names = [quote(column.name) for column in self._contract.columns]
        others = [quote(column.name) for column in self._contract.columns if column.name not in self._contract.key]
        key = ", ".join(map(quote, self._contract.key))
        listed = ", ".join(names)
        changes = "NOTHING"
        if others:
            sets = ", ".join(f"{name} = excluded.{name}" for name in others)
            old, new = (", ".join(f"{of}.{name}" for name in others) for of in ("t", "excluded"))
            changes = f"UPDATE SET {sets} WHERE ({old}) IS DISTINCT FROM ({new})"
        insert = f"INSERT INTO {self.relation} AS t ({listed}) SELECT {listed} FROM {self.staging}"
        upsert = f"{insert} ON CONFLICT ({key}) DO {changes} RETURNING 1"
        changed = int(session.text(f"WITH changed AS ({upsert}) SELECT COUNT(*) FROM changed"))
        session.execute(f"DROP TABLE {self.staging}")
        return changed

    def _column(self, column: Column, *, required: bool) -> str:
        definition = f"{self._dialect.identifier(column.name)} {database_type(column.type)}"
        return f"{definition} NOT NULL" if required else definition
