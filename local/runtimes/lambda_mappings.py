"""Event source mappings of queues: pollers that hand batches to functions and delete what was done."""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, UnknownFunctionException
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend, sqs_backends

from local import patching
from local.enforcement import inside
from local.enforcement.implied_keys import message_received
from local.gaps.sqs import seconds_to_next_message
from local.refusals import NotEmulatedError, RefusalError
from local.runtimes.lambda_runner import LambdaRunner

log = logging.getLogger(__name__)

_RECEIVE_AT_ONCE = 10
_LARGEST_BATCH_BYTES = 6 * 1024 * 1024


class Pollers:
    """The polling threads of all mappings."""

    def __init__(self, runner: LambdaRunner) -> None:
        self._runner = runner
        self._stopped = threading.Event()

    def start(self, backend: LambdaBackend, mapping: EventSourceMapping) -> None:
        """Polls for a mapping until it is deleted."""
        for number in range(self._runner.options.workers):
            threading.Thread(
                target=self._poll, args=(backend, mapping, number), name=f"mapping-{mapping.uuid}", daemon=True
            ).start()

    def stop(self) -> None:
        """Takes no further messages."""
        self._stopped.set()

    def _poll(self, backend: LambdaBackend, mapping: EventSourceMapping, number: int) -> None:
        while not self._stopped.is_set() and mapping.uuid in backend._event_source_mappings:
            try:
                if not self._poll_once(backend, mapping, number):
                    self._stopped.wait(0.2)
            except Exception:
                log.exception("event source mapping of %s", mapping.event_source_arn)
                self._stopped.wait(1)

    def _poll_once(self, backend: LambdaBackend, mapping: EventSourceMapping, number: int) -> bool:
        """Handles one batch; False where there is nothing to poll for now."""
        _, _, _, region, account, name = mapping.event_source_arn.split(":")
        queues = sqs_backends[account][region]
        queue = queues.queues.get(name)
        try:
            function = backend.get_function(mapping.function_arn)
        except UnknownFunctionException:
            return False
        if queue is None or number >= _most_at_once(mapping, function):
            return False
        refusal = _refusal_of_polling(mapping.event_source_arn, function)
        if refusal is not None:
            log.warning("event source mapping of %s: %s", mapping.event_source_arn, refusal)
            self._stopped.wait(1)
            return False

        def may_receive() -> bool:
            # Looked at while the queue is locked: a mapping that was disabled receives nothing any more.
            return bool(mapping.enabled) and mapping.uuid in backend._event_source_mappings

        messages = self._receive_batch(queues, queue, mapping, may_receive)
        if messages:
            self._handle(queues, queue, mapping, function, messages)
        return bool(mapping.enabled)

    def _receive_batch(
        self, queues: SQSBackend, queue: Queue, mapping: EventSourceMapping, may_receive: Any
    ) -> list[Message]:
        size, window = int(mapping.batch_size), float(mapping.max_batch_window or 0)
        messages = _receive(queues, queue, min(size, _RECEIVE_AT_ONCE), 1, may_receive)
        deadline = time.monotonic() + window
        while messages and len(messages) < size and (remaining := deadline - time.monotonic()) > 0:
            if sum(len(message.body) for message in messages) > _LARGEST_BATCH_BYTES:
                break
            wanted = min(_RECEIVE_AT_ONCE, size - len(messages))
            messages += _receive(queues, queue, wanted, min(remaining, 1), may_receive)
        return messages

    def _handle(
        self,
        queues: SQSBackend,
        queue: Queue,
        mapping: EventSourceMapping,
        function: Any,
        messages: list[Message],
    ) -> None:
        event = {"Records": [_record(message, mapping.event_source_arn, queue.region) for message in messages]}
        outcome = self._runner.run(function, json.dumps(event), wait=True)
        if outcome.error is not None:
            # The messages come back by themselves when their visibility timeout ends.
            return
        partial = "ReportBatchItemFailures" in (mapping.function_response_types or [])
        failed = failed_items(outcome.payload, {message.id for message in messages}) if partial else set()
        for message in messages:
            if failed is not None and message.id not in failed:
                try:
                    queues.delete_message(queue.name, message.receipt_handle)  # type: ignore[arg-type]
                except ReceiptHandleIsInvalid:
                    log.warning("message %s of %s was gone before it could be deleted", message.id, queue.name)


def _refusal_of_polling(queue_arn: str, function: Any) -> str | None:
    """Lambda polls with the function's role, which needs the rights to do so."""
    if not inside.is_enforced():
        return None
    account = queue_arn.split(":")[4]
    actions = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    needed = [inside.Need(f"sqs:{action}", queue_arn, account) for action in actions]
    actor = inside.role_session(function.role, function.function_name)
    return inside.refusal_of(actor, "lambda", [*needed, *message_received(queue_arn)])


