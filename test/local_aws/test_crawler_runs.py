"""What starts crawlers, who hears of their ends, and where they write their logs."""

import json
from datetime import UTC, datetime

import pytest

from local.runtimes.crawler_schedules import cron_of
from local.runtimes.schedules_expressions import ExpressionError

from .conftest import wait_until
from .helpers import queue, refusal
from .lake_tables import Lake, parquet


@pytest.fixture
def lake(aws, account):
    return Lake(aws, account)


def create(lake, **more):
    lake.glue.create_crawler(
        Name="crawler",
        Role=f"arn:aws:iam::{lake.account}:role/team/crawls",
        DatabaseName="shop",
        Targets={"S3Targets": [{"Path": f"s3://{lake.data}/in/"}]},
        **more,
    )


def crawl(lake):
    lake.glue.start_crawler(Name="crawler")

    def ended():
        found = lake.glue.get_crawler(Name="crawler")["Crawler"]
        return found if found["State"] == "READY" else None

    return wait_until(ended)["LastCrawl"]


def queue_of_states(aws, account, states):
    """A queue that hears of crawls in these states; its URL."""
    sqs, events = aws.client("sqs", account), aws.client("events", account)
    url, arn = queue(aws, account, "states")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    pattern = {
        "source": ["aws.glue"],
        "detail-type": ["Glue Crawler State Change"],
        "detail": {"crawlerName": ["crawler"], "state": states},
    }
    events.put_rule(Name="states", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="states", Targets=[{"Id": "queue", "Arn": arn, "InputPath": "$.detail"}])
    return url


def heard(aws, account, url):
    messages = aws.client("sqs", account).receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_rules_hear_of_crawls_that_fail_and_why(lake, aws, account):
    url = queue_of_states(aws, account, ["Failed"])
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    create(lake)
    assert crawl(lake)["Status"] == "SUCCEEDED"
    lake.glue.update_crawler(Name="crawler", Targets={"S3Targets": [{"Path": "s3://nowhere-at-all/in"}]})
    assert crawl(lake)["Status"] == "FAILED"
    [told] = heard(aws, account, url)
    assert (told["crawlerName"], told["state"], told["accountId"]) == ("crawler", "Failed", account)
    assert "nowhere-at-all" in told["errorMessage"]


def test_rules_hear_of_crawls_that_begin_and_succeed(lake, aws, account):
    url = queue_of_states(aws, account, ["Started", "Succeeded"])
    lake.put("in/orders/day=1/a.parquet", parquet("SELECT 1 AS id"))
    create(lake)
    crawl(lake)
    started, succeeded = sorted(heard(aws, account, url), key=lambda told: told["state"])
    assert started["state"] == "Started"
    assert (succeeded["tablesCreated"], succeeded["partitionsCreated"]) == ("1", "1")


@pytest.mark.parametrize(
    ("configuration", "group"), [(None, "/aws-glue/crawlers"), ("safe", "/aws-glue/crawlers-role/crawls-safe")]
)
def test_a_security_configuration_has_logs_of_its_own(lake, aws, account, configuration, group):
    create(lake, **({"CrawlerSecurityConfiguration": configuration} if configuration else {}))
    assert crawl(lake)["LogGroup"] == group
    logs = aws.client("logs", account)
    assert [found["logGroupName"] for found in logs.describe_log_groups()["logGroups"]] == [group]
    assert logs.get_log_events(logGroupName=group, logStreamName="crawler")["events"]


def test_a_schedule_starts_its_crawler(lake):
    lake.put("in/orders/a.parquet", parquet("SELECT 1 AS id"))
    create(lake, Schedule="cron(* * * * ? *)")
    wait_until(lambda: lake.glue.get_tables(DatabaseName="shop")["TableList"], 75)
    assert lake.glue.get_crawler(Name="crawler")["Crawler"]["Schedule"]["ScheduleExpression"] == "cron(* * * * ? *)"


@pytest.mark.parametrize("schedule", ["rate(1 hour)", "cron(0 25 * * ? *)", "cron(* * * * *)", "hourly"])
def test_schedules_that_glue_does_not_know_are_refused(lake, schedule):
    assert refusal(lambda: create(lake, Schedule=schedule))[1] == "InvalidInputException"
    create(lake)
    assert refusal(lambda: lake.glue.update_crawler(Name="crawler", Schedule=schedule))[1] == "InvalidInputException"
    with pytest.raises(ExpressionError):
        cron_of(schedule)


def test_schedules_of_crawlers_are_in_utc():
    summer = datetime(2026, 7, 1, 3, 0, 20, tzinfo=UTC)
    assert cron_of("cron(0 3 * * ? *)").last_due(summer, datetime(2026, 7, 1, tzinfo=UTC)) == summer.replace(second=0)
