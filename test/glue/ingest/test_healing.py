"""What keeps a window from being read has an outcome of its own, keeps the window, and heals when its cause is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lake_spark.contracts import Column
from lake_spark.errors import SchemaRefusedError, SecretRefusedError, SourceUnreachableError, WindowRefusedError

from .support import READER, Feed, Site, feed

COLUMNS = (Column("id", "int", required=True), Column("name", "string"), Column("at", "timestamp", required=True))
DDL = "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz NOT NULL)"


@dataclass(frozen=True)
class Cause:
    """Something that goes wrong, and what puts it right."""

    error: type[Exception]
    says: str
    comes: Callable[[Feed], object]
    goes: Callable[[Feed], object]


def sql(statement: str) -> Callable[[Feed], object]:
    return lambda table: table.site.sql(statement.replace("{}", table.name))


def secret(password: str) -> Callable[[Feed], object]:
    document = json.dumps({"username": READER.username, "password": password})
    return lambda table: table.site.secrets.put_secret_value(SecretId="shop-reader", SecretString=document)


CAUSES = {
    "a database that cannot be reached": Cause(
        SourceUnreachableError, "cannot be reached", lambda table: table.deploy(port=1), lambda table: table.deploy()
    ),
    "a wrong password": Cause(SecretRefusedError, "does not let in", secret("wrong"), secret(READER.password)),
    "a missing table": Cause(
        SchemaRefusedError,
        "is not there",
        sql("ALTER TABLE {} RENAME TO elsewhere"),
        sql("ALTER TABLE elsewhere RENAME TO {}"),
    ),
    "a missing column": Cause(
        SchemaRefusedError,
        "column 'name' (string of the contract",
        sql("ALTER TABLE {} RENAME name TO other"),
        sql("ALTER TABLE {} RENAME other TO name"),
    ),
    "a type that the contract cannot hold": Cause(
        SchemaRefusedError,
        "column 'id' is text, which int of the contract",
        sql("ALTER TABLE {} ALTER id TYPE text"),
        sql("ALTER TABLE {} ALTER id TYPE int USING id::int"),
    ),
    "rows without a time": Cause(
        WindowRefusedError,
        "1 rows have no value in window.column 'at'",
        sql("ALTER TABLE {} ALTER at DROP NOT NULL; UPDATE {} SET at = NULL WHERE id = 2"),
        sql("UPDATE {} SET at = now() - interval '1 hour' WHERE id = 2; ALTER TABLE {} ALTER at SET NOT NULL"),
    ),
    "local times": Cause(
        WindowRefusedError,
        "has no time zone",
        sql("ALTER TABLE {} ALTER at TYPE timestamp USING at AT TIME ZONE 'UTC'"),
        sql("ALTER TABLE {} ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC'"),
    ),
}


@pytest.mark.parametrize("name", CAUSES)
def test_a_window_outlives_what_keeps_it_from_being_read(site: Site, name: str):
    cause = CAUSES[name]
    table = feed(site, DDL, COLUMNS)
    site.sql(f"INSERT INTO {table.name} SELECT i, 'n', now() - interval '1 hour' FROM generate_series(1, 20) i")
    cause.comes(table)
    try:
        for _ in range(2):
            with pytest.raises(cause.error):
                table.ingest()
            failed, [window] = table.history[-1], table.windows
            assert (failed["status"], failed["error_name"]) == ("failed", cause.error.__name__)
            assert cause.says in failed["error"]
            assert (table.files, "committed_stop" in table.state) == ([], False)
    finally:
        cause.goes(table)
    assert table.ingest() == "succeeded"
    assert table.ids() == list(range(1, 21))
    assert table.windows == []
    assert table.state["committed_stop"] == window.get("stop", table.state["committed_stop"])
    assert [attempt["status"] for attempt in table.history] == ["failed", "failed", "succeeded"]


def test_a_window_with_nothing_in_it_is_no_failure(site: Site):
    table = feed(site, DDL, COLUMNS)
    assert [table.ingest(), table.ingest()] == ["empty", "empty"]
    first, second = table.history
    assert first["window_stop"] < second["window_stop"] == table.state["committed_stop"]
    assert "error" not in second
