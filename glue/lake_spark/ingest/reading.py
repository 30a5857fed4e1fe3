"""Rows of a window, all of one state of the database, as the raw zone has them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ..column_types import spark_type
from ..contracts import LINEAGE, Contract
from ..errors import CountRefusedError, SchemaRefusedError, WindowRefusedError
from .columns import Selected, Selection, find_columns, select_columns
from .database import Database, Session
from .definition import Table
from .moments import moment_at, text_of
from .names import window_version
from .partitions import SPLIT, Parts, split, splitters

log = logging.getLogger("lake.ingest")

_TRIES_WITHOUT_SNAPSHOT = 3


@dataclass(frozen=True)
class Bounds:
    """Which rows belong to the read, and what they are to say of it."""

    #: From when on rows are read: the window's start without the overlap; None: from the beginning.
    read_from: datetime | None
    start: str | None
    stop: datetime
    #: Whether rows are chosen by their time at all.
    is_windowed: bool


@dataclass(frozen=True)
class Figures:
    """How many rows there were, where one looked."""

    database: int
    read: int
    written: int
    bytes: int
    warning: str | None = None
    #: Of the whole table; None when they were not listed.
    keys: int | None = None


@dataclass(frozen=True)
class Written:
    """What was written of a frame."""

    read: int
    rows: int
    bytes: int


def clock(database: Database) -> datetime:
    """The database's own time."""
    with database.open() as session:
        return moment_at(int(session.text(database.dialect.clock)))


def read_window(
    spark: SparkSession,
    database: Database,
    table: Table,
    contract: Contract,
    bounds: Bounds,
    write: Callable[[DataFrame], Written],
    write_keys: Callable[[DataFrame], Written] | None = None,
) -> Figures:
    """Gives the window's rows to `write`, which may be called again for a database that shares no snapshots.

    All keys of the table go to `write_keys`, if they are wanted.

    Raises SchemaRefusedError or WindowRefusedError for what cannot be read, CountRefusedError when rows were lost or
    came twice on the way.
    """
    tries = 1 if database.dialect.shares_snapshots else _TRIES_WITHOUT_SNAPSHOT
    for _ in range(tries):
        with database.open() as session:
            reader = _Reader(spark, database, session, table, contract, bounds)
            before = reader.count()
            parts = reader.split(before)
            written = Written(0, 0, 0)
            if before:
                try:
                    written = write(reader.frame(parts))
                except Py4JJavaError as error:
                    raise database.explained(error) from error
            keys = None if write_keys is None else reader.list_keys(write_keys)
            after = before if database.dialect.shares_snapshots else reader.count()
        if before == after == written.read == written.rows:
            return Figures(before, written.read, written.rows, written.bytes, parts.warning, keys)
        log.warning("%s: counted %d, then %d; wrote %d", table.id, before, after, written.rows)
    raise CountRefusedError(
        f"{table.id}: the database counted {before} rows, and {after} after the read; {written.read} were read and "
        f"{written.rows} written: run it again, at a time when fewer rows of the window change"
    )


