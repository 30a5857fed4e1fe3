"""A small lake for tests of Athena and crawlers: buckets, databases, tables and statements."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from .conftest import RunningServer, wait_until
from .helpers import bucket

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def parquet(query: str) -> bytes:
    """The rows of a query as a Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        duckdb.connect().execute(
            f"COPY ({query}) TO '{folder}/rows.parquet' (FORMAT parquet, COMPRESSION uncompressed)"
        )
        return Path(f"{folder}/rows.parquet").read_bytes()


class Lake:
    """An account with a bucket of data, a bucket of results, a database and a workgroup."""

    def __init__(self, aws: RunningServer, account: str, **settings: Any) -> None:
        self.aws, self.account = aws, account
        self.s3, self.glue, self.athena = (aws.client(name, account) for name in ("s3", "glue", "athena"))
        self.data, self.results = bucket(aws, account, "data"), bucket(aws, account, "results")
        self.glue.create_database(DatabaseInput={"Name": "shop"})
        configuration = {"ResultConfiguration": {"OutputLocation": f"s3://{self.results}/athena"}, **settings}
        self.athena.create_work_group(Name="analysts", Configuration=configuration)

    def put(self, key: str, body: bytes | str) -> str:
        """Writes an object of data."""
        self.s3.put_object(Bucket=self.data, Key=key, Body=body)
        return f"s3://{self.data}/{key}"

    def table(self, name: str, columns: dict[str, str], keys: dict[str, str] | None = None, **more: Any) -> None:
        """A table over Parquet files below its name, unless told otherwise."""
        storage = {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
            "Location": f"s3://{self.data}/{name}/",
            **PARQUET,
            **more.pop("storage", {}),
        }
        document = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", **more.pop("parameters", {})},
            "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
            "StorageDescriptor": storage,
            **more,
        }
        self.glue.create_table(DatabaseName="shop", TableInput=document)

    def start(self, statement: str, **request: Any) -> str:
        """Starts a statement in the database."""
        answer = self.athena.start_query_execution(
            **{
                "QueryString": statement,
                "QueryExecutionContext": {"Database": "shop"},
                "WorkGroup": "analysts",
                **request,
            }
        )
        return answer["QueryExecutionId"]

    def finished(self, execution: str) -> dict[str, Any]:
        """An execution at its end."""

        def ended() -> Any:
            found = self.athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
            return found if found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

        return wait_until(ended)

    def run(self, statement: str, **request: Any) -> dict[str, Any]:
        """Runs a statement that must succeed."""
        execution = self.finished(self.start(statement, **request))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"].get("StateChangeReason")
        return execution

    def rows(self, statement: str, **request: Any) -> list[list[str | None]]:
        """The rows of a query without the header."""
        execution = self.run(statement, **request)
        lines = self.lines(execution["QueryExecutionId"])
        return lines[1:] if execution["StatementType"] == "DML" else lines

    def lines(self, execution: str, **request: Any) -> list[list[str | None]]:
        """The lines of a result, the header with them."""
        found = self.athena.get_query_results(QueryExecutionId=execution, **request)["ResultSet"]["Rows"]
        return [[value.get("VarCharValue") for value in row["Data"]] for row in found]

    def value(self, expression: str) -> str | None:
        """What an expression is."""
        return self.rows(f"SELECT {expression}")[0][0]

    def failure(self, statement: str, **request: Any) -> str:
        """Why a statement fails."""
        execution = self.finished(self.start(statement, **request))
        assert execution["Status"]["State"] == "FAILED"
        reason = execution["Status"]["StateChangeReason"]
        assert execution["Status"]["AthenaError"]["ErrorMessage"] == reason
        return reason
