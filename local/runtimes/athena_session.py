"""One statement's connection to DuckDB, in which the tables that it names appear as views."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
from sqlglot import exp

from local.runtimes.athena_catalog import CATALOG, Catalog, CatalogTable
from local.runtimes.athena_dialect import parse, place_in, to_duckdb
from local.runtimes.athena_engine import Engine
from local.runtimes.athena_errors import UNRESOLVED, NotEmulatedQueryError, QueryError, translate
from local.runtimes.athena_hive import hive_relation
from local.runtimes.athena_iceberg import AsOf, IcebergTable
from local.runtimes.athena_storage import Storage
from local.runtimes.athena_types import identifier

_DEEPEST_VIEW = 10


@dataclass(frozen=True)
class Rows:
    """What a SELECT gives: columns with DuckDB's types, and rows."""

    columns: list[tuple[str, object]]
    rows: list[tuple[object, ...]]


class Session:
    """Runs one statement for an account."""

    def __init__(self, engine: Engine, catalog: Catalog, storage: Storage, database: str, statement: str) -> None:
        self.catalog = catalog
        self.storage = storage
        self.database = database
        self.statement = statement
        self._known: set[str] = set()
        self._engine = engine
        self._resources = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Made when it is first used: statements about the catalog need none."""
        if self._connection is None:
            self._connection = self._resources.enter_context(self._engine.workspace(self.storage))
        return self._connection

    def interrupt(self) -> None:
        """Makes what runs fail."""
        if self._connection is not None:
            self._connection.interrupt()

    def close(self) -> None:
        """Ends the connection."""
        self._resources.close()

    def select(self, tree: exp.Expression) -> Rows:
        """The rows of a query.

        Raises QueryError in the words of Athena.
        """
        try:
            cursor = self.connection.execute(self.prepared(tree))
            columns = [(name, kind) for name, kind, *_ in cursor.description or []]
            return Rows(columns, cursor.fetchall())
        except duckdb.Error as error:
            raise translate(error, self.statement) from error

    def columns(self, prepared: str) -> list[tuple[str, str]]:
        """Names and types of what a prepared query gives, without running it."""
        try:
            return [(row[0], row[1]) for row in self.connection.execute(f"DESCRIBE {prepared}").fetchall()]
        except duckdb.Error as error:
            raise translate(error, self.statement) from error

    def run(self, prepared: str) -> list[tuple[object, ...]]:
        """Runs what `prepared` made."""
        try:
            return self.connection.execute(prepared).fetchall()
        except duckdb.Error as error:
            raise translate(error, self.statement) from error

    def prepared(self, tree: exp.Expression, database: str | None = None, depth: int = 0) -> str:
        """The query for DuckDB; the tables that it names are there then."""
        default = database or self.database
        local = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
        for node in list(tree.find_all(exp.Table)):
            if not node.name or isinstance(node.this, exp.Func) or (not node.db and node.name.lower() in local):
                continue
            self._refer(node, default, depth)
        self._refuse_aliases(tree)
        return to_duckdb(tree)

    def _refer(self, node: exp.Table, default: str, depth: int) -> None:
        if node.catalog and node.catalog.lower() != CATALOG:
            raise NotEmulatedQueryError(f"the data catalog {node.catalog}")
        database, name = (node.db or default).lower(), node.name.lower()
        if database == "information_schema":
            raise NotEmulatedQueryError("information_schema: use SHOW TABLES, DESCRIBE, or the Glue catalog")
        as_of = self._as_of(node.args.get("version"))
        label = name if as_of == AsOf() else f"{name} {as_of.snapshot_id or as_of.moment}"
        view = f"{identifier(database)}.{identifier(label)}"
        if view not in self._known:
            place = place_in(self.statement, node)
            base, dollar, metadata = name.partition("$")
            table = self.catalog.find(database, base if dollar else name, place)
            body = self._relation(table, metadata, as_of, depth)
            self.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(database)}")
            self.run(f"CREATE VIEW {view} AS {body}")
            self._known.add(view)
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        node.set("catalog", None)
        node.set("version", None)
        node.set("db", exp.to_identifier(database, quoted=True))
        node.set("this", exp.to_identifier(label, quoted=True))

    def _relation(self, table: CatalogTable, metadata: str, as_of: AsOf, depth: int) -> str:
        if table.kind != "iceberg" and (metadata or as_of != AsOf()):
            raise QueryError("NOT_SUPPORTED", f"{table.database}.{table.name} is no Iceberg table: it has no history")
        if table.kind == "iceberg":
            iceberg = IcebergTable(self.storage, table)
            return iceberg.metadata_relation(metadata) if metadata else iceberg.relation(as_of)
        if table.kind == "view":
            if depth == _DEEPEST_VIEW:
                raise QueryError("VIEW_IS_RECURSIVE", f"View '{table.database}.{table.name}' refers to itself")
            return self._view(table, depth)
        return hive_relation(self.connection, self.catalog, self.storage, table)

    def _view(self, table: CatalogTable, depth: int) -> str:
        body = self.prepared(parse(table.view_statement()), table.database, depth + 1)
        found = [name.lower() for name, _ in self.columns(body)]
        wanted = [column.name for column in table.columns]
        if found != wanted:
            label = f"{CATALOG}.{table.database}.{table.name}"
            raise QueryError("VIEW_IS_STALE", f"View '{label}' is stale or in invalid state: it must be re-created")
        return body

    def _as_of(self, version: exp.Version | None) -> AsOf:
        if version is None:
            return AsOf()
        value = self.run(f"SELECT {to_duckdb(version.expression.copy())}")[0][0]
        if str(version.this).upper() == "VERSION":
            return AsOf(snapshot_id=int(str(value)))
        if not isinstance(value, datetime):
            raise QueryError("TYPE_MISMATCH", "FOR TIMESTAMP AS OF needs a timestamp with time zone")
        return AsOf(moment=value if value.tzinfo else value.replace(tzinfo=UTC))

    def _refuse_aliases(self, tree: exp.Expression) -> None:
        """DuckDB lets a query use its own aliases everywhere, Athena only in ORDER BY."""
        for select in tree.find_all(exp.Select):
            aliases = {entry.alias.lower(): entry for entry in select.expressions if isinstance(entry, exp.Alias)}
            suspects = [
                column
                for part in (*select.expressions, *(select.args.get(key) for key in ("where", "group", "having")))
                if part is not None
                for column in part.find_all(exp.Column)
                if not column.table and column.name.lower() in aliases and column.find_ancestor(exp.Select) is select
            ]
            if suspects:
                known = self._columns_below(select, tree)
                for column in suspects:
                    if known is not None and column.name.lower() not in known:
                        place = place_in(self.statement, column)
                        raise QueryError("COLUMN_NOT_FOUND", UNRESOLVED.format(column.name), place)

    def _columns_below(self, select: exp.Select, tree: exp.Expression) -> set[str] | None:
        """The columns of what a SELECT reads; None where that depends on what is around it."""
        if select.find_ancestor(exp.Subquery, exp.Exists, exp.In) and select is not tree:
            return None
        below = exp.Select(expressions=[exp.Star()])
        for key in ("from_", "joins", "laterals", "with_"):
            if value := select.args.get(key):
                below.set(key, [part.copy() for part in value] if isinstance(value, list) else value.copy())
        if not select.args.get("from_"):
            return set()
        try:
            described = self.connection.execute(f"DESCRIBE {to_duckdb(below)}").fetchall()
        except duckdb.Error:
            return None
        return {row[0].lower() for row in described}
