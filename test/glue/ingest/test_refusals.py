"""What cannot be read is said at once, in one line, with what to do."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from lake_spark.contracts import Column
from lake_spark.errors import (
    ArgumentsError,
    CountRefusedError,
    SchemaRefusedError,
    SecretRefusedError,
    SourceUnreachableError,
    WindowRefusedError,
)
from lake_spark.ingest import reading
from lake_spark.ingest.authorities import distribute
from lake_spark.ingest.dialects.postgresql import PostgreSql
from lake_spark.ingest.secret import Credentials, read_secret
from lake_spark.ingest.staging import RawZone
from local.postgres_certificates import Authority

from .support import READER, Feed, Site, feed, is_one_line

COLUMNS = (Column("id", "int", required=True), Column("name", "string"), Column("at", "timestamp", required=True))
DDL = "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz NOT NULL)"


def refused(table: Feed, kind: type[Exception]) -> str:
    """The message of a run that is refused, which is also in its history."""
    with pytest.raises(kind) as caught:
        table.ingest()
    assert is_one_line(caught.value)
    last = table.history[-1]
    assert (last["status"], last["error_name"], last["error"]) == ("failed", kind.__name__, str(caught.value))
    assert table.files == []
    assert len(table.windows) == 1
    return str(caught.value)


def test_all_columns_that_do_not_fit_are_named_at_once(site: Site):
    columns = (
        Column("id", "int", required=True),
        Column("price", "decimal(10,2)"),
        Column("wide", "decimal(10,2)"),
        Column("gone", "string"),
        Column("Amount", "int"),
        Column("at", "timestamp"),
        Column("raw", "string"),
    )
    ddl = """CREATE TABLE {} (id bigint PRIMARY KEY, price money, wide numeric(12,2), amount int,
    at timestamp NOT NULL, raw bytea)"""
    table = feed(site, ddl, columns)
    said = refused(table, SchemaRefusedError)
    of = table.contract.id
    assert said.startswith(f"{table.id}: ")
    assert f"column 'id' is int8, which int of the contract {of} cannot hold" in said
    assert f"column 'price' is money, which decimal(10,2) of the contract {of} cannot hold" in said
    assert "column 'wide' is numeric(12,2), which decimal(10,2)" in said
    assert f"column 'gone' (string of the contract {of}) is missing: add it to the table" in said
    assert "column 'Amount'" in said
    assert "there is 'amount', which is another to the database" in said
    assert "column 'raw' is bytea" in said
    # The window's problem comes with them.
    assert "window.column 'at' is timestamp, which has no time zone" in said


def test_a_missing_table_is_named(site: Site):
    said = refused(feed(site, None, COLUMNS, name="nowhere"), SchemaRefusedError)
    assert "table 'nowhere' of schema 'public' is not there" in said
    assert "correct table and schema in the source's file" in said


def test_a_missing_schema_is_named(site: Site):
    said = refused(feed(site, None, COLUMNS, name="nowhere2", schema="nothing"), SchemaRefusedError)
    assert "schema 'nothing' is not there" in said


def test_a_table_that_may_not_be_read_is_named(site: Site):
    table = feed(site, DDL, COLUMNS)
    site.sql(f"REVOKE ALL ON {table.name} FROM reader")
    assert "may not be read" in refused(table, SchemaRefusedError)


def test_local_times_need_a_zone(site: Site):
    table = feed(site, "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamp NOT NULL)", COLUMNS)
    said = refused(table, WindowRefusedError)
    assert "which has no time zone: say in window.timezone which one its clock was in" in said


def test_unknown_zones_are_refused(site: Site):
    window = {"column": "at", "overlap": "15m", "lag": "2m", "timezone": "Europe/Atlantis"}
    ddl = "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamp NOT NULL)"
    table = feed(site, ddl, COLUMNS, window=window)
    assert "does not know the time zone 'Europe/Atlantis'" in refused(table, WindowRefusedError)


def test_windows_need_times(site: Site):
    columns = (Column("id", "int", required=True), Column("day", "date"))
    window = {"column": "day", "overlap": "15m", "lag": "2m"}
    table = feed(site, "CREATE TABLE {} (id int PRIMARY KEY, day date NOT NULL)", columns, window=window)
    assert "window.column 'day' is date and no time with date and hour" in refused(table, WindowRefusedError)


def test_rows_without_a_time_are_counted(site: Site):
    table = feed(site, "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz)", COLUMNS)
    site.sql(f"INSERT INTO {table.name} VALUES (1, 'a', now()), (2, 'b', NULL), (3, 'c', NULL)")
    said = refused(table, WindowRefusedError)
    assert "2 rows have no value in window.column 'at'" in said
    assert "declare it NOT NULL" in said


def test_values_that_do_not_fit_are_counted(site: Site):
    columns = (
        *COLUMNS,
        Column("price", "decimal(6,2)"),
        Column("fixed", "decimal(6,2)"),
        Column("until", "timestamp"),
        Column("day", "date"),
        Column("fine", "decimal(6,2)"),
    )
    ddl = (
        "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz NOT NULL, price numeric, fixed numeric(6,2), "
        "until timestamptz, day date, fine numeric)"
    )
    table = feed(site, ddl, columns)
    for values in (
        "1.234, 'NaN', 'infinity', '-infinity', 1.50",
        "10000, 1, NULL, NULL, 9999.99",
        "'NaN', 1, now(), now(), NULL",
        "9999.99, NULL, NULL, NULL, NULL",
    ):
        site.sql(f"INSERT INTO {table.name} SELECT count(*), '', now() - interval '1 hour', {values} FROM {table.name}")
    said = refused(table, SchemaRefusedError)
    assert "3 values of column 'price' do not fit into decimal(6,2)" in said
    assert "1 values of column 'fixed'" in said
    assert "1 values of column 'until' do not fit into timestamp" in said
    assert "1 values of column 'day' do not fit into date" in said
    assert "fine" not in said


@pytest.mark.parametrize(("username", "password"), [("reader", "wrong"), ("nobody", "any")])
def test_a_wrong_secret_is_refused(site: Site, username: str, password: str):
    table = feed(site, DDL, COLUMNS)
    with pytest.raises(SecretRefusedError) as caught:
        table.ingest(database=lambda of: site.open(of, Credentials(username, password)))
    assert is_one_line(caught.value)
    assert f"does not let in {username}" in str(caught.value)
    assert "check user and password in the secret" in str(caught.value)


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("connection", ["closed", "unknown host", "other database"])
def test_an_unreachable_database_is_said(site: Site, connection: str):
    table = feed(site, DDL, COLUMNS)
    table.deploy(**{
        "closed": {"port": closed_port()},
        "unknown host": {"host": "nowhere.invalid"},
        "other database": {"database": "nothing"},
    }[connection])  # fmt: skip
    said = refused(table, SourceUnreachableError)
    assert "cannot be reached: " in said
    assert "check host, port, database, network and certificate" in said
    assert READER.password not in said


def test_a_certificate_of_another_authority_is_refused(site: Site, tmp_path: Path):
    other = tmp_path / "other.pem"
    other.write_text(Authority("Another").pem)
    table = feed(site, DDL, COLUMNS)
    with pytest.raises(SourceUnreachableError, match=r"certificate|SSL|PKIX"):
        table.ingest(database=lambda of: site.open(of, ca=str(other)))


def test_a_certificate_of_another_name_is_refused(site: Site):
    # Another way to write 127.0.0.1, which the certificate has.
    table = feed(site, DDL, COLUMNS)
    table.deploy(host="127.1")
    assert "hostname" in refused(table, SourceUnreachableError)


def test_a_server_without_tls_is_refused(site: Site):
    """One that answers the request for TLS with no."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(8)
            connection.sendall(b"N")

    threading.Thread(target=answer, daemon=True).start()
    table = feed(site, DDL, COLUMNS)
    table.deploy(port=listener.getsockname()[1])
    assert "SSL" in refused(table, SourceUnreachableError)


