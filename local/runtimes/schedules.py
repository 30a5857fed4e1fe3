"""Schedules of EventBridge Scheduler fire: functions, state machines, queues and topics are called as their role."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from local import patching
from local.refusals import AccessDeniedError, NotEmulatedError, RefusalError
from local.runtimes.role_clients import RoleClients
from local.runtimes.schedules_expressions import ExpressionError, parse

log = logging.getLogger(__name__)

_SERVICE = "scheduler.amazonaws.com"
_TICK_SECONDS = 0.5


class SchedulesRuntime:
    """Looks every moment which schedules are due."""

    def __init__(self, clients: RoleClients, before_first_use: Callable[[str, Callable[[], None]], None]) -> None:
        self._clients = clients
        self._before_first_use = before_first_use
        self._stopped = threading.Event()
        self._calls = ThreadPoolExecutor(4, "schedule")

    def install(self) -> None:
        """Connects the runtime with moto's Scheduler, at the first request for it."""
        self._before_first_use("scheduler", self._load)

    def shutdown(self) -> None:
        """Lets nothing fire any more."""
        self._stopped.set()
        self._calls.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> None:
        _install_checks(self._clients)
        threading.Thread(target=self._watch, name="schedules", daemon=True).start()

    def _watch(self) -> None:
        from moto.scheduler.models import scheduler_backends

        while not self._stopped.wait(_TICK_SECONDS):
            for account, regions in list(scheduler_backends.items()):
                for region, backend in list(regions.items()):
                    self._fire_due(account, region, backend)

    def _fire_due(self, account: str, region: str, backend: Any) -> None:
        now = datetime.now(UTC)
        for group in list(backend.schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                try:
                    due = _due(schedule, now)
                    if due is None:
                        continue
                    schedule.fired_at = due
                    self._calls.submit(self._fire, schedule, group.arn, region, due)
                    if schedule.schedule_expression.startswith("at(") and schedule.action_after_completion == "DELETE":
                        group.delete_schedule(schedule.name)
                except Exception:
                    log.exception("the schedule %s", schedule.arn)

    def _fire(self, schedule: Any, group_arn: str, region: str, due: datetime) -> None:
        target = schedule.target
        text = _input(schedule, due)
        try:
            session = self._clients.assume(target["RoleArn"], _SERVICE, group_arn, "Scheduler")
            _send(self._clients, session, region, target["Arn"], text, target)
        except Exception as error:
            log.warning("the schedule %s: %s", schedule.arn, error)
            dead = target.get("DeadLetterConfig", {}).get("Arn")
            if dead:
                session = self._clients.assume(target["RoleArn"], _SERVICE, group_arn, "Scheduler")
                _send(self._clients, session, region, dead, text, {})


def _due(schedule: Any, now: datetime) -> datetime | None:
    if schedule.state != "ENABLED":
        return None
    begins = _moment(schedule.start_date) or _moment(schedule.last_modified_date)
    ends = _moment(schedule.end_date)
    if begins is None or (ends is not None and now > ends):
        return None
    fired = getattr(schedule, "fired_at", begins)
    expression = parse(schedule.schedule_expression, schedule.schedule_expression_timezone)
    return expression.last_due(now, max(begins, fired))


def _moment(value: Any) -> datetime | None:
    return datetime.fromtimestamp(float(value), UTC) if value is not None else None


def _input(schedule: Any, due: datetime) -> str:
    known = {
        "schedule-arn": schedule.arn,
        "scheduled-time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    text = schedule.target.get("Input")
    if text is None:
        # What Scheduler sends on its own is an event like those of EventBridge.
        return json.dumps(
            {
                "version": "0",
                "id": known["execution-id"],
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": schedule.arn.split(":")[4],
                "time": known["scheduled-time"],
                "region": schedule.arn.split(":")[3],
                "resources": [schedule.arn],
                "detail": "{}",
            }
        )
    for name, value in known.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _send(clients: RoleClients, session: Any, region: str, arn: str, text: str, target: dict[str, Any]) -> None:
    _, _, service, place, account, name = arn.split(":", 5)
    place = place or region
    if service == "lambda":
        clients.client("lambda", place, session).invoke(FunctionName=arn, InvocationType="Event", Payload=text)
    elif service == "states":
        clients.client("stepfunctions", place, session).start_execution(stateMachineArn=arn, input=text)
    elif service == "sqs":
        sqs = clients.client("sqs", place, session)
        url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        sqs.send_message(QueueUrl=url, MessageBody=text, **({"MessageGroupId": group} if group else {}))
    elif service == "sns":
        clients.client("sns", place, session).publish(TopicArn=arn, Message=text)
    else:
        raise NotEmulatedError(f"{service} as the target of a schedule")


def _install_checks(clients: RoleClients) -> None:
    from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule

    def check(backend: Any, group: str | None, request: dict[str, Any]) -> None:
        try:
            parse(request["schedule_expression"], request["schedule_expression_timezone"] or "UTC")
        except ExpressionError as error:
            raise RefusalError("ValidationException", f"Invalid Schedule Expression {error}.") from error
        try:
            clients.assume(request["target"]["RoleArn"], _SERVICE, backend.get_schedule_group(group).arn, "Scheduler")
        except AccessDeniedError:
            raise RefusalError(
                "ValidationException",
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
            ) from None

    @patching.replace_method(
        EventBridgeSchedulerBackend,
        "update_schedule",
        "self description end_date flexible_time_window group_name kms_key_arn name schedule_expression "
        "schedule_expression_timezone start_date state target",
    )
    def update_schedule(original: Any, self: EventBridgeSchedulerBackend, **request: Any) -> Schedule:
        check(self, request["group_name"], request)
        return original(self, **request)

    @patching.replace_method(
        EventBridgeSchedulerBackend,
        "create_schedule",
        "self description end_date flexible_time_window group_name kms_key_arn name schedule_expression "
        "schedule_expression_timezone start_date state target action_after_completion",
    )
    def create_schedule(original: Any, self: EventBridgeSchedulerBackend, **request: Any) -> Schedule:
        check(self, request["group_name"], request)
        return original(self, **request)
