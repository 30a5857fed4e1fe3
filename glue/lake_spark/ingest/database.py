"""Connections of the driver program to the database, through the same driver that Spark reads with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from ..errors import ArgumentsError, SecretRefusedError, SourceUnreachableError
from .definition import Connection
from .dialects import Dialect
from .dialects.dialect import FoundColumn
from .secret import Credentials

#: SQL states of a server that does not let the user in.
_REFUSED = ("28",)
#: Of connections that cannot be made or break, of servers that start, end or are full, and of unknown databases.
_UNREACHABLE = ("08", "57P", "53300", "3D")
#: Of tables and schemas that do not exist, and of those that the user may not read.
MISSING = ("42P01", "3F000", "42S02", "42000")
FORBIDDEN = ("42501",)


class Session:
    """A connection with one transaction."""

    def __init__(self, database: Database, connection: Any) -> None:
        self._database = database
        self._connection = connection

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever there was to say has been said by the statement that failed.
        with suppress(Py4JJavaError):
            self._connection.close()

    def begin(self) -> str | None:
        """Begins a transaction whose state others can join, and gives its name; None where databases cannot do that."""
        dialect = self._database.dialect
        export = dialect.export_snapshot()
        if export is None:
            # Nobody could join it, and what is counted later shall be what there is later.
            return None
        self._connection.setAutoCommit(False)
        # java.sql.Connection.TRANSACTION_REPEATABLE_READ
        self._connection.setTransactionIsolation(4)
        for statement in dialect.session():
            self.execute(statement)
        return self.text(export)

    def execute(self, sql: str) -> None:
        """Runs a statement without rows."""
        statement = self._connection.createStatement()
        try:
            statement.execute(sql)
        except Py4JJavaError as error:
            raise self._database.explained(error) from error
        finally:
            statement.close()

    def rows(self, sql: str) -> list[list[str | None]]:
        """A few rows, as texts."""
        statement = self._connection.prepareStatement(sql)
        try:
            found = statement.executeQuery()
            width = found.getMetaData().getColumnCount()
            rows = []
            while found.next():
                rows.append([found.getString(number + 1) for number in range(width)])
            return rows
        except Py4JJavaError as error:
            raise self._database.explained(error) from error
        finally:
            statement.close()

    def text(self, sql: str) -> str:
        """The only value of the only row."""
        [[value]] = self.rows(sql)
        if value is None:
            raise ValueError(f"no value: {sql}")
        return value

    def columns(self, relation: str) -> list[FoundColumn]:
        """The columns of a table or view."""
        statement = self._connection.prepareStatement(f"SELECT * FROM {relation} WHERE 1 = 0")
        try:
            described = statement.executeQuery().getMetaData()
            return [
                FoundColumn(
                    name=described.getColumnName(number),
                    type=_type_name(described, number),
                    precision=described.getPrecision(number),
                    scale=described.getScale(number),
                    # java.sql.ResultSetMetaData.columnNoNulls
                    is_nullable=described.isNullable(number) != 0,
                )
                for number in range(1, described.getColumnCount() + 1)
            ]
        except Py4JJavaError as error:
            raise self._database.explained(error) from error
        finally:
            statement.close()


#: java.sql.Types.VARCHAR: what drivers say of types that people have made by listing their values.
_VARCHAR = 12
_KNOWN_TEXTS = (
    "varchar",
    "text",
    "name",
    "bpchar",
    "char",
    "tinytext",
    "mediumtext",
    "longtext",
    "set",
    "json",
    "citext",
)


def _type_name(described: Any, number: int) -> str:
    name = str(described.getColumnTypeName(number)).lower()
    if described.getColumnType(number) == _VARCHAR and name not in _KNOWN_TEXTS:
        return "enum"
    return name


class Database:
    """A database, as whoever has the credentials."""

    def __init__(
        self, spark: SparkSession, dialect: Dialect, connection: Connection, credentials: Credentials, ca: str
    ) -> None:
        self.dialect = dialect
        self._place = f"{connection.host}:{connection.port}/{connection.database}"
        self._user = credentials.username
        self._jvm = spark.sparkContext._jvm
        self.driver = self._find_driver(dialect.drivers)
        self.url = dialect.url(connection)
        #: Has the password: to be given to drivers only, which Spark does with these.
        self.properties = {
            **dialect.properties(self.driver, ca),
            "driver": self.driver,
            "user": credentials.username,
            "password": credentials.password,
        }

    def open(self) -> Session:
        """A new connection. Raises SourceUnreachableError or SecretRefusedError."""
        properties = self._jvm.java.util.Properties()
        for key, value in self.properties.items():
            properties.setProperty(key, value)
        try:
            registry = self._jvm.org.apache.spark.sql.execution.datasources.jdbc.DriverRegistry
            return Session(self, registry.get(self.driver).connect(self.url, properties))
        except Py4JJavaError as error:
            raise self.explained(error) from error

    def explained(self, error: Py4JJavaError) -> Exception:
        """The error in the lake's words where it is about reaching the database; else the same again."""
        state, message = sql_state(error)
        if state.startswith(_REFUSED):
            return SecretRefusedError(
                f"{self._place} does not let in {self._user}: {message}: check user and password in the secret"
            )
        if state.startswith(_UNREACHABLE):
            return SourceUnreachableError(
                f"{self._place} cannot be reached: {message}: check host, port, database, network and certificate"
            )
        return error

    def _find_driver(self, names: Sequence[str]) -> str:
        for name in names:
            try:
                self._jvm.org.apache.spark.sql.execution.datasources.jdbc.DriverRegistry.register(name)
            except Py4JJavaError:
                continue
            return name
        raise ArgumentsError(f"no driver is there: give the job a jar that has {' or '.join(names)}")


def sql_state(error: Py4JJavaError) -> tuple[str, str]:
    """SQL state and message of the database's error within an error of the JVM; empty when there is none."""
    cause = error.java_exception
    while cause is not None:
        # Only SQL exceptions have it. Of a failed task, the driver program gets the text alone.
        if hasattr(cause, "getSQLState") and _is_sql(cause):
            return cause.getSQLState() or "08", " ".join(str(cause.getMessage()).split())
        cause = cause.getCause()
    return "", ""


def _is_sql(cause: Any) -> bool:
    kind = cause.getClass()
    while kind is not None:
        if kind.getName() == "java.sql.SQLException":
            return True
        kind = kind.getSuperclass()
    return False
