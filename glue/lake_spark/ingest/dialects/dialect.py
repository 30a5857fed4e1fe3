"""What a dialect has to say. All texts and names that go into statements go through `identifier` and `literal`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..definition import Connection

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


@dataclass(frozen=True)
class FoundColumn:
    """A column as the driver describes it."""

    name: str
    #: The database's name of the type, in lower case.
    type: str
    precision: int
    scale: int
    #: Whether a row may have no value in it, as far as the database knows.
    is_nullable: bool

    @property
    def full_type(self) -> str:
        """As people write it."""
        return f"{self.type}({self.precision},{self.scale})" if self.type in DECIMALS and self.precision else self.type


@dataclass(frozen=True)
class Transport:
    """How values of a column travel: as something that no driver and no clock of a machine can change on the way."""

    #: An expression of the database.
    expression: str
    #: What Spark makes the contract's value from: `plain`, `date` (days since 1970), `timestamp` (microseconds since).
    form: str = "plain"
    #: A condition that is true for values that the contract's type cannot hold; None when there are none.
    unfit: str | None = None


DECIMALS = ("numeric", "decimal")


def decimal_digits(type_name: str) -> tuple[int, int] | None:
    """Digits in all and behind the point of a contract's decimal; None for another type."""
    match = _DECIMAL.fullmatch(type_name)
    return (int(match[1]), int(match[2])) if match else None


class Dialect(ABC):
    """One kind of database."""

    #: How many digits the largest value of each type of whole numbers has.
    integers: Mapping[str, int]

    #: Classes of drivers, the first that is there is used.
    drivers: Sequence[str]
    #: Types by whose values ranges can be made.
    ordered_types: frozenset[str]
    #: Whether several connections can see one and the same state.
    shares_snapshots: bool

    @abstractmethod
    def url(self, connection: Connection) -> str:
        """The driver's address of the database, without anything secret."""

    @abstractmethod
    def properties(self, driver: str, ca: str) -> dict[str, str]:
        """Settings of a connection: TLS with verified name and authority, reading only. `ca` is a PEM file."""

    @abstractmethod
    def identifier(self, name: str) -> str:
        """A name, quoted."""

    @abstractmethod
    def literal(self, text: str) -> str:
        """A text, quoted."""

    def table(self, schema: str, name: str) -> str:
        """A table's full name, quoted."""
        return f"{self.identifier(schema)}.{self.identifier(name)}"

    #: Gives the clock in microseconds since 1970.
    clock: str

    @abstractmethod
    def session(self) -> Sequence[str]:
        """Statements that begin the transaction of each reading connection, apart from the snapshot."""

    @abstractmethod
    def export_snapshot(self) -> str | None:
        """Gives the name of the state that this transaction sees."""

    @abstractmethod
    def join_snapshot(self, snapshot: str) -> Sequence[str]:
        """Statements by which a transaction, as its first, sees that state."""

    @abstractmethod
    def knows_zone(self, timezone: str) -> str:
        """Gives whether the database knows a time zone."""

    @abstractmethod
    def transport(self, column: FoundColumn, wanted: str, timezone: str | None) -> Transport | None:
        """How values become the contract's type, exactly; None when the type cannot.

        With a time zone, times without one are that zone's; without, they stay as they are.
        """

    def decimal(self, column: FoundColumn, precision: int, scale: int) -> Transport | None:
        """How values become the contract's decimal, with all of their digits; None when some would not fit."""
        if column.type in self.integers:
            fits = self.integers[column.type] <= precision - scale
            return Transport(self.as_decimal(column, precision, scale)) if fits else None
        if column.type not in DECIMALS:
            return None
        # Without digits of its own, each value has to be looked at.
        fits = column.scale <= scale and column.precision - column.scale <= precision - scale
        if column.precision and not fits:
            return None
        return Transport(self.as_decimal(column, precision, scale), unfit=self.unfit_decimal(column, precision, scale))

    @abstractmethod
    def as_decimal(self, column: FoundColumn, precision: int, scale: int) -> str:
        """An expression for a number with these digits."""

    def unfit_decimal(self, column: FoundColumn, precision: int, scale: int) -> str | None:
        """A condition that is true for numbers that have other digits; None when there are none."""
        return None

    @abstractmethod
    def is_local_time(self, column: FoundColumn) -> bool | None:
        """Whether a time has no zone; None when the column has no times."""

    @abstractmethod
    def within(self, column: FoundColumn, timezone: str | None, start: datetime | None, stop: datetime) -> str:
        """The condition for `start <= column < stop`. Clocks that go back lose no row."""

    @abstractmethod
    def hash(self, columns: Sequence[FoundColumn]) -> str:
        """A whole number of 64 bits from the columns' values; never null."""

    @abstractmethod
    def value(self, text: str, type_name: str) -> str:
        """The literal of a value of one of the `ordered_types` from its text."""

    @abstractmethod
    def sample(self, share: float) -> str:
        """A condition that is true for about this share of the rows."""

    @abstractmethod
    def boundaries(self, relation: str, count: int, nulls: float) -> str:
        """A query: one row with the text of the last value of each but the last of `count` parts of equal size.

        `relation` has one column `p`; `nulls` of its rows, a share, have none and belong to the first part.
        """
