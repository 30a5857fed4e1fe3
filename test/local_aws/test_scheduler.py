"""Schedules: when they fire, what they call, and as whom."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from local.runtimes.schedules_expressions import ExpressionError, parse

from .conftest import REGION, wait_until
from .functions import deploy, wait_for_line
from .helpers import queue, receive, refusal
from .jobs import role
from .machines import machine

OFF = {"Mode": "OFF"}


def at(seconds, zone="Europe/Berlin"):
    moment = datetime.now(ZoneInfo(zone)) + timedelta(seconds=seconds)
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def schedule(aws, account, name, target, **settings):
    request = {
        "ScheduleExpression": at(2),
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": OFF,
        **settings,
    }
    target = {"RoleArn": role(aws, account, "scheduler.amazonaws.com"), **target}
    return aws.client("scheduler", account).create_schedule(Name=name, Target=target, **request)["ScheduleArn"]


def test_a_function_is_called_with_the_input_and_the_schedule_goes_away(aws, account):
    function = deploy(aws, account, "called", "export const handler = async (e) => console.log('GOT', e.job, e.arn);")
    text = json.dumps({"job": "sales/orders", "arn": "<aws.scheduler.schedule-arn>"})
    arn = schedule(aws, account, "once", {"Arn": function, "Input": text}, ActionAfterCompletion="DELETE")
    [line] = wait_for_line(aws, account, "called", "GOT")
    assert line.endswith(f"GOT sales/orders {arn}")
    assert aws.client("scheduler", account).list_schedules()["Schedules"] == []


def test_machines_and_queues_are_called(aws, account):
    arn = machine(aws, account, "called", {"A": {"Type": "Succeed"}})
    url, queue_arn = queue(aws, account, "called")
    schedule(aws, account, "queue", {"Arn": queue_arn})
    schedule(aws, account, "machine", {"Arn": arn, "Input": "{}"})
    event = json.loads(receive(aws, account, url)[0]["Body"])
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    wait_until(lambda: aws.client("stepfunctions", account).list_executions(stateMachineArn=arn)["executions"])


def test_what_could_not_be_called_goes_to_the_dead_letter_queue(aws, account):
    url, queue_arn = queue(aws, account, "dead")
    missing = f"arn:aws:lambda:{REGION}:{account}:function:missing"
    schedule(aws, account, "lost", {"Arn": missing, "Input": '{"a": 1}', "DeadLetterConfig": {"Arn": queue_arn}})
    assert json.loads(receive(aws, account, url)[0]["Body"]) == {"a": 1}


def test_wrong_schedules_are_refused(aws, account):
    stranger = role(aws, account, "lambda.amazonaws.com")
    target = {"Arn": f"arn:aws:lambda:{REGION}:{account}:function:f"}
    for settings, words in (
        ({"target": {"RoleArn": stranger, **target}}, "must allow AWS EventBridge Scheduler"),
        ({"target": target, "ScheduleExpression": "cron(0 25 * * ? *)"}, "Invalid Schedule Expression"),
        ({"target": target, "ScheduleExpressionTimezone": "Europe/Nowhere"}, "Europe/Nowhere"),
    ):
        answer = refusal(lambda settings=settings: schedule(aws, account, "wrong", **settings))
        assert answer[1] == "ValidationException"
        assert words in answer[2]
    answer = refusal(lambda: schedule(aws, account, "wrong", target, GroupName="missing"))
    assert answer[1] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("text", "zone", "now", "due"),
    [
        ("cron(0 3 * * ? *)", "Europe/London", "2026-07-01T02:00:20", True),
        ("cron(0 3 * * ? *)", "Europe/London", "2026-07-01T03:00:20", False),
        ("cron(0 3 * * ? *)", "UTC", "2026-07-01T03:00:20", True),
        ("cron(0/15 * * * ? *)", "UTC", "2026-07-01T03:45:00", True),
        ("cron(0/15 * * * ? *)", "UTC", "2026-07-01T03:46:00", False),
        ("cron(0 8 ? * MON-FRI *)", "UTC", "2026-07-03T08:00:00", True),
        ("cron(0 8 ? * MON-FRI *)", "UTC", "2026-07-04T08:00:00", False),
        ("cron(0 8 ? * 6L *)", "UTC", "2026-07-31T08:00:00", True),
        ("cron(0 8 ? * FRI#1 *)", "UTC", "2026-07-03T08:00:00", True),
        ("cron(0 8 L * ? *)", "UTC", "2026-02-28T08:00:00", True),
        ("cron(0 8 1,15 JAN,JUL ? 2026)", "UTC", "2026-07-15T08:00:00", True),
        # The hour that comes twice when clocks go back.
        ("cron(30 1 * * ? *)", "Europe/London", "2026-10-25T00:30:00", True),
        ("cron(30 1 * * ? *)", "Europe/London", "2026-10-25T01:30:00", False),
    ],
)
def test_cron_fires_by_the_clock_of_its_zone(text, zone, now, due):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = parse(text, zone).last_due(moment, moment - timedelta(minutes=5))
    assert found == (moment.replace(second=0) if due else None)
    if found:
        assert parse(text, zone).last_due(moment, found) is None


def test_rates_count_from_the_start():
    start = datetime(2026, 7, 1, tzinfo=UTC)
    rate = parse("rate(15 minutes)", "UTC")
    assert rate.last_due(start + timedelta(minutes=14), start) is None
    assert rate.last_due(start + timedelta(minutes=31), start) == start + timedelta(minutes=30)


@pytest.mark.parametrize(
    "text", ["cron(0 3 * * *)", "cron(0 3 * * * *)", "cron(x 3 * * ? *)", "rate(soon)", "at(2026)"]
)
def test_other_expressions_are_refused(text):
    with pytest.raises(ExpressionError):
        parse(text, "UTC")
