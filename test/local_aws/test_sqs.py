"""Queues: attributes, receiving, dead letters and their redrive."""

import json
import time

import pytest

from .conftest import REGION, wait_until
from .helpers import depth, queue, receive, refusal


def attributes(aws, account, url):
    return aws.client("sqs", account).get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_setting_one_attribute_keeps_the_others(aws, account):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}
    url, arn = queue(aws, account, "work", Policy=policy)
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [arn]}
    sqs = aws.client("sqs", account)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": json.dumps(allow)})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    found = attributes(aws, account, url)
    assert json.loads(found["Policy"]) == policy
    assert found["RedriveAllowPolicy"] == json.dumps(allow, separators=(",", ":"))
    assert found["VisibilityTimeout"] == "77"


def test_redrive_policies_are_written_without_spaces(aws, account):
    _, dead = queue(aws, account, "dead")
    url, _ = queue(aws, account, "work", RedrivePolicy={"deadLetterTargetArn": dead, "maxReceiveCount": "3"})
    assert attributes(aws, account, url)["RedrivePolicy"] == f'{{"deadLetterTargetArn":"{dead}","maxReceiveCount":3}}'


def test_unset_attributes_are_not_answered(aws, account):
    url, _ = queue(aws, account, "plain")
    assert not {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"} & set(attributes(aws, account, url))


def test_a_key_switches_the_queues_own_encryption_off(aws, account):
    url, _ = queue(aws, account, "sealed", KmsMasterKeyId="alias/x")
    assert attributes(aws, account, url)["SqsManagedSseEnabled"] == "false"


def test_a_long_poll_ends_when_a_message_becomes_visible(aws, account):
    url, _ = queue(aws, account, "slow", VisibilityTimeout="1")
    sqs = aws.client("sqs", account)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    started = time.monotonic()
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert 0.8 < time.monotonic() - started < 1.5


def test_another_accounts_queue_is_reached_by_its_url(aws, account):
    url, _ = queue(aws, account, "shared")
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="from outside")
    assert receive(aws, account, url)[0]["Body"] == "from outside"


def dead_letter(aws, account, count=1):
    """A dead-letter queue that holds that many messages of its source queue."""
    dead_url, dead = queue(aws, account, "dead")
    policy = {"deadLetterTargetArn": dead, "maxReceiveCount": 1}
    url, arn = queue(aws, account, "work", RedrivePolicy=policy, VisibilityTimeout="0")
    sqs = aws.client("sqs", account)
    for number in range(count):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    wait_until(lambda: not sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"))
    assert depth(aws, account, dead_url)[0] == count
    return url, arn, dead_url, dead


def test_dead_letters_say_where_they_come_from(aws, account):
    _, arn, dead_url, _ = dead_letter(aws, account)
    assert receive(aws, account, dead_url)[0]["Attributes"]["DeadLetterQueueSourceArn"] == arn


def test_a_redrive_moves_dead_letters_back(aws, account):
    url, _, dead_url, dead = dead_letter(aws, account, 3)
    sqs = aws.client("sqs", account)
    sqs.start_message_move_task(SourceArn=dead)

    def finished():
        return sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]["Status"] == "COMPLETED"

    wait_until(finished)
    task = sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]
    assert (task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (3, 3)
    assert "TaskHandle" not in task
    assert depth(aws, account, dead_url)[0] == 0
    messages = receive(aws, account, url, 3)
    assert sorted(m["Body"] for m in messages) == ["0", "1", "2"]
    assert {m["Attributes"]["ApproximateReceiveCount"] for m in messages} == {"1"}


def test_a_redrive_to_another_queue(aws, account):
    _, _, _, dead = dead_letter(aws, account)
    other_url, other = queue(aws, account, "other")
    aws.client("sqs", account).start_message_move_task(SourceArn=dead, DestinationArn=other)
    assert receive(aws, account, other_url)[0]["Body"] == "0"


def test_a_redrive_can_be_cancelled(aws, account):
    _, _, dead_url, dead = dead_letter(aws, account, 5)
    sqs = aws.client("sqs", account)
    handle = sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=2)["TaskHandle"]
    assert refusal(lambda: sqs.start_message_move_task(SourceArn=dead))[1].endswith("UnsupportedOperation")
    sqs.cancel_message_move_task(TaskHandle=handle)
    wait_until(lambda: sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]["Status"] == "CANCELLED")
    assert depth(aws, account, dead_url)[0] > 0
    assert refusal(lambda: sqs.cancel_message_move_task(TaskHandle=handle))[1].endswith("ResourceNotFoundException")


@pytest.mark.parametrize(("name", "code"), [("plain", "InvalidParameterValue"), ("none", "ResourceNotFoundException")])
def test_only_a_dead_letter_queue_can_be_redriven(aws, account, name, code):
    queue(aws, account, "plain")
    arn = f"arn:aws:sqs:{REGION}:{account}:{name}"
    assert refusal(lambda: aws.client("sqs", account).start_message_move_task(SourceArn=arn))[1].endswith(code)
