"""Loads into a real database, by a master user who is no superuser."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pg8000.dbapi
import pytest
from botocore.exceptions import ClientError

from lake_spark.contracts import Column
from lake_spark.errors import ArgumentsError, SchemaRefusedError, SecretRefusedError, SourceUnreachableError
from lake_spark.ingest.definition import Connection
from lake_spark.load.reader import READER, verifier
from lake_spark.load.run import Outcome, Request, Target, run_load
from local.postgres import PostgresServer
from local.postgres_certificates import Authority

from ..support import contract

COLUMNS = (
    Column("id", "bigint", required=True),
    Column("order", "string"),
    Column("price", "decimal(10,2)"),
    Column("day", "date"),
    Column("at", "timestamp", required=True),
    Column("done", "boolean"),
)
HEADER = "id,order,price,day,at,done"
FIRST = f"""{HEADER}
1,one,1.50,2026-01-31,2026-01-31 10:00:00.123456,true
2,"two, or more",,,2026-01-31 11:00:00,false
"""
MASTER = "lake_master"
PASSWORD = "master's"


@dataclass
class Secrets:
    """Secrets Manager, as far as the job calls it."""

    values: dict[str, str] = field(default_factory=dict)

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        if SecretId not in self.values:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no value"}}, "GetSecretValue")
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with PostgresServer(tmp_path_factory.mktemp("load-postgres"), settings={"log_statement": "all"}) as server:
        server.execute(f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD 'master''s'")
        server.execute(f"CREATE DATABASE lake OWNER {MASTER}")
        yield server


@pytest.fixture
def loads(spark, postgres, tmp_path):
    return Loads(spark, postgres, tmp_path)


@dataclass
class Loads:
    spark: object
    postgres: PostgresServer
    folder: Path

    def __post_init__(self):
        self.contract = contract(*COLUMNS, latest_by="at")
        self.secrets = Secrets({"master": json.dumps({"username": MASTER, "password": PASSWORD})})

    def csv(self, text, **more) -> Outcome:
        (self.folder / "in").mkdir(exist_ok=True)
        (self.folder / "in" / "file.csv").write_text(text)
        return self.run("csv", self.folder / "in", **more)

    def run(self, file_format, place, *, rotate=False, window="at", ca=None, of=None) -> Outcome:
        request = Request(of or self.contract, str(place), file_format, "public", self.contract.dataset, window, rotate)
        where = Connection("postgresql", "127.0.0.1", self.postgres.port, "lake", "secretsmanager:master")
        target = Target(where, "reader", str(ca or self.postgres.authority), self.secrets)
        return run_load(self.spark, request, target)

    def ask(self, statement):
        return self.postgres.execute(statement, database="lake")

    @property
    def rows(self):
        return self.ask(f"select * from {self.contract.dataset} order by id")

    def as_reader(self):
        found = json.loads(self.secrets.values["reader"])
        assert found["username"] == READER
        return closing(self.postgres.connect(READER, found["password"], "lake"))


def test_a_table_is_made_as_the_contract_says_and_has_all_rows(loads):
    assert loads.csv(FIRST) == Outcome(rows=2, changed=2, new_password=True)
    (one, two) = loads.rows
    assert one[:3] == [1, "one", Decimal("1.50")]
    assert (str(one[3]), str(one[4])) == ("2026-01-31", "2026-01-31 10:00:00.123456")
    assert two[1:4] == ["two, or more", None, None]
    name = loads.contract.dataset
    indexes = [row[0] for row in loads.ask(f"select indexdef from pg_indexes where tablename = '{name}'")]
    assert any("UNIQUE" in index and "(id)" in index for index in indexes)
    assert any("(at)" in index for index in indexes)
    empty = f"select column_name from information_schema.columns where table_name = '{name}' and is_nullable = 'NO'"
    assert sorted(row[0] for row in loads.ask(empty)) == ["at", "id"]


def test_a_repeat_changes_nothing_and_a_correction_only_what_is_new(loads):
    loads.csv(FIRST)
    assert loads.csv(FIRST).changed == 0
    assert loads.csv(FIRST.replace("1.50", "1.75") + "3,three,,,2026-02-01 00:00:00,\n").changed == 2
    assert [row[:3] for row in loads.rows][::2] == [[1, "one", Decimal("1.75")], [3, "three", None]]


def test_the_latest_row_of_a_key_counts(loads):
    again = "1,newer,,,2026-02-01 00:00:00,\n1,older,,,2026-01-01 00:00:00,\n"
    assert loads.csv(FIRST + again).rows == 2
    assert loads.rows[0][1] == "newer"


def test_parquet_of_the_raw_zone_is_loaded_without_its_lineage(loads):
    loads.csv(FIRST)
    place = loads.folder / "raw"
    rows = loads.spark.sql(
        "SELECT 9L AS id, 'nine' AS `order`, 1.5BD AS price, DATE'2026-01-01' AS day,"
        " TIMESTAMP_NTZ'2026-01-01 00:00:00' AS at, true AS done, 'file' AS _source_object"
    )
    rows.write.parquet(str(place))
    assert loads.run("parquet", place).changed == 1
    assert loads.rows[-1][:2] == [9, "nine"]


def test_a_column_that_the_contract_has_got_is_added(loads):
    loads.csv(FIRST)
    loads.contract = contract(
        *COLUMNS, Column("late", "int", required=True), latest_by="at", dataset=loads.contract.dataset
    )
    assert loads.csv(f"{HEADER},late\n4,four,,,2026-02-01 00:00:00,,7\n").changed == 1
    assert [row[-1] for row in loads.rows] == [None, None, 7]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,at\n1,2026-01-01 00:00:00\n", r"the files lack order, price, day, done"),
        (FIRST.replace("1.50", "cheap"), r"price has values that are no decimal\(10,2\) \(1 rows\)"),
        (FIRST.replace("2026-01-31 11:00:00", ""), r"at is empty \(1 rows\)"),
    ],
)
def test_files_that_are_not_as_the_contract_says_are_refused_before_anything_is_written(loads, text, said):
    with pytest.raises(SchemaRefusedError, match=said):
        loads.csv(text)
    assert loads.ask(f"select to_regclass('{loads.contract.dataset}')") == [[None]]
    assert "reader" not in loads.secrets.values


def test_a_window_column_has_to_be_one_of_the_contract(loads):
    with pytest.raises(ArgumentsError, match="nowhere is no column"):
        loads.csv(FIRST, window="nowhere")


def test_a_database_that_nobody_vouches_for_is_not_entered(loads):
    other = loads.folder / "other.pem"
    other.write_text(Authority("Another").pem)
    with pytest.raises(SourceUnreachableError):
        loads.csv(FIRST, ca=other)


def test_a_wrong_secret_is_refused(loads):
    loads.secrets.values["master"] = json.dumps({"username": MASTER, "password": "wrong"})
    with pytest.raises(SecretRefusedError, match="does not let in lake_master"):
        loads.csv(FIRST)


def test_the_reader_sees_all_tables_and_changes_none(loads):
    loads.csv(FIRST)
    with loads.as_reader() as connection:
        cursor = connection.cursor()
        cursor.execute(f"select count(*) from {loads.contract.dataset}")
        assert cursor.fetchall() == ([2],)
        connection.rollback()
        cursor.execute("set default_transaction_read_only = off")
        connection.commit()
        with pytest.raises(pg8000.dbapi.DatabaseError, match="permission denied"):
            cursor.execute(f"delete from {loads.contract.dataset}")


def test_the_readers_password_stays_until_it_is_to_change_or_is_void(loads):
    loads.csv(FIRST)
    first = loads.secrets.values["reader"]
    assert loads.csv(FIRST).new_password is False
    assert loads.secrets.values["reader"] == first
    assert loads.csv(FIRST, rotate=True).new_password is True
    second = loads.secrets.values["reader"]
    assert second != first
    # As after a run that ended between secret and database.
    loads.secrets.values["reader"] = first
    assert loads.csv(FIRST).new_password is True
    with loads.as_reader():
        pass


def test_no_password_is_in_the_databases_log(loads):
    loads.csv(FIRST, rotate=True)
    said = loads.postgres.log.read_text()
    assert "ALTER ROLE" in said
    assert json.loads(loads.secrets.values["reader"])["password"] not in said


def test_verifiers_are_salted():
    assert verifier("same") != verifier("same")
    assert verifier("same").startswith("SCRAM-SHA-256$4096:")
