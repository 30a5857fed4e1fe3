"""Crawlers: folders of files become tables, by the policies of Glue."""

import gzip
import json

import pytest

from .conftest import REGION, wait_until
from .helpers import lets_bucket_send, notify, queue, refusal
from .lake_tables import Lake, parquet

MERGING = {
    "Version": 1.0,
    "CrawlerOutput": {
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
    },
}


@pytest.fixture
def lake(aws, account):
    return Lake(aws, account)


def create(lake, path="in", target=None, **more):
    request = {
        "Name": "crawler",
        "Role": f"arn:aws:iam::{lake.account}:role/crawler",
        "DatabaseName": "shop",
        "Targets": {"S3Targets": [{"Path": f"s3://{lake.data}/{path}", **(target or {})}]},
        **more,
    }
    lake.glue.create_crawler(**request)


def crawl(lake):
    lake.glue.start_crawler(Name="crawler")

    def ended():
        found = lake.glue.get_crawler(Name="crawler")["Crawler"]
        return found if found["State"] == "READY" else None

    return wait_until(ended)["LastCrawl"]


def tables(lake):
    found = lake.glue.get_tables(DatabaseName="shop")["TableList"]
    return {table["Name"]: table for table in found}


def columns(table):
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def log(lake):
    group = {"logGroupName": "/aws-glue/crawlers", "logStreamName": "crawler"}
    return "\n".join(
        event["message"] for event in lake.aws.client("logs", lake.account).get_log_events(**group)["events"]
    )


def test_each_folder_becomes_a_table_with_the_types_of_its_files(lake):
    lake.put("in/orders/day=2026-01-01/a.parquet", parquet("SELECT 1::BIGINT AS id, 1.5::DECIMAL(10,2) AS price"))
    lake.put("in/orders/day=2026-01-02/b.parquet", parquet("SELECT 2::BIGINT AS id, now()::TIMESTAMP AS at"))
    lake.put("in/people/p.csv", "id;name;since;share\n1;Ann;2026-01-01;0.5\n2;Bob;2026-01-02;1.5\n")
    lake.put("in/events/e.json.gz", gzip.compress(b'{"a": 1, "b": {"c": ["x"], "at": "2026-01-01"}}\n{"d": true}\n'))
    create(lake)
    assert crawl(lake)["Status"] == "SUCCEEDED"
    found = tables(lake)
    assert {name: columns(table) for name, table in found.items()} == {
        "orders": {"id": "bigint", "price": "decimal(10,2)", "at": "timestamp"},
        "people": {"id": "bigint", "name": "string", "since": "string", "share": "double"},
        "events": {"a": "bigint", "b": "struct<c:array<string>,at:string>", "d": "boolean"},
    }
    assert [key["Name"] for key in found["orders"]["PartitionKeys"]] == ["day"]
    assert found["people"]["Parameters"]["skip.header.line.count"] == "1"
    assert found["people"]["StorageDescriptor"]["SerdeInfo"]["Parameters"]["field.delim"] == ";"
    assert found["people"]["Parameters"]["classification"] == "csv"
    assert lake.rows("SELECT day, count(*) FROM orders GROUP BY day ORDER BY day") == [
        ["2026-01-01", "1"],
        ["2026-01-02", "1"],
    ]
    assert lake.rows("SELECT name, share FROM people ORDER BY id") == [["Ann", "0.5"], ["Bob", "1.5"]]
    assert lake.rows("SELECT b.c[1] FROM events WHERE a = 1") == [["x"]]
    assert "Created 3, updated 0 and deleted 0 tables, added 2 partitions" in log(lake)


def test_a_crawler_never_leaves_its_prefix(lake):
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    lake.put("in2/secret/a.parquet", parquet("SELECT 1 AS id"))
    lake.put("other.parquet", parquet("SELECT 1 AS id"))
    create(lake)
    crawl(lake)
    assert list(tables(lake)) == ["orders"]


