"""Bucket notifications with the content, the number and the timing that S3 has."""

from __future__ import annotations

import itertools
import json
import logging
import time
import uuid
from typing import Any
from urllib.parse import quote_plus

from moto.awslambda.models import lambda_backends
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.events.models import events_backends
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local import patching, request_context
from local.refusals import RefusalError
from local.service_access import Source, refusal_of_destination

log = logging.getLogger(__name__)

_REASONS = {"Put": "PutObject", "Copy": "CopyObject", "Post": "POST Object", "Delete": "DeleteObject"}
_sequence = itertools.count(time.time_ns())


def install() -> None:
    """Closes the gaps of bucket notifications."""
    write_events_as_s3_does()
    send_one_event_for_each_change()
    refuse_destinations_that_cannot_receive()


def write_events_as_s3_does() -> None:
    """ObjectCreated events: moto encodes slashes and leaves out the version, the sequencer and who did it."""

    @patching.replace_function(notifications._get_s3_event, "event_name bucket key notification_id")
    def s3_event(original: Any, event_name: str, bucket: FakeBucket, key: Any, notification_id: str) -> dict[str, Any]:
        event = original(event_name, bucket, key, notification_id)
        record = event["Records"][0]
        principal = request_context.current_principal()
        record["userIdentity"] = {"principalId": f"AWS:{principal.user_id}" if principal else "AWS:Internal"}
        record["requestParameters"] = {"sourceIPAddress": "127.0.0.1"}
        record["responseElements"] = {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": uuid.uuid4().hex}
        record["s3"]["bucket"]["ownerIdentity"] = {"principalId": bucket.account_id}
        record["s3"]["object"]["key"] = quote_plus(key.name, safe="/*")
        record["s3"]["object"]["sequencer"] = f"{next(_sequence):016X}"
        if bucket.is_versioned:
            record["s3"]["object"]["versionId"] = key.version_id
        return event


def send_one_event_for_each_change() -> None:
    """PutObject, CopyObject, CompleteMultipartUpload: moto sends before tags and metadata are there.

    It also announces a completed upload as a put first, and each tag of a new object as a change of its tags.
    """

    @patching.replace_function(notifications.send_event, "account_id event_name bucket key")
    def send_event(original: Any, account_id: str, event_name: str, bucket: FakeBucket, key: Any) -> None:
        if key is None or bucket.notification_configuration is None:
            return
        pending = getattr(key, "_pending_event", None)
        if pending is None:
            request_context.after_answer(lambda: _deliver(bucket, key))
        if pending is None or str(event_name.value).startswith("s3:ObjectCreated:"):
            key._pending_event = event_name


def refuse_destinations_that_cannot_receive() -> None:
    """PutBucketNotificationConfiguration: S3 sends a test event first and refuses what it cannot reach."""

    @patching.replace_function(notifications.send_test_event, "account_id bucket")
    def send_test_event(original: Any, account_id: str, bucket: FakeBucket) -> None:
        configuration = bucket.notification_configuration
        destinations = [*configuration.queue, *configuration.topic]
        for arn in {destination.arn for destination in [*destinations, *configuration.cloud_function]}:
            refusal = refusal_of_destination(arn, _source(bucket))
            if refusal:
                log.warning("bucket %s: %s", bucket.name, refusal)
                raise RefusalError("InvalidArgument", "Unable to validate the following destination configurations")
        for arn in {destination.arn for destination in destinations}:
            test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": iso_8601_datetime_with_milliseconds()}
            request = {"Bucket": bucket.name, "RequestId": uuid.uuid4().hex[:16].upper(), "HostId": uuid.uuid4().hex}
            _send(arn, {**test, **request})

    @patching.replace_method(FakeBucket, "set_notification_configuration", "self notification_config")
    def set_notification_configuration(original: Any, self: FakeBucket, notification_config: Any) -> None:
        before = self.notification_configuration
        try:
            original(self, notification_config)
        except RefusalError:
            self.notification_configuration = before
            raise


def _deliver(bucket: FakeBucket, key: Any) -> None:
    event_name, key._pending_event = key._pending_event, None
    configuration = bucket.notification_configuration
    if configuration is None:
        return
    for destination in [*configuration.queue, *configuration.topic, *configuration.cloud_function]:
        if destination.matches(event_name, key.name):
            refusal = refusal_of_destination(destination.arn, _source(bucket))
            if refusal:
                log.warning("%s of %s/%s is lost: %s", event_name.value, bucket.name, key.name, refusal)
            else:
                _send(destination.arn, notifications._get_s3_event(event_name, bucket, key, destination.id))
    if configuration.event_bridge is not None:
        _send_to_eventbridge(event_name.value, bucket, key)


def _send_to_eventbridge(event_name: str, bucket: FakeBucket, key: Any) -> None:
    principal = request_context.current_principal()
    described = {
        "key": key.name,
        "size": getattr(key, "size", None),
        "etag": getattr(key, "etag", "").strip('"'),
        "sequencer": f"{next(_sequence):016X}",
        "version-id": key.version_id if bucket.is_versioned else None,
    }
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": notifications._detail_type(event_name),
        "source": "aws.s3",
        "account": bucket.account_id,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": {name: value for name, value in described.items() if value not in (None, "")},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": principal.account if principal else "s3.amazonaws.com",
            "source-ip-address": "127.0.0.1",
            "reason": _REASONS.get(event_name.rsplit(":", 1)[1], event_name.rsplit(":", 1)[1]),
        },
    }
    for rule in events_backends[bucket.account_id][bucket.region_name].event_buses["default"].rules.values():
        rule.send_to_targets(event)  # type: ignore[arg-type]


def _send(arn: str, message: dict[str, Any]) -> None:
    _, _, service, region, account, name = arn.split(":", 5)
    if service == "sqs":
        sqs_backends[account][region].send_message(queue_name=name, message_body=json.dumps(message))
    elif service == "lambda":
        lambda_backends[account][region].get_function(arn).invoke(json.dumps(message), {}, {})
    else:
        subject = "Amazon S3 Notification"
        sns_backends[account][region].publish(arn=arn, message=json.dumps(message), subject=subject)


def _source(bucket: FakeBucket) -> Source:
    return Source("s3.amazonaws.com", bucket.arn, bucket.account_id)
