"""Tables of a real database, and what the claim and the deployment would have written of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from local_aws.conftest import RunningServer
from pyspark.sql import DataFrame, SparkSession

from lake_spark.contracts import Column, Contract
from lake_spark.ingest.database import Database
from lake_spark.ingest.definition import Table, load_table, table_of
from lake_spark.ingest.dialects import dialect_of
from lake_spark.ingest.run import Request, Surroundings, run_ingest
from lake_spark.ingest.secret import Credentials, read_secret
from lake_spark.ingest.staging import RawZone
from lake_spark.ingest.store import WindowStore
from local.postgres import PostgresServer

from ..support import contract

ACCOUNT = "123456789012"
BUCKET = "ingest-raw"
INGESTION = "lake-ingestion"
SOURCE = "sales/shop"
STARTED = "2026-01-01T00:00:00.000000Z"
READER = Credentials("reader", "p'w\"\\%s")

_numbers = itertools.count()
_to, _from = TypeSerializer(), TypeDeserializer()


def quoted(name: str) -> str:
    """An identifier of PostgreSQL, independently of the code under test."""
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Site:
    """A database, an account of AWS, and Spark between them."""

    spark: SparkSession
    postgres: PostgresServer
    aws: RunningServer
    folder: Path
    database: str = "shop"

    def __post_init__(self) -> None:
        self.s3, self.dynamodb, self.secrets = (
            self.aws.client(name, ACCOUNT) for name in ("s3", "dynamodb", "secretsmanager")
        )
        self.make_account()
        secret = {"username": READER.username, "password": READER.password}
        self.secrets.create_secret(Name="shop-reader", SecretString=json.dumps(secret))
        self.postgres.execute(f"CREATE DATABASE {self.database}")
        escaped = READER.password.replace("'", "''")
        self.postgres.execute(f"CREATE ROLE {READER.username} LOGIN PASSWORD '{escaped}'")
        self.sql(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER.username}")

    def make_account(self) -> None:
        """The bucket and the store."""
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        self.dynamodb.create_table(
            TableName=INGESTION,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[list[Any]]:
        """Runs a statement as the database's superuser."""
        return self.postgres.execute(statement, parameters, database=self.database)

    def authorities(self) -> str:
        """The PEM file that vouches for the database."""
        return str(self.postgres.authority)

    def definition(self, **table: Any) -> Table:
        """A table's definition as it would be stored."""
        return table_of(SOURCE, self.source_document(), table_document(**table))

    def source_document(self, **connection: Any) -> dict[str, Any]:
        """The source's definition as it would be stored."""
        given = {
            "engine": "postgresql",
            "host": self.postgres.host,
            "port": self.postgres.port,
            "database": self.database,
            "secret": "secretsmanager:shop-reader",
        }
        return {"id": SOURCE, "connection": {**given, **connection}}

    def open(self, table: Table, credentials: Credentials = READER, ca: str | None = None) -> Database:
        """The database as the job would open it."""
        engine = dialect_of(table.connection.engine)
        return Database(self.spark, engine, table.connection, credentials, ca or self.authorities())


def table_document(**given: Any) -> dict[str, Any]:
    """A table's definition, complete."""
    defaults = {
        "name": "t",
        "schema": "public",
        "dataset": "sales/t",
        "window": {"column": "at", "overlap": "15m", "lag": "2m"},
        "full_load": False,
        "partition": {"hash": ["id"], "count": 2},
        "fetch_size": 1000,
        "priority": 50,
    }
    document = {**defaults, **given}
    return {key: value for key, value in document.items() if value is not None}