def test_rows_that_get_lost_on_the_way_are_noticed(site: Site, monkeypatch: pytest.MonkeyPatch):
    table = feed(site, DDL, COLUMNS)
    site.sql(f"INSERT INTO {table.name} SELECT i, '', now() - interval '1 hour' FROM generate_series(1, 10) i")
    original = RawZone.write
    with monkeypatch.context() as patched:
        patched.setattr(RawZone, "write", lambda self, frame, prefix: original(self, frame.limit(9), prefix))
        said = refused(table, CountRefusedError)
    assert "counted 10 rows" in said
    assert "9 written" in said
    assert table.ingest() == "succeeded"


class _WithoutSnapshots(PostgreSql):
    """PostgreSQL as if it was MySQL."""

    shares_snapshots = False

    def export_snapshot(self) -> None:
        return None


def test_without_snapshots_a_window_that_changes_is_read_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    table = feed(site, DDL, COLUMNS)
    site.sql(f"INSERT INTO {table.name} SELECT i, '', now() - interval '1 hour' FROM generate_series(1, 200) i")
    reads = []
    original = RawZone.write

    def write(self: RawZone, frame, prefix):
        reads.append(prefix)
        # Each time a row leaves the window, after it has been counted.
        if len(reads) <= changes:
            site.sql(f"UPDATE {table.name} SET at = now() WHERE id = %s", [len(reads)])
        return original(self, frame, prefix)

    def open_database(of):
        database = site.open(of)
        database.dialect = _WithoutSnapshots()
        return database

    monkeypatch.setattr(RawZone, "write", write)
    changes = 99
    with pytest.raises(CountRefusedError, match="the database counted 198 rows, and 197 after"):
        table.ingest(database=open_database)
    assert len(reads) == 3
    reads.clear()
    changes = 1
    site.sql(f"UPDATE {table.name} SET at = now() - interval '1 hour'")
    assert table.ingest(database=open_database) == "succeeded"
    assert len(reads) == 2
    assert table.ids() == list(range(2, 201))
    assert reading._TRIES_WITHOUT_SNAPSHOT == 3


