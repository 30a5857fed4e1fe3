"""Gaps of moto's S3 in calls on objects: checksums, retention, sub-resources it does not know."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from local import patching
from local.refusals import AccessDeniedError, NotEmulatedError, RefusalError

_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
}
_SUBRESOURCES = {
    "GET": {"acl", "attributes", "legal-hold", "retention", "tagging", "uploadId", "uploads"},
    "PUT": {"acl", "legal-hold", "retention", "tagging", "uploadId"},
    "DELETE": {"tagging", "uploadId"},
}
_UNKNOWN_TO_MOTO = {"torrent", "encryption", "restore", "rename", "renameObject", "retention", "legal-hold", "acl"}


def install() -> None:
    """Closes the gaps of object calls."""
    verify_checksums()
    answer_retention()
    keep_retention_from_being_shortened()
    keep_versions_of_locked_buckets()
    refuse_unknown_subresources()


def verify_checksums() -> None:
    """PutObject, UploadPart: moto believes the checksum that it is told."""

    @patching.replace_method(S3Response, "_get_checksum", "self response_headers")
    def get_checksum(original: Any, self: S3Response, response_headers: dict[str, Any]) -> tuple[str, str | None]:
        body = self.body or b""
        _verify_md5(self.headers.get("Content-MD5"), body)
        algorithm = _declared_algorithm(self.headers)
        if algorithm is None:
            return "", None
        if algorithm not in _DIGESTS:
            raise NotEmulatedError(f"S3 checksums by {algorithm}")
        name = f"x-amz-checksum-{algorithm.lower()}"
        computed = base64.b64encode(_DIGESTS[algorithm](body)).decode()
        declared = self.headers.get(name) or _trailer(self.raw_body, name)
        if declared and declared != computed:
            message = f"The {algorithm} you specified did not match the calculated checksum."
            raise RefusalError("BadDigest", message, 400)
        response_headers[name] = computed
        return algorithm, computed


def answer_retention() -> None:
    """GetObjectRetention: moto answers the object itself."""

    @patching.replace_method(S3Response, "_key_response_get", "self query key_name")
    def key_response_get(original: Any, self: S3Response, query: dict[str, Any], key_name: str) -> Any:
        if "retention" not in query:
            return original(self, query, key_name)
        key, _ = self._get_key(validate_storage_class=False)
        if not key.lock_mode:
            message = "The specified object does not have a ObjectLock configuration"
            raise RefusalError("NoSuchObjectLockConfiguration", message, 404)
        self.data["Action"] = "GetObjectRetention"
        retention = {"Mode": key.lock_mode, "RetainUntilDate": _moment(key.lock_until)}
        return self.serialized(ActionResult({"Retention": retention}))


def keep_retention_from_being_shortened() -> None:
    """PutObjectRetention: moto lets everyone shorten or lift any lock."""

    @patching.replace_method(S3Response, "put_object_retention", "self")
    def put_object_retention(original: Any, self: S3Response) -> Any:
        version = self._get_param("versionId")
        key = self.backend.get_object(self.bucket_name, self.parse_key_name(), version_id=version)
        mode, until = self._mode_until_from_body()
        if key is not None and key.lock_mode and _moment(key.lock_until) > utcnow():
            weaker = mode != key.lock_mode or not until or _moment(until) < _moment(key.lock_until)
            may_bypass = key.lock_mode == "GOVERNANCE" and _bypasses(self.headers)
            strengthened = key.lock_mode == "GOVERNANCE" and mode == "COMPLIANCE" and until
            if weaker and not may_bypass and not (strengthened and _moment(until) >= _moment(key.lock_until)):
                raise AccessDeniedError("Access Denied because object protected by object lock.")
        return original(self)

    @patching.replace_method(S3Backend, "delete_object", "self bucket_name key_name version_id bypass")
    def delete_object(
        original: Any,
        self: S3Backend,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: Any = False,
    ) -> Any:
        # The single delete hands the header on as it came, in which "false" would count as true.
        return original(self, bucket_name, key_name, version_id, str(bypass).lower() == "true")


def keep_versions_of_locked_buckets() -> None:
    """PutBucketVersioning: moto lets the versioning of a bucket with Object Lock be suspended."""

    @patching.replace_method(S3Backend, "put_bucket_versioning", "self bucket_name status")
    def put_bucket_versioning(original: Any, self: S3Backend, bucket_name: str, status: str) -> None:
        if status == "Suspended" and self.get_bucket(bucket_name).object_lock_enabled:
            message = (
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
            raise RefusalError("InvalidBucketState", message, 409)
        original(self, bucket_name, status)


def refuse_unknown_subresources() -> None:
    """Calls on objects with a sub-resource moto does not know: moto would read, write or delete the object itself."""

    @patching.replace_method(S3Response, "_key_response", "self request full_url")
    def key_response(original: Any, self: S3Response, request: Any, full_url: str) -> Any:
        known = _SUBRESOURCES.get(request.method)
        unknown = (set(request.args) & _UNKNOWN_TO_MOTO) - known if known is not None else set()
        if unknown:
            raise NotEmulatedError(f"S3 {request.method} object with {', '.join(sorted(unknown))}")
        return original(self, request, full_url)


def _verify_md5(declared: str | None, body: bytes) -> None:
    if declared and declared != base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode():
        raise RefusalError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)


def _declared_algorithm(headers: Any) -> str | None:
    declared = headers.get("x-amz-sdk-checksum-algorithm") or headers.get("x-amz-checksum-algorithm")
    if declared:
        return declared.upper()
    names = [name.lower() for name, _ in headers.items()] + [headers.get("x-amz-trailer", "").lower()]
    found = next((name for name in names if re.fullmatch(r"x-amz-checksum-(crc|sha)\w+", name)), None)
    return found.removeprefix("x-amz-checksum-").upper() if found else None


def _trailer(raw_body: bytes, name: str) -> str | None:
    """A checksum that is sent after a chunked body."""
    found = re.search(rb"\r\n" + name.encode() + rb":([A-Za-z0-9+/=]+)", raw_body[-2048:])
    return found[1].decode() if found else None


def _moment(text: Any) -> datetime:
    if isinstance(text, datetime):
        return text.replace(tzinfo=None)
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).replace(tzinfo=None)


def _bypasses(headers: Any) -> bool:
    return str(headers.get("x-amz-bypass-governance-retention", "")).lower() == "true"