class _Reader:
    """One try, within one transaction."""

    def __init__(
        self,
        spark: SparkSession,
        database: Database,
        session: Session,
        table: Table,
        contract: Contract,
        bounds: Bounds,
    ) -> None:
        self._spark, self._database, self._session = spark, database, session
        self._dialect = database.dialect
        self._table, self._contract, self._bounds = table, contract, bounds
        self._snapshot = session.begin()
        found = find_columns(session, self._dialect, table)
        self._selection: Selection = select_columns(self._dialect, table, contract, found)
        self._check_window()
        self._source = f"{self._dialect.table(table.schema, table.name)} WHERE {self._condition()}"

    def _check_window(self) -> None:
        window, configured = self._selection.window, self._table.window
        if window is None or configured is None:
            return
        zone = configured.timezone
        is_foreign = zone is not None and zone != "UTC" and self._dialect.is_local_time(window)
        if is_foreign and self._session.text(self._dialect.knows_zone(zone)) != "1":
            raise WindowRefusedError(
                f"{self._table.id}: the database does not know the time zone {zone!r}: correct window.timezone, "
                "or load its tables of time zones"
            )
        if window.is_nullable:
            name = self._dialect.table(self._table.schema, self._table.name)
            missing = self._session.text(f"SELECT count(*) FROM {name} WHERE {self._quoted(window.name)} IS NULL")
            if missing != "0":
                raise WindowRefusedError(
                    f"{self._table.id}: {missing} rows have no value in window.column {window.name!r}, so no window "
                    "would ever have them: fill it and declare it NOT NULL, name another column, or set full_load: true"
                )

    def _condition(self) -> str:
        window, bounds = self._selection.window, self._bounds
        if not bounds.is_windowed or window is None or self._table.window is None:
            return "1 = 1"
        return self._dialect.within(window, self._table.window.timezone, bounds.read_from, bounds.stop)

    def count(self) -> int:
        """How many rows there are. Raises SchemaRefusedError with every column whose values do not fit."""
        return self._count(self._source, self._selection.columns)

    def _count(self, source: str, columns: Sequence[Selected]) -> int:
        checked = [selected for selected in columns if selected.transport.unfit]
        sums = [f"sum(CASE WHEN {selected.transport.unfit} THEN 1 ELSE 0 END)" for selected in checked]
        [[total, *unfit]] = self._session.rows(f"SELECT {', '.join(['count(*)', *sums])} FROM {source}")
        problems = [
            f"{rows} values of column {selected.column.name!r} do not fit into {selected.column.type} of the contract"
            for selected, rows in zip(checked, unfit)
            if int(rows or 0)
        ]
        if problems:
            fix = "infinite times, NaN and too many digits have no place there: correct them, or read a view that does"
            raise SchemaRefusedError(f"{self._table.id}: {'; '.join(problems)}: {fix}")
        return int(total or 0)

    def split(self, total: int) -> Parts:
        """The read's parts."""
        by = self._table.partitioning
        candidates, problem = splitters(self._dialect, self._selection, by.hash is not None)
        parts = split(self._session, self._dialect, self._source, total, by.count, candidates)
        warning = "; ".join(text for text in (problem, parts.warning) if text) or None
        log.info("%s: %d rows in parts %s by %s", self._table.id, total, list(parts.counts), parts.splitter.name)
        if warning:
            log.warning("%s: %s", self._table.id, warning)
        return Parts(parts.splitter, parts.conditions, parts.counts, warning)

    def frame(self, parts: Parts) -> DataFrame:
        """The rows, typed, with their lineage."""
        columns = self._selection.columns
        shown = [f"{selected.transport.expression} AS c{number}" for number, selected in enumerate(columns)]
        query = f"SELECT {', '.join([*shown, f'{parts.splitter.expression} AS {SPLIT}'])} FROM {self._source}"
        rows = self._read(query, parts.conditions)
        received = [selected.received(f"c{number}") for number, selected in enumerate(columns)]
        return rows.select(*received, *self._lineage(parts.counts))

    def _read(self, query: str, conditions: Sequence[str]) -> DataFrame:
        """What a query gives, read in the state that is counted: a part for each condition."""
        joined = [] if self._snapshot is None else self._dialect.join_snapshot(self._snapshot)
        properties = {
            **self._database.properties,
            "fetchsize": str(self._table.fetch_size),
            "sessionInitStatement": "; ".join([*joined, *self._dialect.session()]),
        }
        return self._spark.read.jdbc(
            self._database.url, f"({query}) s", predicates=list(conditions), properties=properties
        )

    def list_keys(self, write: Callable[[DataFrame], Written]) -> int:
        """Gives the keys of all rows to `write`: after the rows, so that those that are still there are in it."""
        named = {selected.column.name: selected for selected in self._selection.columns}
        selection = [named[name] for name in self._contract.key]
        whole = self._dialect.table(self._table.schema, self._table.name)
        total = self._count(whole, selection)
        shown = [f"{selected.transport.expression} AS c{number}" for number, selected in enumerate(selection)]
        rows = self._read(f"SELECT {', '.join(shown)} FROM {whole}", ["1 = 1"])
        received = [selected.received(f"c{number}") for number, selected in enumerate(selection)]
        try:
            written = write(rows.select(*received))
        except Py4JJavaError as error:
            raise self._database.explained(error) from error
        is_counted = written.read == total or not self._dialect.shares_snapshots
        if written.rows != written.read or not is_counted:
            raise CountRefusedError(
                f"{self._table.id}: the database counted {total} keys; {written.read} were read and {written.rows} "
                "written: run it again"
            )
        return written.rows

    def _lineage(self, counts: Sequence[int]) -> list[Column]:
        stop = text_of(self._bounds.stop)
        before = [sum(counts[:number]) for number in range(len(counts))]
        # The number of the part is in the upper bits.
        within = F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1))
        first = F.element_at(F.array(*[F.lit(number).cast("bigint") for number in before]), F.spark_partition_id() + 1)
        values = {
            "_source_object": F.lit(self._table.id),
            "_source_version": F.lit(window_version(self._bounds.start, stop)),
            "_source_row": first + within + 1,
            "_loaded_at": F.lit(stop[:-1].replace("T", " ")),
        }
        return [values[column.name].cast(spark_type(column.type)).alias(column.name) for column in LINEAGE]

    def _quoted(self, name: str) -> str:
        return self._dialect.identifier(name)
