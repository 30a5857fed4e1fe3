"""Delivery of events to the targets of rules, as EventBridge does it."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.events.models import Rule, events_backends
from moto.events.notifications import send_notification
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local import patching
from local.refusals import NotEmulatedError
from local.service_access import Source, refusal_of_destination

log = logging.getLogger(__name__)

Event = dict[str, Any]

_PATH = re.compile(r"\$(?:\.[\w-]+|\[\d+\])*")


def install() -> None:
    """Closes the gaps of EventBridge."""
    deliver_to_targets()
    announce_no_invented_events()


def deliver_to_targets() -> None:
    """PutEvents, and events of S3: moto knows few targets, no input of a target, no policy and no account."""

    @patching.replace_method(Rule, "send_to_targets", "self original_event transform_input")
    def send_to_targets(original: Any, self: Rule, original_event: Event, transform_input: bool = True) -> None:
        event = {name: value for name, value in original_event.items() if name != "ingestion-time"}
        if not isinstance(event["time"], str):
            event["time"] = datetime.fromtimestamp(event["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.state != "ENABLED" or not self.event_pattern.get_pattern():
            return
        if not self.event_pattern.matches_event(event):  # type: ignore[arg-type]
            return
        for target in self.targets:
            try:
                _deliver(self, target, event)
            except Exception:
                log.exception("rule %s, target %s", self.name, target["Arn"])


def announce_no_invented_events() -> None:
    """CreateBucket: moto sends an event that S3 does not send."""

    @patching.replace_function(send_notification, "source event_name region resources detail")
    def send_nothing(original: Any, **event: Any) -> None:
        return None


def target_input(target: dict[str, Any], event: Event) -> str:
    """What a target is given: the event, a part of it, a constant, or a template filled from it."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        return json.dumps(_value(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _value(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    values["aws.events.event.json"] = event
    template = transformer["InputTemplate"]

    def fill(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in values:
            return placeholder[0]
        value = values[placeholder[1]]
        inside_of_string = template[: placeholder.start()].count('"') % 2 == 1
        return value if isinstance(value, str) and inside_of_string else json.dumps(value)

    return re.sub(r"<([^<>]+)>", fill, template)


def _value(path: str, event: Event) -> Any:
    if not _PATH.fullmatch(path):
        raise NotEmulatedError(f"the path {path} of an event's target")
    value: Any = event
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value.get(name) if isinstance(value, dict) else None
    return value


def _deliver(rule: Rule, target: dict[str, Any], event: Event) -> None:
    arn = target["Arn"]
    source = Source("events.amazonaws.com", rule.arn, rule.account_id)
    refusal = refusal_of_destination(arn, source)
    if refusal:
        dead = target.get("DeadLetterConfig", {}).get("Arn")
        if not dead or refusal_of_destination(dead, source):
            log.warning("an event of the rule %s is lost: %s", rule.name, refusal)
            return
        arn = dead
    _send(arn, target, target_input(target, event), event)


def _send(arn: str, target: dict[str, Any], text: str, event: Event) -> None:
    _, _, service, region, account, name = arn.split(":", 5)
    if service == "sqs":
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        sqs_backends[account][region].send_message(queue_name=name, message_body=text, group_id=group)
    elif service == "sns":
        sns_backends[account][region].publish(arn=arn, message=text)
    elif service == "lambda":
        lambda_backends[account][region].get_function(arn).invoke(text, {}, {})
    elif service == "logs":
        group = name.removeprefix("log-group:").removesuffix(":*")
        backend = logs_backends[account][region]
        if "events" not in backend.groups[group].streams:
            backend.create_log_stream(group, "events")
        moment = int(datetime.now(UTC).timestamp() * 1000)
        backend.put_log_events(group, "events", [{"timestamp": moment, "message": text}])
    elif service == "events":
        forwarded = {"Source": event["source"], "DetailType": event["detail-type"], "EventBusName": arn}
        events_backends[account][region].put_events([{**forwarded, "Detail": json.dumps(event["detail"])}])
    else:
        raise NotEmulatedError(f"{service} as the target of an event")
