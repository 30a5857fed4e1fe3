"""Glue job: files of one dataset into a table of the account's own database."""

from __future__ import annotations

from collections.abc import Sequence

import boto3

from lake_spark.arguments import parse_arguments
from lake_spark.contracts import find_contract, load_contracts
from lake_spark.entry import run
from lake_spark.ingest.definition import Connection
from lake_spark.load.run import Request, Target, run_load
from lake_spark.session import start_session

REQUIRED = ("dataset", "input", "host", "port", "database", "master_secret", "reader_secret")
DEFAULTS = {
    "format": "parquet",
    "schema": "public",
    # By default the dataset's name.
    "table": "",
    # By default what the contract says of the latest record.
    "window_column": "",
    "rotate_reader": "false",
    "ca": "rds-ca.pem",
}


def main(argv: Sequence[str]) -> None:
    """Reads the files, fills the table, sees to the reader's password."""
    given = parse_arguments(argv, REQUIRED, DEFAULTS)
    contract = find_contract(load_contracts(), given["dataset"])
    request = Request(
        contract=contract,
        place=given["input"],
        file_format=given["format"],
        schema=given["schema"],
        table=given["table"] or contract.dataset,
        window=given["window_column"] or contract.latest_by,
        rotate=given["rotate_reader"] == "true",
    )
    target = Target(
        connection=Connection(
            engine="postgresql",
            host=given["host"],
            port=int(given["port"]),
            database=given["database"],
            secret=f"secretsmanager:{given['master_secret']}",
        ),
        reader_secret=given["reader_secret"],
        ca=given["ca"],
        secrets=boto3.client("secretsmanager"),
    )
    spark = start_session(f"load {contract.id}")
    try:
        done = run_load(spark, request, target)
        password = "a new password" if done.new_password else "the same password"
        print(f"{contract.id}: {done.rows} rows, {done.changed} of them new or changed; {password} for who reads")
    finally:
        spark.stop()


if __name__ == "__main__":
    run(main)
