"""SQS message move tasks: moves dead letters back to where they came from, or to another queue."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import unix_time_millis
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, Queue, sqs_backends
from moto.sqs.responses import SQSResponse

from local import patching
from local.service_access import find_queue


@dataclass
class MoveTask:
    """One run of StartMessageMoveTask."""

    source: Queue
    destination: Queue | None
    messages_per_second: int | None
    to_move: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: int = field(default_factory=lambda: int(unix_time_millis()))
    status: str = "RUNNING"
    moved: int = 0
    failure: str | None = None

    @property
    def handle(self) -> str:
        """What CancelMessageMoveTask is given."""
        content = {"taskId": self.id, "sourceArn": self.source.queue_arn}
        return base64.b64encode(json.dumps(content).encode()).decode()

    def describe(self) -> dict[str, Any]:
        """The task as ListMessageMoveTasks answers it."""
        optional = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "DestinationArn": self.destination.queue_arn if self.destination else None,
            "MaxNumberOfMessagesPerSecond": self.messages_per_second,
            "FailureReason": self.failure,
        }
        return {
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": self.started,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def run(self) -> None:
        """Moves what the queue held at the start, unless it is cancelled."""
        try:
            while self.status == "RUNNING" and self.moved < self.to_move and self._move_one():
                if self.messages_per_second:
                    time.sleep(1 / self.messages_per_second)
        except SQSException as error:
            self.status, self.failure = "FAILED", error.message
        else:
            self.status = "CANCELLED" if self.status == "CANCELLING" else "COMPLETED"

    def _move_one(self) -> bool:
        with self.source._messages_lock:
            message = next(iter(self.source.messages), None)
            if message is None:
                return False
            destination = self.destination or self._origin_of(message)
            self.source._messages.remove(message)
            self.source.pending_messages.discard(message)
        # A moved message is a new one to SQS: the count of its receives starts again.
        sqs_backends[destination.account_id][destination.region].send_message(
            queue_name=destination.name,
            message_body=message.body,
            message_attributes=message.message_attributes,
            deduplication_id=message.deduplication_id,
            group_id=message.group_id,
            system_attributes=message.system_attributes,
        )
        self.moved += 1
        return True

    def _origin_of(self, message: Message) -> Queue:
        arn = getattr(message, "dead_letter_source", None)
        origin = find_queue(arn) if arn else None
        if origin is None:
            raise SQSException("CouldNotDetermineMessageSource", "The source queue of a message is not known.")
        return origin


def install() -> None:
    """Adds StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask, which moto lacks."""
    tasks: list[MoveTask] = []

    @patching.add_method(SQSResponse, "start_message_move_task")
    def start_message_move_task(self: SQSResponse) -> ActionResult:
        source = _existing_queue(self._get_param("SourceArn"))
        destination_arn = self._get_param("DestinationArn")
        if not any(
            queue.dead_letter_queue is source
            for queue in sqs_backends[source.account_id][source.region].queues.values()
        ):
            raise SQSException("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if any(task.source is source and task.status in ("RUNNING", "CANCELLING") for task in tasks):
            raise SQSException(
                "AWS.SimpleQueueService.UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time.",
            )
        task = MoveTask(
            source=source,
            destination=_existing_queue(destination_arn) if destination_arn else None,
            messages_per_second=self._get_param("MaxNumberOfMessagesPerSecond"),
            to_move=source.approximate_number_of_messages,
        )
        tasks.append(task)
        threading.Thread(target=task.run, name=f"move-{source.name}", daemon=True).start()
        return ActionResult({"TaskHandle": task.handle})

    @patching.add_method(SQSResponse, "list_message_move_tasks")
    def list_message_move_tasks(self: SQSResponse) -> ActionResult:
        source = _existing_queue(self._get_param("SourceArn"))
        found = [task.describe() for task in reversed(tasks) if task.source is source]
        return ActionResult({"Results": found[: self._get_param("MaxResults", 1)]})

    @patching.add_method(SQSResponse, "cancel_message_move_task")
    def cancel_message_move_task(self: SQSResponse) -> ActionResult:
        handle = self._get_param("TaskHandle")
        task = next((task for task in tasks if task.handle == handle), None)
        if task is None or task.status != "RUNNING":
            raise SQSException("ResourceNotFoundException", "Task does not exist or is not running.")
        task.status = "CANCELLING"
        return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})


def _existing_queue(arn: str) -> Queue:
    queue = find_queue(arn) if arn and arn.count(":") == 5 else None
    if queue is None:
        raise SQSException(
            "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist."
        )
    return queue
