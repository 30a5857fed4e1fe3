"""What several tests need to set up and to read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import REGION, RunningServer, wait_until


def refusal(call) -> tuple[int, str, str]:
    """Status, code and message of the error that the call must end in."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def queue(aws: RunningServer, account: str, name: str, **attributes: Any) -> tuple[str, str]:
    """Creates a queue; its URL and ARN."""
    text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()}
    url = aws.client("sqs", account).create_queue(QueueName=name, Attributes=text)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{account}:{name}"


def bucket(aws: RunningServer, account: str, name: str, **options: Any) -> str:
    """Creates a bucket whose name carries the account, so that tests never share one."""
    full = f"{name}-{account}"
    aws.client("s3", account).create_bucket(
        Bucket=full, CreateBucketConfiguration={"LocationConstraint": REGION}, **options
    )
    return full


def lets_bucket_send(queue_arn: str, bucket_name: str, account: str) -> dict[str, Any]:
    """A queue policy for notifications of one bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket_name}"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def notify(aws: RunningServer, account: str, bucket_name: str, queue_arn: str, rules: dict[str, str] | None = None):
    """Sends the bucket's new objects to the queue."""
    configuration = {"QueueArn": queue_arn, "Events": ["s3:ObjectCreated:*"]}
    if rules:
        filters = [{"Name": name, "Value": value} for name, value in rules.items()]
        configuration["Filter"] = {"Key": {"FilterRules": filters}}
    aws.client("s3", account).put_bucket_notification_configuration(
        Bucket=bucket_name, NotificationConfiguration={"QueueConfigurations": [configuration]}
    )


def receive(aws: RunningServer, account: str, url: str, count: int = 1, **request: Any) -> list[dict[str, Any]]:
    """Receives and deletes that many messages."""
    sqs, found = aws.client("sqs", account), []

    def enough() -> bool:
        batch = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"], **request
        ).get("Messages", [])
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found.extend(batch)
        return len(found) >= count

    wait_until(enough)
    return found


def depth(aws: RunningServer, account: str, url: str) -> tuple[int, int]:
    """How many messages are visible and how many are in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs", account).get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])