def test_exclusions_and_hidden_files_are_left_out(lake):
    for key in (
        "in/a/x.parquet",
        "in/tmp/x.parquet",
        "in/deep/tmp/x.parquet",
        "in/_hidden/x.parquet",
        "in/b/.x.parquet",
    ):
        lake.put(key, parquet("SELECT 1 AS id"))
    create(lake, target={"Exclusions": ["tmp/*", "**/tmp/**"]})
    crawl(lake)
    assert list(tables(lake)) == ["a"]


def test_new_columns_are_merged_and_partitions_inherit_them(lake):
    lake.put("in/orders/day=1/a.parquet", parquet("SELECT 1::BIGINT AS id, 'x' AS gone"))
    create(lake, Configuration=json.dumps(MERGING))
    crawl(lake)
    lake.s3.delete_object(Bucket=lake.data, Key="in/orders/day=1/a.parquet")
    lake.put("in/orders/day=2/b.parquet", parquet("SELECT 1::INTEGER AS id, 2.5::DOUBLE AS new"))
    crawl(lake)
    wanted = {"id": "bigint", "gone": "string", "new": "double"}
    assert columns(tables(lake)["orders"]) == wanted
    partitions = lake.glue.get_partitions(DatabaseName="shop", TableName="orders")["Partitions"]
    assert {partition["Values"][0]: columns(partition) for partition in partitions} == {"1": wanted, "2": wanted}
    assert lake.rows("SELECT id, gone, new, day FROM orders") == [["1", None, "2.5", "2"]]


def test_without_merging_the_columns_are_those_of_the_files(lake):
    lake.put("in/orders/a.parquet", parquet("SELECT 1::BIGINT AS id, 'x' AS gone"))
    create(lake)
    crawl(lake)
    lake.put("in/orders/a.parquet", parquet("SELECT 1::BIGINT AS id"))
    crawl(lake)
    assert columns(tables(lake)["orders"]) == {"id": "bigint"}


