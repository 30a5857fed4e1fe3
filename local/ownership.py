"""Which account owns what a request names.

moto answers each request from the state of the caller's account. On AWS a request reaches the account that owns the
bucket, queue or key it names, whoever asks; whether the caller may is decided before.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.s3.models import s3_backends

from local.signing import Environ, Scope

_QUEUE_URL = re.compile(r"https?://[^/]+/(\d{12})/[^/]+")
_ARN = re.compile(r"arn:aws:[^:]+:[^:]*:(\d{12}):.+")


def owner_of(environ: Environ, scope: Scope) -> str | None:
    """The account that owns the resource of a request, or None where the caller's own is meant."""
    find = _FINDERS.get(scope.service)
    return find(environ) if find else None


def read_body(environ: Environ) -> bytes:
    """The request's body, which stays readable for moto."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def raw_path(environ: Environ) -> str:
    """The path as it arrived, still percent-encoded, without host and query."""
    uri = environ.get("RAW_URI") or environ["PATH_INFO"]
    return urlsplit(uri).path if "://" in uri[:8] else uri.split("?", 1)[0]


def _bucket_owner(environ: Environ) -> str | None:
    path = unquote(raw_path(environ))
    if path.startswith("/v20180820/"):
        return environ.get("HTTP_X_AMZ_ACCOUNT_ID")
    bucket, _, key = path.lstrip("/").partition("/")
    creates_bucket = environ["REQUEST_METHOD"] == "PUT" and not key and not environ.get("QUERY_STRING")
    if creates_bucket or bucket not in s3_backends.bucket_accounts:
        return None
    return s3_backends.bucket_accounts[bucket][1]


def _json_parameter(*names: str) -> Callable[[Environ], str | None]:
    """A finder for JSON services: the first of the parameters that is an ARN or a queue URL names the owner."""

    def find(environ: Environ) -> str | None:
        if not environ.get("CONTENT_TYPE", "").startswith("application/x-amz-json"):
            return None
        parameters: dict[str, Any] = json.loads(read_body(environ) or b"{}")
        for name in names:
            value = parameters.get(name)
            found = isinstance(value, str) and (_ARN.fullmatch(value) or _QUEUE_URL.fullmatch(value))
            if found:
                return found[1]
        return None

    return find


def _function_owner(environ: Environ) -> str | None:
    found = re.search(r"arn:aws:lambda:[^:/]+:(\d{12}):", unquote(raw_path(environ)))
    return found[1] if found else None


_FINDERS: dict[str, Callable[[Environ], str | None]] = {
    "s3": _bucket_owner,
    "sqs": _json_parameter("QueueUrl", "SourceArn"),
    "kms": _json_parameter("KeyId", "TargetKeyId"),
    "dynamodb": _json_parameter("TableName", "ResourceArn", "TableArn"),
    "lambda": _function_owner,
}
