"""A load: files of one dataset into its table, and a password for who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from ..contracts import Contract
from ..errors import ArgumentsError, CountRefusedError
from ..ingest.database import Database
from ..ingest.definition import Connection
from ..ingest.dialects.postgresql import PostgreSql
from ..ingest.secret import Credentials, read_secret
from .files import as_contract, read_files
from .reader import ReaderSecret, give_password, let_read
from .table import Table


class WritingPostgreSql(PostgreSql):
    """PostgreSQL, with connections that change something."""

    def properties(self, driver: str, ca: str) -> dict[str, str]:
        reading = super().properties(driver, ca)
        kept = {name: value for name, value in reading.items() if not name.startswith("readOnly")}
        return {**kept, "ApplicationName": "lake load", "reWriteBatchedInserts": "true"}


@dataclass(frozen=True)
class Request:
    """What is loaded where."""

    contract: Contract
    #: Address of the files.
    place: str
    #: `csv` or `parquet`.
    file_format: str
    schema: str
    table: str
    #: The column by which the table is read in windows; None makes no index.
    window: str | None
    rotate: bool


@dataclass(frozen=True)
class Target:
    """The database, and who may enter it."""

    connection: Connection
    #: Name or ARN of the reader's secret.
    reader_secret: str
    #: PEM file with the authorities.
    ca: str
    #: boto3's client of Secrets Manager.
    secrets: Any

    def open_as(self, spark: SparkSession, credentials: Credentials) -> Database:
        """The database, as this user."""
        return Database(spark, WritingPostgreSql(), self.connection, credentials, self.ca)


@dataclass(frozen=True)
class Outcome:
    """What a load did."""

    rows: int
    changed: int
    new_password: bool


def run_load(spark: SparkSession, request: Request, target: Target) -> Outcome:
    """Loads the files; a repeat changes nothing. Raises RefusedErrors before the table is touched."""
    contract = request.contract
    if request.window is not None and request.window not in {column.name for column in contract.columns}:
        raise ArgumentsError(f"--window_column {request.window} is no column of {contract.id}")
    rows = as_contract(read_files(spark, request.place, request.file_format), contract).cache()
    count = rows.count()
    master = target.open_as(spark, read_secret(target.connection.secret, lambda _: target.secrets))
    table = Table(contract, master.dialect, request.schema, request.table, request.window)
    with master.open() as session:
        table.create(session)
        staged = table.stage(session, rows, master)
        if staged != count:
            raise CountRefusedError(
                f"{count} rows were read and {staged} arrived in {table.staging}: start the job again"
            )
        session.execute("BEGIN")
        changed = table.merge(session)
        session.execute("COMMIT")
        let_read(session, master, request.schema, target.connection.database)
        new_password = give_password(
            session,
            master,
            ReaderSecret(target.reader_secret, target.secrets),
            lambda credentials: target.open_as(spark, credentials),
            request.rotate,
        )
    rows.unpersist()
    return Outcome(count, changed, new_password)