def test_changes_are_only_logged_where_the_policy_says_so(lake):
    lake.put("in/orders/a.parquet", parquet("SELECT 1::BIGINT AS id"))
    create(lake, SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    crawl(lake)
    lake.put("in/orders/b.parquet", parquet("SELECT 1::BIGINT AS id, 2 AS more"))
    crawl(lake)
    assert columns(tables(lake)["orders"]) == {"id": "bigint"}
    assert "the columns of orders have changed" in log(lake)
    for key in ("a", "b"):
        lake.s3.delete_object(Bucket=lake.data, Key=f"in/orders/{key}.parquet")
    crawl(lake)
    assert "orders" in tables(lake)


@pytest.mark.parametrize(("behavior", "is_left"), [("DELETE_FROM_DATABASE", False), ("DEPRECATE_IN_DATABASE", True)])
def test_tables_without_files_go_or_are_marked(lake, behavior, is_left):
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    lake.table("by_hand", {"id": "bigint"})
    create(lake, SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    crawl(lake)
    lake.s3.delete_object(Bucket=lake.data, Key="in/orders/a.parquet")
    crawl(lake)
    found = tables(lake)
    assert ("orders" in found) is is_left
    assert not is_left or "DEPRECATED_BY_CRAWLER" in found["orders"]["Parameters"]
    assert "DEPRECATED_BY_CRAWLER" not in found["by_hand"]["Parameters"]


def test_only_new_folders_leave_tables_as_they_are(lake):
    lake.put("in/orders/day=1/a.parquet", parquet("SELECT 1 AS id"))
    create(lake, RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
    crawl(lake)
    lake.put("in/orders/day=2/b.parquet", parquet("SELECT 1 AS id, 2 AS more"))
    crawl(lake)
    assert columns(tables(lake)["orders"]) == {"id": "int"}
    assert len(lake.glue.get_partitions(DatabaseName="shop", TableName="orders")["Partitions"]) == 2


def test_events_name_the_folders_that_are_crawled(lake, aws, account):
    url, arn = queue(aws, account, "events")
    policy = json.dumps(lets_bucket_send(arn, lake.data, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    notify(aws, account, lake.data, arn)
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    lake.put("in/people/a.parquet", parquet("SELECT 1 AS id"))
    create(lake, target={"EventQueueArn": arn}, RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVENT_MODE"})
    crawl(lake)
    assert sorted(tables(lake)) == ["orders", "people"]
    # No event speaks of people any more, so its new column stays unknown.
    aws.client("s3", account).put_bucket_notification_configuration(Bucket=lake.data, NotificationConfiguration={})
    lake.put("in/people/b.parquet", parquet("SELECT 1 AS more"))
    notify(aws, account, lake.data, arn)
    lake.put("in/orders/b.parquet", parquet("SELECT 1 AS more"))
    crawl(lake)
    found = tables(lake)
    assert (columns(found["orders"]), columns(found["people"])) == ({"id": "int", "more": "int"}, {"id": "int"})
    attributes = aws.client("sqs", account).get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_the_level_of_tables_makes_deeper_folders_partitions(lake):
    lake.put("in/orders/2026/01/a.parquet", parquet("SELECT 1 AS id"))
    create(lake, Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}))
    crawl(lake)
    assert [key["Name"] for key in tables(lake)["orders"]["PartitionKeys"]] == ["partition_0", "partition_1"]
    assert lake.rows("SELECT partition_0, partition_1, id FROM orders") == [["2026", "01", "1"]]


def test_folders_of_one_name_become_two_tables(lake):
    for folder in ("x", "y"):
        lake.put(f"in/{folder}/orders/a.parquet", parquet("SELECT 1 AS id"))
    create(lake, TablePrefix="raw_")
    crawl(lake)
    names = sorted(tables(lake))
    assert names[0] == "raw_orders"
    assert names[1].startswith("raw_orders_")
    crawl(lake)
    assert sorted(tables(lake)) == names


def test_folders_that_cannot_be_read_do_not_stop_the_others(lake):
    lake.put("in/broken/a.parquet", b"no parquet")
    lake.put("in/mixed/a.parquet", parquet("SELECT 1 AS id"))
    lake.put("in/mixed/b.csv", "a,b\n1,2\n")
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    create(lake)
    assert crawl(lake)["Status"] == "SUCCEEDED"
    assert list(tables(lake)) == ["orders"]
    assert "in/mixed/ are of the formats: csv, parquet" in log(lake)
    assert "in/broken/: " in log(lake)


def test_a_crawl_that_fails_says_why(lake):
    create(lake, path="in")
    lake.glue.update_crawler(Name="crawler", Targets={"S3Targets": [{"Path": "s3://nowhere-at-all/in"}]})
    last = crawl(lake)
    assert last["Status"] == "FAILED"
    assert "The specified bucket does not exist: nowhere-at-all" in last["ErrorMessage"]
    assert lake.glue.list_crawls(CrawlerName="crawler")["Crawls"][0]["State"] == "FAILED"


def test_a_crawler_is_stopped_updated_and_deleted(lake):
    create(lake)
    assert refusal(lambda: lake.glue.stop_crawler(Name="crawler"))[1] == "CrawlerNotRunningException"
    lake.glue.update_crawler(Name="crawler", TablePrefix="p_", Description="more")
    found = lake.glue.get_crawler(Name="crawler")["Crawler"]
    assert (found["TablePrefix"], found["Description"], found["Version"]) == ("p_", "more", 2)
    assert "LastCrawl" not in found
    lake.glue.delete_crawler(Name="crawler")
    assert refusal(lambda: lake.glue.get_crawler(Name="crawler"))[1] == "EntityNotFoundException"


def test_the_region_is_the_crawlers_own(lake):
    create(lake)
    assert lake.glue.meta.region_name == REGION
    assert lake.aws.client("glue", lake.account, "us-east-1").get_crawlers()["Crawlers"] == []