@dataclass
class Feed:
    """One table that is ingested, and its part of the store."""

    site: Site
    contract: Contract
    document: dict[str, Any]
    #: What goes wrong instead of what a client does: see the tests.
    faults: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.document["name"]

    @property
    def id(self) -> str:
        return f"{SOURCE}/{self.name}"

    def put(self, pk: str, sk: str, **attributes: Any) -> None:
        """Writes an item."""
        item = {"pk": pk, "sk": sk, **attributes}
        self.site.dynamodb.put_item(
            TableName=INGESTION, Item={name: _to.serialize(value) for name, value in item.items() if value is not None}
        )

    def items(self, pk: str) -> list[dict[str, Any]]:
        """All items of a partition, by their sort keys."""
        found = self.site.dynamodb.query(
            TableName=INGESTION,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )["Items"]
        return [{name: _from.deserialize(value) for name, value in item.items()} for item in found]

    def deploy(self, **connection: Any) -> None:
        """Writes the definitions."""
        source = self.site.source_document(**connection)
        self.put(f"source#{SOURCE}", "source", definition=json.dumps(source))
        self.put(f"source#{SOURCE}", f"table#{self.name}", definition=json.dumps(self.document))

    def claim(self, backfill: tuple[str, str] | None = None) -> tuple[int, str]:
        """Takes the table for a new token, as the function does; gives token and window."""
        state = self.state
        token = int(state.get("token", 0)) + 1
        committed = state.get("committed_stop")
        kind = "backfill" if backfill else "regular" if "window" in self.document else "full"
        sort = f"window#backfill#{backfill[0]}~{backfill[1]}" if backfill else "window#regular"
        lease = {"holder": f"execution-{token}", "lease_until": "2099-01-01T00:00:00.000000Z"}
        lease["compared_stop"] = state.get("compared_stop")
        self.put(f"state#{self.id}", "state", token=token, started_at=STARTED, committed_stop=committed, **lease)
        if not any(item["sk"] == sort for item in self.windows):
            start, stop = backfill or (committed if kind == "regular" else None, None)
            self.put(f"state#{self.id}", sort, kind=kind, start=start, stop=stop, attempts=1)
        self.put(f"history#{self.id}", f"{STARTED}#{token}", status="running", token=token, kind=kind)
        return token, sort

    def store(self, token: int, window: str) -> WindowStore:
        """The store as the job of this token sees it."""
        return WindowStore(self.site.dynamodb, INGESTION, SOURCE, self.name, token, window)

    def run(self, token: int, window: str = "window#regular", **replaced: Any) -> str:
        """Runs the job in this process."""
        around = {
            "spark": self.site.spark,
            "store": self.store(token, window),
            "zone": RawZone(self.site.spark, self.site.s3, BUCKET),
            "definition": lambda: load_table(self.site.dynamodb, INGESTION, SOURCE, self.name),
            "contract": lambda table: self.contract,
            "database": lambda table: self.site.open(table, read_secret(table.connection.secret, self.client)),
            **replaced,
        }
        return run_ingest(Request(SOURCE, self.name, token), Surroundings(**around))

    def ingest(self, **replaced: Any) -> str:
        """Claims the next window and reads it."""
        return self.run(*self.claim(), **replaced)

    def ingest_between(self, start: datetime, stop: datetime) -> str:
        """Reads a backfill."""
        texts = [f"{moment.isoformat(timespec='microseconds')}Z" for moment in (start, stop)]
        return self.run(*self.claim((texts[0], texts[1])))

    def client(self, service: str) -> Any:
        """A client of the account."""
        return self.site.aws.client(service, ACCOUNT)

    @property
    def state(self) -> dict[str, Any]:
        """The table's state, or nothing before the first claim."""
        return next((item for item in self.items(f"state#{self.id}") if item["sk"] == "state"), {})

    @property
    def windows(self) -> list[dict[str, Any]]:
        """The windows that are open."""
        return [item for item in self.items(f"state#{self.id}") if item["sk"] != "state"]

    @property
    def history(self) -> list[dict[str, Any]]:
        """What became of each attempt, by their tokens."""
        return sorted(self.items(f"history#{self.id}"), key=lambda item: item["token"])

    def keys(self, prefix: str) -> list[str]:
        """Keys of objects in the raw zone."""
        pages = self.site.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    @property
    def files(self) -> list[str]:
        """Addresses of the table's files where refine takes them from."""
        prefix = f"{self.contract.domain}/{self.contract.dataset}/"
        return [f"s3://{BUCKET}/{key}" for key in self.keys(prefix)]

    @property
    def staged(self) -> list[str]:
        """Keys of what attempts have left."""
        return [key for key in self.keys(f"_staging/{SOURCE}/") if f"/{self.name}/" in key]

    def frame(self) -> DataFrame:
        """All rows in the raw zone."""
        return self.site.spark.read.parquet(*(file for file in self.files if "/_keys/" not in file))

    def ids(self) -> list[Any]:
        """The values of the key's first column in the raw zone, in order."""
        escaped = self.contract.key[0].replace("`", "``")
        return sorted(row[0] for row in self.frame().select(f"`{escaped}`").collect())


def feed(site: Site, ddl: str | None, columns: Sequence[Column], **table: Any) -> Feed:
    """A table of its own, made by `ddl` with its quoted name for `{}`, with definitions in the store."""
    of = contract(*columns, key=table.pop("key", ("id",)))
    name = table.pop("name", f"t{next(_numbers)}")
    schema = table.get("schema", "public")
    if ddl is not None:
        site.sql(ddl.replace("{}", f"{quoted(schema)}.{quoted(name)}", 1))
    made = Feed(site, of, table_document(name=name, dataset=of.id, **table))
    made.deploy()
    return made


def is_one_line(error: BaseException) -> bool:
    """Whether a message can be read in a list of runs."""
    return "\n" not in str(error) and re.match(r"\S", str(error)) is not None


def rows_of(frame: DataFrame, *names: str) -> list[dict[str, Any]]:
    """Rows without lineage, in order."""
    return [row.asDict() for row in frame.select(*names).orderBy(*names).collect()]


def mapping(rows: Sequence[Mapping[str, Any]], key: str) -> dict[Any, Mapping[str, Any]]:
    """Rows by a column."""
    return {row[key]: row for row in rows}
