"""Gaps of moto's SQS."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.core.utils import unix_time_millis
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from local import patching


def install() -> None:
    """Closes the gaps of SQS."""
    keep_redrive_allow_policies()
    write_attributes_as_sqs_does()
    keep_attributes_that_are_not_set()
    lock_queues()
    receive_each_message_once()
    remember_where_dead_letters_came_from()
    receive_from_long_queues()


def keep_redrive_allow_policies() -> None:
    """SetQueueAttributes, GetQueueAttributes: moto does not know RedriveAllowPolicy."""
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None  # type: ignore[attr-defined]


def write_attributes_as_sqs_does() -> None:
    """GetQueueAttributes: SQS writes policies without spaces, and KMS switches its own encryption off."""

    @patching.replace_property(Queue, "attributes")
    def attributes(original: Any, self: Queue) -> dict[str, Any]:
        found = {name: value for name, value in original(self).items() if value not in (None, "")}
        for name in ("RedrivePolicy", "RedriveAllowPolicy"):
            if name in found:
                document = found[name]
                parsed = json.loads(document) if isinstance(document, str) else document
                found[name] = json.dumps(parsed, separators=(",", ":"))
        if self.kms_master_key_id:  # type: ignore[attr-defined]
            found["SqsManagedSseEnabled"] = "false"
        return found


def keep_attributes_that_are_not_set() -> None:
    """SetQueueAttributes: moto drops the queue's policy whenever another attribute is set."""

    @patching.replace_method(Queue, "_set_attributes", "self attributes now")
    def set_attributes(original: Any, self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        kept = {"Policy": self.policy} if hasattr(self, "_policy_json") else {}
        original(self, {**kept, **attributes}, now)


def lock_queues() -> None:
    """SendMessage, DeleteMessage, ChangeMessageVisibility, PurgeQueue: moto changes a queue without its lock."""
    for owner, name, parameters in (
        (Queue, "add_message", "self message"),
        (Queue, "delete_message", "self receipt_handle"),
        (SQSBackend, "change_message_visibility", "self queue_name receipt_handle visibility_timeout"),
        (SQSBackend, "purge_queue", "self queue_name"),
    ):

        @patching.replace_method(owner, name, parameters)
        def locked(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
            queue = self if isinstance(self, Queue) else self.get_queue(kwargs.get("queue_name") or args[0])
            with queue._messages_lock:
                answer = original(self, *args, **kwargs)
                queue._messages_lock.notify_all()
                return answer


def receive_each_message_once() -> None:
    """ReceiveMessage: moto takes no lock, so that two receivers may get one message, and wakes up once a second."""

    @patching.replace_method(
        SQSBackend,
        "receive_message",
        "self queue_name count wait_seconds_timeout visibility_timeout message_attribute_names",
    )
    def receive_message(
        original: Any,
        self: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: float,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        queue = self.get_queue(queue_name)
        deadline = time.monotonic() + (wait_seconds_timeout or 0)
        with queue._messages_lock:
            while True:
                received = original(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
                remaining = deadline - time.monotonic()
                if received or remaining <= 0 or self.queues.get(queue_name) is not queue:
                    return received
                queue._messages_lock.wait(min(remaining, seconds_to_next_message(queue)))


def seconds_to_next_message(queue: Queue) -> float:
    """When the next message becomes visible by itself; all else wakes those who wait for the queue."""
    now = unix_time_millis()
    due = [max(message.visible_at, message.delayed_until) for message in queue._messages]
    return min([(moment - now) / 1000 + 0.001 for moment in due if moment >= now], default=20.0)


def receive_from_long_queues() -> None:
    """ReceiveMessage: moto counts the whole queue several times for each message that it hands out."""

    @patching.replace_method(SQSBackend, "is_message_valid_based_on_retention_period", "self queue_name message")
    def is_kept(original: Any, self: SQSBackend, queue_name: str, message: Message) -> bool:
        period = self.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
        return message.sent_timestamp + period * 1000 > unix_time_millis()  # type: ignore[operator]


def remember_where_dead_letters_came_from() -> None:
    """ReceiveMessage: moto does not answer DeadLetterQueueSourceArn, which a redrive goes by."""

    @patching.replace_method(Queue, "add_message", "self message")
    def add_message(original: Any, self: Queue, message: Message) -> None:
        source = getattr(message, "queue_arn", None)
        if source and source != self.queue_arn:
            message.dead_letter_source = source  # type: ignore[attr-defined]
        message.queue_arn = self.queue_arn  # type: ignore[attr-defined]
        original(self, message)

    @patching.replace_method(SQSResponse, "receive_message", "self")
    def receive_message(original: Any, self: SQSResponse) -> Any:
        answer = original(self)
        wanted = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
        if wanted & {"All", "DeadLetterQueueSourceArn"}:
            sources = {m.id: getattr(m, "dead_letter_source", None) for m in _queue_of(self)._messages}
            for message in answer.result.get("Messages", []):
                if sources.get(message["MessageId"]):
                    message.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = sources[message["MessageId"]]
        return answer


def _queue_of(response: SQSResponse) -> Queue:
    return response.sqs_backend.get_queue(response._get_queue_name())