def test_changes_during_the_read_are_not_seen(site: Site, monkeypatch: pytest.MonkeyPatch):
    """All partitions see the state that was counted, whatever others commit meanwhile."""
    table = feed(site, DDL, COLUMNS, partition={"hash": ["id"], "count": 4})
    site.sql(f"INSERT INTO {table.name} SELECT i, 'old', now() - interval '1 hour' FROM generate_series(1, 400) i")
    original = RawZone.write

    def write(self: RawZone, frame, prefix):
        site.sql(f"DELETE FROM {table.name} WHERE id <= 100")
        site.sql(f"UPDATE {table.name} SET name = 'new'")
        site.sql(
            f"INSERT INTO {table.name} SELECT i, 'new', now() - interval '1 hour' FROM generate_series(401, 500) i"
        )
        return original(self, frame, prefix)

    monkeypatch.setattr(RawZone, "write", write)
    assert table.ingest() == "succeeded"
    assert table.ids() == list(range(1, 401))
    assert {row["name"] for row in table.frame().select("name").collect()} == {"old"}


def test_sessions_only_read(site: Site):
    table = feed(site, DDL, COLUMNS)
    site.sql(f"GRANT ALL ON {table.name} TO reader")
    database = site.open(site.definition(name=table.name))
    for begins in (True, False):
        with database.open() as session, pytest.raises(Exception, match="read-only transaction"):
            if begins:
                session.begin()
            session.execute(f"DELETE FROM {table.name}")


def test_windows_that_the_definition_no_longer_has_are_refused(site: Site):
    table = feed(site, DDL, COLUMNS)
    token, window = table.claim()
    table.document.pop("window")
    table.deploy()
    with pytest.raises(ArgumentsError, match=r"has a regular window, but its definition has no window\.column"):
        table.run(token, window)


@pytest.mark.parametrize(
    ("reference", "value", "said"),
    [
        ("vault:x", None, "use secretsmanager:<name> or ssm:<name>"),
        ("secretsmanager:none", None, "ResourceNotFoundException"),
        ("ssm:/none", None, "ParameterNotFound"),
        ("secretsmanager:bad-1", "hunter2", "has another form"),
        ("secretsmanager:bad-2", '{"username": "u", "passwort": "hunter2"}', "has another form"),
        ("secretsmanager:bad-4", '{"username": "hunter2", "password": ""}', "has another form"),
        ("secretsmanager:bad-3", '{"username": "u", "password": 5}', "has another form"),
    ],
)
def test_secrets_that_are_none_are_refused_and_not_shown(site: Site, reference: str, value: str | None, said: str):
    if value is not None:
        site.secrets.create_secret(Name=reference.split(":")[1], SecretString=value)
    with pytest.raises(SecretRefusedError, match=said) as caught:
        read_secret(reference, lambda service: site.aws.client(service, "123456789012"))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert is_one_line(caught.value)


def test_the_authorities_are_there_for_every_driver(site: Site, tmp_path: Path):
    with pytest.raises(ArgumentsError, match="is not in the working directory: give it to the job as a file"):
        distribute(site.spark, "postgresql", str(tmp_path / "none.pem"))
    # Later tasks of the session look at the file again, when the folder of this test is gone.
    file = tmp_path.parent / "two.pem"
    file.write_text(Authority("One").pem + Authority("Two").pem)
    assert distribute(site.spark, "mysql", str(file)) == str(file)
    jvm = site.spark.sparkContext._jvm
    password = jvm.java.io.CharArrayWriter()
    password.write("changeit")
    store = jvm.java.security.KeyStore.getInstance(jvm.java.io.File(f"{file}.p12"), password.toCharArray())
    assert store.size() == 2


def test_secrets_are_read_from_both_services(site: Site):
    def client(service: str):
        return site.aws.client(service, "123456789012")

    client("ssm").put_parameter(Name="/shop/reader", Type="SecureString", Value='{"username": "u", "password": "p"}')
    assert read_secret("ssm:/shop/reader", client) == Credentials("u", "p")
    assert read_secret("secretsmanager:shop-reader", client) == READER
    assert "p'w" not in repr(READER)
