"""The store and the zone by themselves: what is written once, by whom, and what an old token can do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lake_spark.errors import FencedError
from lake_spark.ingest.staging import Manifest, RawZone, StagedFile
from lake_spark.ingest.store import Decided, WindowStore

from .support import BUCKET, INGESTION, STARTED, Feed, Site, table_document

START, STOP, LATER = (f"2026-01-0{day}T00:00:00.000000Z" for day in (1, 2, 3))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A table in the store of an account in memory; there is neither a database nor Spark."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        site = SimpleNamespace(
            s3=boto3.client("s3", region_name="eu-west-1"), dynamodb=boto3.client("dynamodb", region_name="eu-west-1")
        )
        Site.make_account(site)  # type: ignore[arg-type]
        yield Feed(site, None, table_document(name="t"))  # type: ignore[arg-type]


def test_the_stop_is_fixed_once(table: Feed):
    store = table.store(*table.claim())
    assert store.open().stop is None
    assert store.fix_stop(STOP) == STOP
    assert store.fix_stop(LATER) == STOP
    later = table.store(*table.claim())
    later.open()
    assert later.fix_stop(LATER) == STOP


def test_the_first_decision_holds(table: Feed):
    store = table.store(*table.claim())
    store.open()
    first = Decided(1, "m1", 5, 100)
    assert store.decide("m1", 5, 100) == first
    assert store.decide("m2", 6, 200) == first
    later = table.store(*table.claim())
    assert later.open().decided == first
    assert later.decide("m3", 7, 300) == first


def test_a_window_is_closed_with_all_that_belongs_to_it(table: Feed):
    store = table.store(*table.claim())
    store.open()
    store.fix_stop(STOP)
    store.finish("succeeded", STOP, {"rows_written": 5, "warning": None})
    assert table.windows == []
    assert table.state == {
        "pk": f"state#{table.id}",
        "sk": "state",
        "token": 1,
        "started_at": STARTED,
        "committed_stop": STOP,
    }
    [history] = table.history
    assert (history["status"], history["rows_written"]) == ("succeeded", 5)
    assert "warning" not in history
    assert history["finished_at"] > STARTED
    # Once more, when the first answer was lost.
    store.finish("succeeded", LATER, {})
    assert table.state["committed_stop"] == STOP
    assert store.open() is None


def test_a_window_without_rows_that_moves_nothing_leaves_the_mark(table: Feed):
    store = table.store(*table.claim())
    store.open()
    store.finish("empty", None, {})
    assert "committed_stop" not in table.state
    assert "holder" not in table.state


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.open(),
        lambda store: store.fix_stop(STOP),
        lambda store: store.decide("m", 1, 1),
        lambda store: store.note({"rows_read": 1}),
        lambda store: store.fail("X", "x", {}),
        lambda store: store.finish("succeeded", STOP, {}),
    ],
    ids=["open", "fix_stop", "decide", "note", "fail", "finish"],
)
def test_an_old_token_changes_nothing(table: Feed, change: Any):
    old = table.store(*table.claim())
    old.open()
    table.claim()
    before = (table.items(f"state#{table.id}"), table.items(f"history#{table.id}"))
    with pytest.raises(FencedError, match="belongs to token 2 and not to token 1: nothing was changed"):
        change(old)
    assert (table.items(f"state#{table.id}"), table.items(f"history#{table.id}")) == before


def test_tables_that_nobody_has_claimed_are_nobodys(table: Feed):
    with pytest.raises(FencedError, match="belongs to nobody and not to token 7"):
        WindowStore(table.site.dynamodb, INGESTION, "sales/shop", "t", 7, "window#regular").open()


def test_errors_are_noted_and_keep_the_window(table: Feed):
    store = table.store(*table.claim())
    store.open()
    store.fail("SchemaRefusedError", "x" * 5000, {"seconds": 3})
    [history] = table.history
    assert (history["status"], history["error_name"], history["seconds"]) == ("failed", "SchemaRefusedError", 3)
    assert len(history["error"]) == 2000
    assert len(table.windows) == 1
    # Whoever settles frees the table.
    assert "holder" in table.state


def test_a_finished_attempt_does_not_fail_any_more(table: Feed):
    store = table.store(*table.claim())
    store.open()
    store.finish("succeeded", STOP, {})
    with pytest.raises(FencedError):
        store.fail("X", "x", {})
    assert table.history[0]["status"] == "succeeded"


def test_conflicts_with_others_writes_are_tried_again(table: Feed, monkeypatch: pytest.MonkeyPatch):
    store = table.store(*table.claim())
    store.open()
    client = table.site.dynamodb
    original, calls = client.transact_write_items, []

    def conflict(**given: Any) -> Any:
        calls.append(given)
        if len(calls) < 3:
            reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}
            raise client.exceptions.TransactionCanceledException(reasons, "TransactWriteItems")
        return original(**given)

    monkeypatch.setattr(client, "transact_write_items", conflict)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert store.fix_stop(STOP) == STOP
    assert len(calls) == 3


def put(table: Feed, key: str, body: str = "x") -> None:
    table.site.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())


def test_a_file_is_published_once_and_with_its_tag(table: Feed):
    s3 = table.site.s3
    zone = RawZone(None, s3, BUCKET)  # type: ignore[arg-type]
    put(table, "_staging/a/1/data/part-0.parquet")
    file = StagedFile("_staging/a/1/data/part-0.parquet", "sales/t/ingest_date=2026-01-02/x-00000.parquet", 1)
    zone.publish(file, "secret")
    assert s3.get_object_tagging(Bucket=BUCKET, Key=file.final)["TagSet"] == [
        {"Key": "classification", "Value": "secret"}
    ]
    first = s3.head_object(Bucket=BUCKET, Key=file.final)["LastModified"]
    # The staged file may be gone by then.
    s3.delete_object(Bucket=BUCKET, Key=file.staged)
    zone.publish(file, "secret")
    assert s3.head_object(Bucket=BUCKET, Key=file.final)["LastModified"] == first
    # Another attempt's file under the same name is another file.
    put(table, "_staging/a/2/data/part-0.parquet", "y")
    zone.publish(StagedFile("_staging/a/2/data/part-0.parquet", file.final, 1), "secret")
    assert s3.get_object(Bucket=BUCKET, Key=file.final)["Body"].read() == b"y"


def test_a_manifest_comes_back_as_it_was(table: Feed):
    zone = RawZone(None, table.site.s3, BUCKET)  # type: ignore[arg-type]
    manifest = Manifest((StagedFile("a", "b", 3),), "secret", {"rows_read": 3, "warning": "ünï"})
    zone.write_manifest("_staging/m.json", manifest)
    assert zone.read_manifest("_staging/m.json") == manifest


def test_cleaning_spares_later_attempts_and_other_tables(table: Feed):
    for key in ("_staging/s/a/1/x", "_staging/s/a/2/x/y", "_staging/s/a/3/x", "_staging/s/ab/1/x", "sales/t/1/x"):
        put(table, key)
    RawZone(None, table.site.s3, BUCKET).clean("_staging/s/a/", 2)  # type: ignore[arg-type]
    assert table.keys("") == ["_staging/s/a/3/x", "_staging/s/ab/1/x", "sales/t/1/x"]


def test_cleaning_that_fails_is_no_failure(table: Feed, caplog: pytest.LogCaptureFixture):
    put(table, "_staging/s/a/strange")
    RawZone(None, table.site.s3, BUCKET).clean("_staging/s/a/", 2)  # type: ignore[arg-type]
    assert "was not cleaned" in caplog.text
