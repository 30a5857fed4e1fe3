"""Notifications of a bucket, taken from a crawler's queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from moto.sqs.models import Message, sqs_backends

from local.enforcement import inside
from local.enforcement.implied_keys import message_received
from local.request_context import Principal
from local.runtimes.athena_errors import QueryError

_MOST_AT_ONCE = 10
_VISIBILITY_SECONDS = 600


@dataclass(frozen=True)
class Events:
    """What has changed, and the way to say that it has been seen to."""

    changed: list[str]
    """Addresses of objects that were written or deleted."""
    done: Callable[[], None]
    """Deletes the messages."""


def take_events(queue_arn: str, actor: Principal) -> Events:
    """Everything that waits in the queue.

    Raises QueryError where the crawler's role may not take it.
    """
    _, _, _, region, account, name = queue_arn.split(":")
    needed = [inside.Need(f"sqs:{action}", queue_arn, account) for action in ("ReceiveMessage", "DeleteMessage")]
    refusal = inside.refusal_of(actor, "glue", [*needed, *message_received(queue_arn)])
    if refusal is not None:
        raise QueryError("PERMISSION_DENIED", refusal)
    queues = sqs_backends[account][region]
    taken: list[Message] = []
    while messages := queues.receive_message(name, _MOST_AT_ONCE, 0, _VISIBILITY_SECONDS):
        taken += messages

    def done() -> None:
        for message in taken:
            queues.delete_message(name, message.receipt_handle)  # type: ignore[arg-type]

    return Events([uri for message in taken for uri in _addresses(message.body)], done)


def _addresses(body: str) -> list[str]:
    try:
        document: Any = json.loads(body)
        # A topic before the queue wraps the notification into a text.
        document = json.loads(document["Message"]) if "Message" in document else document
    except (ValueError, TypeError):
        return []
    return [
        f"s3://{record['s3']['bucket']['name']}/{unquote_plus(record['s3']['object']['key'])}"
        for record in document.get("Records", [])
        if "s3" in record
    ]
