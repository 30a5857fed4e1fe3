"""Rules of EventBridge: which events reach which target, and in what form."""

import json

import pytest

from local.gaps.events import target_input

from .conftest import REGION
from .functions import deploy, wait_for_line
from .helpers import bucket, depth, queue, receive


def rule(aws, account, name, pattern, *targets, **settings):
    events = aws.client("events", account)
    arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern), **settings)["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": str(number), **target} for number, target in enumerate(targets)])
    return arn


def open_queue(aws, account, name, rule_name):
    """A queue that takes what one rule sends: URL and ARN."""
    url, arn = queue(aws, account, name)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{account}:rule/{rule_name}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def put(aws, account, kind, **detail):
    entry = {"Source": "lake", "DetailType": kind, "Detail": json.dumps(detail)}
    assert aws.client("events", account).put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_new_objects_reach_the_queue_of_their_stream(aws, account):
    name = bucket(aws, account, "drop")
    url, arn = open_queue(aws, account, "orders", "orders")
    key = {"wildcard": "sales/*.csv"}
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [name]}, "object": {"key": [key]}},
    }
    rule(aws, account, "orders", pattern, {"Arn": arn})
    s3 = aws.client("s3", account)
    s3.put_object(Bucket=name, Key="sales/before.csv", Body=b"")
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="sales/a.txt", Body=b"")
    answer = s3.put_object(Bucket=name, Key="sales/a b ü.csv", Body=b"1,2")
    [message] = receive(aws, account, url)
    event = json.loads(message["Body"])
    assert depth(aws, account, url) == (0, 0)
    assert (event["source"], event["detail-type"], event["account"]) == ("aws.s3", "Object Created", account)
    assert event["time"].endswith("Z")
    assert event["resources"] == [f"arn:aws:s3:::{name}"]
    found = event["detail"]["object"]
    assert (found["key"], found["size"]) == ("sales/a b ü.csv", 3)
    assert (found["etag"], found["version-id"]) == (answer["ETag"].strip('"'), answer["VersionId"])
    assert (event["detail"]["reason"], event["detail"]["requester"]) == ("PutObject", account)


def test_a_queue_that_does_not_let_the_rule_in_gets_nothing(aws, account):
    url, arn = open_queue(aws, account, "closed", "other")
    dead_url, dead = open_queue(aws, account, "dead", "lake")
    open_url, opened = open_queue(aws, account, "open", "lake")
    targets = [{"Arn": arn, "DeadLetterConfig": {"Arn": dead}}, {"Arn": opened}]
    rule(aws, account, "lake", {"source": ["lake"]}, *targets)
    put(aws, account, "kind", n=1)
    assert json.loads(receive(aws, account, open_url)[0]["Body"])["detail"] == {"n": 1}
    assert json.loads(receive(aws, account, dead_url)[0]["Body"])["detail"] == {"n": 1}
    assert depth(aws, account, url) == (0, 0)


def test_a_disabled_rule_is_silent(aws, account):
    url, arn = open_queue(aws, account, "q", "lake")
    rule(aws, account, "lake", {"source": ["lake"]}, {"Arn": arn}, State="DISABLED")
    put(aws, account, "kind")
    aws.client("events", account).enable_rule(Name="lake")
    put(aws, account, "second")
    assert json.loads(receive(aws, account, url)[0]["Body"])["detail-type"] == "second"
    assert depth(aws, account, url) == (0, 0)


def test_functions_are_run_with_their_input(aws, account):
    arn = deploy(aws, account, "f", "export const handler = async (event) => console.log(JSON.stringify(event));")
    target = {"Arn": arn, "Input": json.dumps({"constant": 1})}
    source = rule(aws, account, "lake", {"source": ["lake"]}, target)
    put(aws, account, "before the permission")
    aws.client("lambda", account).add_permission(
        FunctionName="f", StatementId="e", Action="lambda:InvokeFunction", Principal="events.amazonaws.com",
        SourceArn=source,
    )  # fmt: skip
    put(aws, account, "kind")
    assert len(wait_for_line(aws, account, "f", '{"constant":1}')) == 1


EVENT = {"source": "lake", "detail": {"key": "a/b", "n": [1, 2], "s": 'x"y'}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, EVENT),
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.n[1]"}, 2),
        ({"InputPath": "$.detail.none"}, None),
        (
            {"InputTransformer": {"InputPathsMap": {"k": "$.detail.key"}, "InputTemplate": '{"path": "in/<k>"}'}},
            {"path": "in/a/b"},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"d": "$.detail", "k": "$.detail.s"},
                                  "InputTemplate": '{"one": <k>, "all": <d>, "two": <k>}'}},
            {"all": EVENT["detail"], "one": 'x"y', "two": 'x"y'},
        ),
        ({"InputTransformer": {"InputTemplate": '{"event": <aws.events.event.json>}'}}, {"event": EVENT}),
    ],
)  # fmt: skip
def test_what_a_target_is_given(target, expected):
    assert json.loads(target_input(target, EVENT)) == expected
