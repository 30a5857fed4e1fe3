"""Gaps of moto's S3."""

from __future__ import annotations

import threading
import urllib.parse
from typing import Any

import xmltodict
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend
from moto.s3.responses import S3Response

from local import patching
from local.policies import Caller, allows
from local.service_access import Source

# What the EncodingType of a listing applies to, by the reference of ListObjectVersions.
_KEYS_OF_LISTINGS = ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker")
_LISTS_OF_LISTINGS = ("Versions", "DeleteMarkers", "CommonPrefixes")


def install() -> None:
    """Closes the gaps of S3."""
    leave_bucket_policies_to_the_authorizer()
    serialize_requests_of_a_bucket()
    read_policies_of_log_buckets()
    deliver_no_access_logs()
    show_eventbridge_in_notifications()
    delete_delete_markers()
    encode_keys_of_version_listings()


def leave_bucket_policies_to_the_authorizer() -> None:
    """Object calls: moto reads a policy without its conditions, so a deny of plain HTTP refuses everyone."""

    @patching.replace_method(FakeBucket, "get_permission", "self action resource")
    def get_permission(original: Any, self: FakeBucket, action: str, resource: str) -> PermissionResult:
        return PermissionResult.NEUTRAL


def serialize_requests_of_a_bucket() -> None:
    """PutObject with If-None-Match, and all else: moto checks and writes without a lock.

    Two writers of one key would both find it missing, and both hold Terraform's lock file.
    """
    locks: dict[str, threading.RLock] = {}
    locks_lock = threading.Lock()

    def turn(bucket_name: str) -> threading.RLock:
        with locks_lock:
            return locks.setdefault(bucket_name, threading.RLock())

    @patching.replace_method(S3Response, "_key_response", "self request full_url")
    def key_response(original: Any, self: S3Response, request: Any, full_url: str) -> Any:
        with turn(self.bucket_name):
            return original(self, request, full_url)

    @patching.replace_method(S3Response, "_bucket_response", "self request full_url")
    def bucket_response(original: Any, self: S3Response, request: Any, full_url: str) -> Any:
        with turn(self.bucket_name):
            return original(self, request, full_url)


def read_policies_of_log_buckets() -> None:
    """PutBucketLogging: moto fails on a policy that names everyone, or several services, in a statement."""

    @patching.replace_method(FakeBucket, "_log_permissions_enabled_policy", "target_bucket target_prefix")
    def leave_to_set_logging(original: Any, target_bucket: FakeBucket, target_prefix: str | None) -> bool:
        return False

    @patching.replace_method(FakeBucket, "set_logging", "self logging_config bucket_backend")
    def set_logging(original: Any, self: FakeBucket, logging_config: Any, bucket_backend: S3Backend) -> None:
        target = bucket_backend.buckets.get(logging_config["TargetBucket"]) if logging_config else None
        same_region = target is not None and target.region_name == self.region_name
        if same_region and _lets_logs_in(target, logging_config.get("TargetPrefix"), self):
            self.logging = logging_config
        else:
            original(self, logging_config, bucket_backend)


def _lets_logs_in(target: FakeBucket, prefix: str | None, logged: FakeBucket) -> bool:
    source = Source("logging.s3.amazonaws.com", logged.arn, logged.account_id)
    context = {**source.context(), "s3:TlsVersion": "1.3"}
    policy = target.policy.decode() if target.policy else "{}"
    return allows(policy, "s3:PutObject", Caller(service=source.service), context, f"{target.arn}/{prefix or ''}log")


def deliver_no_access_logs() -> None:
    """Server access logging: moto writes an object with invented content for each request, at once."""

    @patching.replace_method(S3Backend, "log_incoming_request", "self request bucket_name")
    def log_incoming_request(original: Any, self: S3Backend, request: Any, bucket_name: str) -> None:
        return None


def show_eventbridge_in_notifications() -> None:
    """GetBucketNotificationConfiguration: moto keeps the EventBridge marker but does not answer it."""

    @patching.replace_method(S3Response, "get_bucket_notification", "self")
    def get_bucket_notification(original: Any, self: S3Response) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return original(self)
        status, headers, body = original(self)
        document = xmltodict.parse(body)
        document["NotificationConfiguration"]["EventBridgeConfiguration"] = None
        return status, headers, xmltodict.unparse(document)


def delete_delete_markers() -> None:
    """DeleteObject of the last version where that is a delete marker: moto fails when it gives up its content."""

    @patching.add_method(FakeDeleteMarker, "dispose")
    def dispose(self: FakeDeleteMarker, garbage: bool = False) -> None:
        return None


def encode_keys_of_version_listings() -> None:
    """ListObjectVersions with encoding-type=url: moto answers plain keys, and a client that decodes them reads others.

    Terraform could not empty a bucket that holds a key with a percent sign.
    """

    @patching.replace_method(S3Response, "list_object_versions", "self")
    def list_object_versions(original: Any, self: S3Response) -> Any:
        if self.querystring.get("encoding-type") == ["url"]:
            serialize = self.serialized
            self.serialized = lambda answer: serialize(ActionResult(_with_encoded_keys(answer.result)))
        return original(self)


def _with_encoded_keys(listing: dict[str, Any]) -> dict[str, Any]:
    def encoded(entry: dict[str, Any]) -> dict[str, Any]:
        keys = {name: urllib.parse.quote(entry[name]) for name in _KEYS_OF_LISTINGS if entry.get(name)}
        return {**entry, **keys}

    lists = {name: [encoded(entry) for entry in listing.get(name, [])] for name in _LISTS_OF_LISTINGS}
    return {**encoded(listing), **lists, "EncodingType": "url"}
