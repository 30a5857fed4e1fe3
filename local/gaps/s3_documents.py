"""Bucket configurations that moto does not know, or answers differently from how they were put: kept as documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from local import patching
from local.refusals import NotEmulatedError, RefusalError

Query = dict[str, Any]

# Sub-resource -> name of its list element.
_NAMED_DOCUMENTS = {
    "metrics": "ListMetricsConfigurationsResult",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
    "analytics": "ListBucketAnalyticsConfigurationResult",
}
_ANSWERED_AS_PUT = ("lifecycle", "replication", "logging")
_MINIMUM_SIZE_HEADER = "x-amz-transition-default-minimum-object-size"
_DELETED_BY_MOTO = {
    "cors",
    "encryption",
    "lifecycle",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "replication",
    "tagging",
    "website",
}
_PUT_BY_MOTO = {
    *_DELETED_BY_MOTO,
    "accelerate",
    "acl",
    "inventory",
    "logging",
    "notification",
    "object-lock",
    "versioning",
}
_NOT_SUBRESOURCES = {"id", "x-id"}


def install() -> None:
    """Closes the gaps of bucket configurations."""
    answer_configurations_as_they_were_put()
    keep_named_configurations()
    refuse_unknown_subresources()


def answer_configurations_as_they_were_put() -> None:
    """GetBucketLifecycleConfiguration, GetBucketReplication, GetBucketLogging: moto loses parts of them.

    Among others size filters, numbers of newer versions, prefixes of replicated objects and the format of log keys.
    """

    @patching.replace_method(S3Response, "_bucket_response_put", "self request bucket_name querystring")
    def put(original: Any, self: S3Response, request: Any, bucket_name: str, querystring: Query) -> Any:
        answer = original(self, request, bucket_name, querystring)
        kind = _kind(_ANSWERED_AS_PUT, querystring)
        if kind is None:
            return answer
        headers = {}
        if kind == "lifecycle":
            headers[_MINIMUM_SIZE_HEADER] = self.headers.get(_MINIMUM_SIZE_HEADER, "all_storage_classes_128K")
        _documents(self, bucket_name)[kind, ""] = (self.body, headers)
        return 200, headers, ""

    @patching.replace_method(S3Response, "_bucket_response_get", "self bucket_name querystring")
    def get(original: Any, self: S3Response, bucket_name: str, querystring: Query) -> Any:
        # The original raises where there is nothing to answer.
        answer = original(self, bucket_name, querystring)
        kind = _kind(_ANSWERED_AS_PUT, querystring)
        stored = _documents(self, bucket_name).get((kind, "")) if kind else None
        return (200, dict(stored[1]), stored[0]) if stored else answer


def keep_named_configurations() -> None:
    """Put, Get, List, Delete of metrics, intelligent tiering and analytics configurations: moto lacks them."""

    @patching.replace_method(S3Response, "_bucket_response_put", "self request bucket_name querystring")
    def put(original: Any, self: S3Response, request: Any, bucket_name: str, querystring: Query) -> Any:
        kind = _kind(_NAMED_DOCUMENTS, querystring)
        if kind is None:
            return original(self, request, bucket_name, querystring)
        _documents(self, bucket_name)[kind, querystring["id"][0]] = (self.body, {})
        return 200, {}, ""

    @patching.replace_method(S3Response, "_bucket_response_get", "self bucket_name querystring")
    def get(original: Any, self: S3Response, bucket_name: str, querystring: Query) -> Any:
        kind = _kind(_NAMED_DOCUMENTS, querystring)
        if kind is None:
            return original(self, bucket_name, querystring)
        documents = _documents(self, bucket_name)
        if "id" not in querystring:
            found = b"".join(_without_prolog(body) for (other, _), (body, _) in documents.items() if other == kind)
            root = escape(_NAMED_DOCUMENTS[kind])
            return 200, {}, b"<%b>%b<IsTruncated>false</IsTruncated></%b>" % (root.encode(), found, root.encode())
        if (kind, querystring["id"][0]) not in documents:
            raise _no_such_configuration()
        return 200, {}, documents[kind, querystring["id"][0]][0]

    @patching.replace_method(S3Response, "_bucket_response_delete", "self bucket_name querystring")
    def delete(original: Any, self: S3Response, bucket_name: str, querystring: Query) -> Any:
        kind = _kind(_NAMED_DOCUMENTS, querystring)
        if kind is None:
            return original(self, bucket_name, querystring)
        if _documents(self, bucket_name).pop((kind, querystring["id"][0]), None) is None:
            raise _no_such_configuration()
        return 204, {}, ""


def refuse_unknown_subresources() -> None:
    """PUT and DELETE with a sub-resource moto does not know: moto would create or delete the bucket instead."""

    @patching.replace_method(S3Response, "_bucket_response_put", "self request bucket_name querystring")
    def put(original: Any, self: S3Response, request: Any, bucket_name: str, querystring: Query) -> Any:
        _require_known("PUT", _PUT_BY_MOTO, querystring)
        return original(self, request, bucket_name, querystring)

    @patching.replace_method(S3Response, "_bucket_response_delete", "self bucket_name querystring")
    def delete(original: Any, self: S3Response, bucket_name: str, querystring: Query) -> Any:
        _require_known("DELETE", _DELETED_BY_MOTO, querystring)
        return original(self, bucket_name, querystring)


def _require_known(method: str, known: set[str], querystring: Query) -> None:
    unknown = set(querystring) - known - set(_NAMED_DOCUMENTS) - _NOT_SUBRESOURCES
    if unknown:
        raise NotEmulatedError(f"S3 {method} bucket with {', '.join(sorted(unknown))}")


def _no_such_configuration() -> RefusalError:
    return RefusalError("NoSuchConfiguration", "The specified configuration does not exist.", 404)


def _kind(kinds: Iterable[str], querystring: Query) -> str | None:
    return next((kind for kind in kinds if kind in querystring), None)


def _documents(response: S3Response, bucket_name: str) -> dict[tuple[str, str], tuple[bytes, dict[str, str]]]:
    bucket: FakeBucket = response.backend.get_bucket(bucket_name)
    if not hasattr(bucket, "put_documents"):
        bucket.put_documents = {}  # type: ignore[attr-defined]
    return bucket.put_documents  # type: ignore[attr-defined]


def _without_prolog(document: bytes) -> bytes:
    return document.split(b"?>", 1)[-1]