def failed_items(payload: str, known: set[str]) -> set[str] | None:
    """The messages that a function reports as failed; None if its answer makes the whole batch fail."""
    answer = json.loads(payload)
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        return None
    failures = answer.get("batchItemFailures")
    if not failures:
        return set() if failures in (None, []) else None
    if not isinstance(failures, list) or not all(isinstance(item, dict) for item in failures):
        return None
    items = {item.get("itemIdentifier") for item in failures}
    return items if items <= known else None


def _receive(queues: SQSBackend, queue: Queue, count: int, wait: float, may_receive: Any) -> list[Message]:
    deadline = time.monotonic() + wait
    with queue._messages_lock:
        while True:
            if not may_receive() or queues.queues.get(queue.name) is not queue:
                return []
            visibility = queue.visibility_timeout  # type: ignore[attr-defined]
            messages = queues.receive_message(queue.name, count, 0, visibility, ["All"])
            remaining = deadline - time.monotonic()
            if messages or remaining <= 0:
                return messages
            queue._messages_lock.wait(min(remaining, seconds_to_next_message(queue)))


def _most_at_once(mapping: EventSourceMapping, function: Any) -> int:
    limits = [(mapping.scaling_config or {}).get("MaximumConcurrency"), function.reserved_concurrency]
    return min((int(limit) for limit in limits if limit is not None), default=10**6)


def _record(message: Message, queue_arn: str, region: str) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": message.approximate_receive_count,
        "SentTimestamp": message.sent_timestamp,
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": message.approximate_first_receive_timestamp,
        "DeadLetterQueueSourceArn": getattr(message, "dead_letter_source", None),
        "AWSTraceHeader": (message.system_attributes.get("AWSTraceHeader") or {}).get("StringValue"),
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: str(value) for name, value in attributes.items() if value is not None},
        "messageAttributes": {name: _attribute(value) for name, value in (message.message_attributes or {}).items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if value.get("BinaryValue") is not None:
        binary = value["BinaryValue"]
        described["binaryValue"] = base64.b64encode(binary).decode() if isinstance(binary, bytes) else binary
    else:
        described["stringValue"] = value.get("StringValue")
    return described


def install(pollers: Pollers) -> None:
    """Makes mappings poll, instead of moto's push of single messages while they are sent."""
    Queue.lambda_event_source_mappings = property(lambda queue: {}, lambda queue, value: None)  # type: ignore[assignment]

    @patching.replace_method(LambdaBackend, "create_event_source_mapping", "self spec")
    def create_event_source_mapping(original: Any, self: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
        _require_emulated(spec)
        function = self.get_function(spec["FunctionName"])
        _require_valid(spec, function)
        for other in self._event_source_mappings.values():
            if (other.event_source_arn, other.function_arn) == (spec["EventSourceArn"], function.function_arn):
                raise _conflict(spec["EventSourceArn"], spec["FunctionName"], other.uuid)
        mapping = original(self, spec)
        pollers.start(self, mapping)
        return mapping

    @patching.replace_method(LambdaBackend, "update_event_source_mapping", "self uuid spec")
    def update_event_source_mapping(original: Any, self: LambdaBackend, uuid: str, spec: dict[str, Any]) -> Any:
        if spec.get("FilterCriteria", {}).get("Filters"):
            raise NotEmulatedError("FilterCriteria of event source mappings")
        return original(self, uuid, spec)


def _conflict(source: str, name: str, uuid: str) -> Exception:
    message = (
        f"An event source mapping with event source arn ({source}) and function ({name}) already exists. "
        f"Please update or delete the existing mapping with UUID {uuid}"
    )
    return RefusalError("ResourceConflictException", message, 409)


def _require_emulated(spec: dict[str, Any]) -> None:
    source = spec.get("EventSourceArn", "")
    if ":sqs:" not in source or source.endswith(".fifo"):
        raise NotEmulatedError(f"event source mappings of {source or 'anything but standard queues'}")
    if (spec.get("FilterCriteria") or {}).get("Filters"):
        raise NotEmulatedError("FilterCriteria of event source mappings")


def _require_valid(spec: dict[str, Any], function: Any) -> None:
    _, _, _, region, account, name = spec["EventSourceArn"].split(":")
    queue = sqs_backends[account][region].queues.get(name)
    if queue is None:
        return
    visibility = queue.visibility_timeout  # type: ignore[attr-defined]
    if visibility < int(function.timeout):
        raise InvalidParameterValueException(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {function.timeout} seconds"
        )
    if int(spec.get("BatchSize") or 10) > _RECEIVE_AT_ONCE and not spec.get("MaximumBatchingWindowInSeconds"):
        raise InvalidParameterValueException(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
