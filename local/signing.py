"""Who signed a request, and for which service: the credential scope of AWS Signature Version 4.

The signature itself is not checked: the server listens on the loopback interface only, and whoever reaches it may name
any account as access key anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]

_HEADER_SCOPE = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_QUERY_SCOPE = re.compile(r"(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class ExpiredSignatureError(Exception):
    """A presigned URL that is too old."""


@dataclass(frozen=True)
class Scope:
    """The part of a signature that names the caller and the service called."""

    access_key_id: str
    region: str
    service: str
    session_token: str | None


def read_scope(environ: Environ) -> Scope | None:
    """The scope from the Authorization header or from a presigned URL; None for an unsigned request."""
    found = _HEADER_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        return Scope(found["key"], found["region"], found["service"].lower(), token)
    query = {name.lower(): values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    found = _QUERY_SCOPE.fullmatch(query.get("x-amz-credential", ""))
    token = query.get("x-amz-security-token")
    if found:
        signed = datetime.strptime(query["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        _require_fresh(signed + timedelta(seconds=int(query["x-amz-expires"])))
        return Scope(found["key"], found["region"], found["service"].lower(), token)
    if "awsaccesskeyid" in query and "signature" in query:
        # Signature Version 2, which some SDKs still presign S3 URLs with.
        _require_fresh(datetime.fromtimestamp(int(query["expires"]), UTC))
        return Scope(query["awsaccesskeyid"], "us-east-1", "s3", token)
    return None


def _require_fresh(expires: datetime) -> None:
    if expires < datetime.now(UTC):
        raise ExpiredSignatureError
