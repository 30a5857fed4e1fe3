"""A job that ends anywhere and is run again leaves the zone, the tables and the store as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lake_spark.contracts import Column
from lake_spark.errors import FencedError
from lake_spark.ingest.staging import RawZone
from lake_spark.ingest.store import WindowStore

from ..support import Lake
from .support import Feed, Site, feed, rows_of

COLUMNS = (Column("id", "int", required=True), Column("name", "string"), Column("at", "timestamp", required=True))
DDL = "CREATE TABLE {} (id int PRIMARY KEY, name text, at timestamptz NOT NULL)"
INSERT = """INSERT INTO {} SELECT i, 'n' || i, now() - interval '1 hour' + i * interval '1 second'
FROM generate_series(1, 300) i"""


class InjectedError(Exception):
    """The fault."""


def before(owner: type, method: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault instead of a call."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise InjectedError(method)

        monkeypatch.setattr(owner, method, fail)

    return patch


def after(owner: type, method: str, calls: int = 1) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault when the call has had its effect so many times."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, method)
        made = iter(range(1, 1000))

        def fail(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if next(made) == calls:
                raise InjectedError(method)
            return result

        monkeypatch.setattr(owner, method, fail)

    return patch


def partial_write(monkeypatch: pytest.MonkeyPatch) -> None:
    original = RawZone.write

    def write(self: RawZone, frame: Any, prefix: str) -> None:
        original(self, frame.limit(10), prefix)
        raise InjectedError("partial write")

    monkeypatch.setattr(RawZone, "write", write)


def lost_connections(site: Site) -> Callable[[pytest.MonkeyPatch], None]:
    """The database ends all sessions of the reader while partitions read."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original = RawZone.write

        def write(self: RawZone, frame: Any, prefix: str) -> Any:
            site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
            return original(self, frame, prefix)

        monkeypatch.setattr(RawZone, "write", write)

    return patch


#: Where a job may end, and whether what it has read is used by the next one.
FAULTS = {
    "after the claim": (before(WindowStore, "note"), False),
    "before the stop is fixed": (before(WindowStore, "fix_stop"), False),
    "after the stop is fixed": (after(WindowStore, "fix_stop"), False),
    "after a part of the write": (partial_write, False),
    "after the write": (after(RawZone, "write"), False),
    "before the manifest": (before(RawZone, "write_manifest"), False),
    "before the decision": (before(WindowStore, "decide"), False),
    "after the decision": (after(WindowStore, "decide"), True),
    "before a file is published": (before(RawZone, "publish"), True),
    "after a file is published": (after(RawZone, "publish"), True),
    "after all files are published": (after(RawZone, "publish", 2), True),
    "before the window is closed": (before(WindowStore, "finish"), True),
}


@pytest.fixture
def table(site: Site) -> Feed:
    made = feed(site, DDL, COLUMNS)
    site.sql(INSERT.replace("{}", made.name))
    return made


@pytest.fixture
def refined(lake: Lake) -> Callable[[Feed], list[dict[str, Any]]]:
    """The rows that refine makes of all files."""

    def refine(of: Feed) -> list[dict[str, Any]]:
        lake.refine(of.contract, of.files)
        return lake.rows(of.contract)

    return refine


def database_rows(table: Feed) -> list[dict[str, Any]]:
    found = table.site.sql(f"SELECT id, name, at AT TIME ZONE 'UTC' FROM {table.name} ORDER BY id")
    return [{"id": row[0], "name": row[1], "at": row[2]} for row in found]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_healed_by_the_next_run(table: Feed, refined, monkeypatch: pytest.MonkeyPatch, fault: str):
    patch, is_used = FAULTS[fault]
    with monkeypatch.context() as patched:
        patch(patched)
        with pytest.raises(InjectedError):
            table.ingest()
    [failed] = table.history
    if fault != "after the claim":
        assert (failed["status"], failed["error_name"]) == ("failed", "InjectedError")
    assert "committed_stop" not in table.state
    [window] = table.windows
    published = table.files
    # What changes meanwhile belongs to the next window, unless an earlier attempt has not fixed the stop or not read.
    table.site.sql(f"UPDATE {table.name} SET name = 'changed', at = now() - interval '1 minute' WHERE id = 1")

    assert table.ingest() == "succeeded"

    assert table.ids() == [*([1] if is_used else []), *range(2, 301)]
    assert set(published) <= set(table.files)
    assert table.windows == []
    assert table.staged == []
    state = table.state
    assert "holder" not in state
    assert "lease_until" not in state
    last = table.history[-1]
    assert last["status"] == "succeeded"
    assert last["rows_database"] == last["rows_read"] == last["rows_written"] == len(table.ids())
    assert last["window_stop"] == state["committed_stop"] == window.get("stop", state["committed_stop"])

    # The next window has the rest.
    table.site.sql(f"UPDATE {table.name} SET at = now() - interval '3 minutes' WHERE id = 1")
    assert table.ingest() == "succeeded"
    assert refined(table) == database_rows(table)


def test_lost_connections_are_healed_by_the_next_run(table: Feed, site: Site, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        lost_connections(site)(patched)
        with pytest.raises(Exception):  # noqa: B017
            table.ingest()
    assert table.history[0]["status"] == "failed"
    assert table.files == []
    assert table.ingest() == "succeeded"
    assert table.ids() == list(range(1, 301))


def test_a_fault_after_the_window_is_closed_needs_nothing(table: Feed, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        after(WindowStore, "finish")(patched)
        with pytest.raises(InjectedError):
            table.ingest()
    assert table.history[0]["status"] == "succeeded"
    assert table.ids() == list(range(1, 301))
    # The same token once more, as when a cluster starts the program again.
    assert table.run(1) == "finished"
    assert table.ids() == list(range(1, 301))


def overtaking(table: Feed, owner: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run takes the table and ends, just before the first one makes this call."""
    original = getattr(owner, method)
    calls = iter(range(1000))

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == 0:
            assert table.ingest() == "succeeded"
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, method, overtaken)


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        (WindowStore, "fix_stop"),
        (RawZone, "write"),
        (RawZone, "write_manifest"),
        (WindowStore, "decide"),
        (RawZone, "read_manifest"),
        (RawZone, "publish"),
        (WindowStore, "finish"),
    ],
)
def test_who_was_overtaken_changes_nothing(table: Feed, monkeypatch: pytest.MonkeyPatch, owner: type, method: str):
    token, window = table.claim()
    with monkeypatch.context() as patched:
        overtaking(table, owner, method, patched)
        with pytest.raises(FencedError, match="belongs to token 2 and not to token 1"):
            table.run(token, window)
    assert table.ids() == list(range(1, 301))
    assert table.state["token"] == 2
    assert table.history[1]["status"] == "succeeded"
    assert table.history[0]["status"] == "running"
    assert table.history[1]["window_stop"] == table.state["committed_stop"]


def test_an_old_token_is_refused_at_once(table: Feed):
    token, window = table.claim()
    table.claim()
    with pytest.raises(FencedError):
        table.run(token, window, database=lambda _: pytest.fail("the database was asked"))
    assert table.files == []


def test_a_published_file_is_not_published_again(table: Feed, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        before(WindowStore, "finish")(patched)
        with pytest.raises(InjectedError):
            table.ingest()
    copies: list[str] = []
    monkeypatch.setattr(table.site.s3, "copy", lambda *_, **__: copies.append("copy"))
    assert table.ingest() == "succeeded"
    assert copies == []
    assert rows_of(table.frame(), "id")[0] == {"id": 1}
