"""What requests to SQS need: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html."""

from __future__ import annotations

import re

from local.enforcement.call import Call, Need, tag_context
from local.enforcement.implied_keys import message_received, message_sent

_QUEUE_URL = re.compile(r"https?://[^/]+/(?P<account>\d{12})/(?P<name>[^/]+)")
_BATCHES = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}


def needs(call: Call) -> list[Need]:
    """What a request needs."""
    operation = _BATCHES.get(call.operation, call.operation)
    if operation == "ListQueues":
        return [Need("sqs:ListQueues", "*", call.account)]
    if operation in ("StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask"):
        return _move_needs(call, operation)
    arn = queue_arn(call)
    tags = call.parameters.get("tags") or call.parameters.get("Tags") or {}
    context = tag_context(tags) if isinstance(tags, dict) else {}
    needed = [Need(f"sqs:{operation}", arn, arn.split(":")[4], context)]
    if operation == "CreateQueue" and tags:
        needed.append(Need("sqs:TagQueue", arn, call.owner, context))
    if operation == "SendMessage":
        needed += message_sent(arn)
    elif operation == "ReceiveMessage":
        needed += message_received(arn)
    return needed


def queue_arn(call: Call) -> str:
    """The ARN of the queue that a request names by its URL or its name."""
    found = _QUEUE_URL.fullmatch(call.text("QueueUrl"))
    if found:
        return f"arn:aws:sqs:{call.region}:{found['account']}:{found['name']}"
    account = call.text("QueueOwnerAWSAccountId") or call.owner
    return f"arn:aws:sqs:{call.region}:{account}:{call.text('QueueName') or call.text('QueueUrl')}"


def _move_needs(call: Call, operation: str) -> list[Need]:
    # A task is known by its handle alone, and its source is where it began.
    source = call.text("SourceArn") or call.arn("*")
    needed = [Need(f"sqs:{operation}", source, call.owner)]
    if operation != "StartMessageMoveTask":
        return needed
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        needed.append(Need(f"sqs:{action}", source, call.owner))
    needed += message_received(source)
    destination = call.text("DestinationArn")
    if destination:
        needed += [Need("sqs:SendMessage", destination, destination.split(":")[4]), *message_sent(destination)]
    return needed
