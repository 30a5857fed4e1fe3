"""Glue and EMR job: one window of one table of a database into the raw zone."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.utils import IMDSRegionProvider
from pyspark.sql import SparkSession

from lake_spark.arguments import parse_arguments
from lake_spark.contracts import find_contract, load_contracts
from lake_spark.entry import run
from lake_spark.errors import ArgumentsError
from lake_spark.ingest.authorities import distribute
from lake_spark.ingest.database import Database
from lake_spark.ingest.definition import Table, load_table
from lake_spark.ingest.dialects import dialect_of
from lake_spark.ingest.run import Request, Surroundings, run_ingest
from lake_spark.ingest.secret import read_secret
from lake_spark.ingest.staging import RawZone
from lake_spark.ingest.store import WindowStore

REQUIRED = ("source", "table", "token", "kind", "window", "ingestion_table", "raw_bucket")
OPTIONAL = {"cluster": "", "execution": ""}


def main(argv: Sequence[str]) -> None:
    """Reads the window that the token was given for."""
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("lake.ingest").setLevel(logging.INFO)
    given = parse_arguments(argv, REQUIRED, OPTIONAL)
    if not given["token"].isdecimal():
        raise ArgumentsError(f"--token {given['token']} is no whole number: pass the one that the claim has given")
    session = _aws_session()
    dynamodb = session.client("dynamodb")
    spark = _spark(f"ingest {given['source']}/{given['table']}")

    def open_database(table: Table) -> Database:
        credentials = read_secret(table.connection.secret, session.client)
        ca = distribute(spark, table.connection.engine)
        return Database(spark, dialect_of(table.connection.engine), table.connection, credentials, ca)

    around = Surroundings(
        spark=spark,
        store=WindowStore(
            dynamodb, given["ingestion_table"], given["source"], given["table"], int(given["token"]), given["window"]
        ),
        zone=RawZone(spark, session.client("s3"), given["raw_bucket"]),
        definition=lambda: load_table(dynamodb, given["ingestion_table"], given["source"], given["table"]),
        contract=lambda table: find_contract(load_contracts(), table.dataset),
        database=open_database,
    )
    try:
        run_ingest(Request(given["source"], given["table"], int(given["token"]), given["cluster"] or None), around)
    finally:
        spark.stop()


def _aws_session() -> Any:
    """By the environment; nodes of EMR have no region in theirs, but know where they are."""
    session = boto3.session.Session()
    if session.region_name:
        return session
    return boto3.session.Session(region_name=IMDSRegionProvider(session._session, os.environ).provide())


def _spark(name: str) -> SparkSession:
    # Times that have a zone are UTC.
    return SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC").getOrCreate()


if __name__ == "__main__":
    run(main)
