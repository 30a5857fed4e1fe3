"""The contract's columns against the table's: what is selected, or everything that keeps it from being selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from ..column_types import spark_type
from ..contracts import Column, Contract
from ..errors import SchemaRefusedError, WindowRefusedError
from .database import FORBIDDEN, MISSING, Session, sql_state
from .definition import Table
from .dialects import Dialect
from .dialects.dialect import FoundColumn, Transport


@dataclass(frozen=True)
class Selected:
    """A column of the contract and how its values travel."""

    column: Column
    transport: Transport

    def received(self, name: str) -> SparkColumn:
        """The contract's value from what came under this name."""
        value = F.col(name)
        if self.transport.form == "date":
            value = F.expr(f"date_from_unix_date(`{name}`)")
        elif self.transport.form == "timestamp":
            # The session's zone is UTC.
            value = F.timestamp_micros(value)
        return value.cast(spark_type(self.column.type)).alias(self.column.name)


@dataclass(frozen=True)
class Selection:
    """What is read of a table."""

    columns: tuple[Selected, ...]
    #: None when rows do not belong to windows.
    window: FoundColumn | None
    key: tuple[FoundColumn, ...]
    #: The configured columns to split by, if there are any.
    split: tuple[FoundColumn, ...]


def find_columns(session: Session, dialect: Dialect, table: Table) -> list[FoundColumn]:
    """The table's columns. Raises SchemaRefusedError when it is not there or may not be read."""
    try:
        return session.columns(dialect.table(table.schema, table.name))
    except Py4JJavaError as error:
        state, message = sql_state(error)
        name = f"{table.id}: table {table.name!r} of schema {table.schema!r}"
        if state in MISSING:
            fix = "correct table and schema in the source's file, or create it"
            raise SchemaRefusedError(f"{name} is not there ({message}): {fix}") from None
        if state in FORBIDDEN:
            raise SchemaRefusedError(f"{name} may not be read ({message}): grant SELECT to the reader") from None
        raise


def select_columns(dialect: Dialect, table: Table, contract: Contract, found: Sequence[FoundColumn]) -> Selection:
    """What to read. Raises SchemaRefusedError with everything that does not fit, or WindowRefusedError."""
    named = {column.name: column for column in found}
    problems: list[str] = []

    def lookup(name: str, purpose: str) -> FoundColumn | None:
        if name not in named:
            similar = [column.name for column in found if column.name.lower() == name.lower()]
            hint = f" (there is {similar[0]!r}, which is another to the database)" if similar else ""
            problems.append(f"column {name!r} ({purpose}) is missing{hint}: add it to the table, or take it out there")
        return named.get(name)

    window = None if table.window is None else lookup(table.window.column, "the source's window.column")
    columns = []
    for column in contract.columns:
        source = lookup(column.name, f"{column.type} of the contract {contract.id}")
        if source is None:
            continue
        transport = dialect.transport(
            source, column.type, table.window.timezone if table.window and source == window else None
        )
        if transport is None:
            problems.append(
                f"column {column.name!r} is {source.full_type}, which {column.type} of the contract {contract.id} "
                "cannot hold: change the contract's type, or read a view that casts it"
            )
        else:
            columns.append(Selected(column, transport))
    by = table.partitioning
    names = by.hash or (() if by.column is None else (by.column,))
    split = [lookup(name, "the source's partition") for name in names]
    window_problem = _window_problem(dialect, table, window)
    if problems:
        raise SchemaRefusedError(f"{table.id}: {'; '.join([*problems, *window_problem])}")
    if window_problem:
        raise WindowRefusedError(f"{table.id}: {window_problem[0]}")
    return Selection(
        columns=tuple(columns),
        window=window,
        key=tuple(named[name] for name in contract.key),
        split=tuple(column for column in split if column is not None),
    )


def _window_problem(dialect: Dialect, table: Table, window: FoundColumn | None) -> list[str]:
    if table.window is None or window is None:
        return []
    is_local = dialect.is_local_time(window)
    if is_local is None:
        return [f"window.column {window.name!r} is {window.full_type} and no time with date and hour: name another"]
    if is_local and table.window.timezone is None:
        return [
            f"window.column {window.name!r} is {window.full_type}, which has no time zone: "
            "say in window.timezone which one its clock was in, e.g. UTC or Europe/Berlin"
        ]
    return []
