"""JSON documents in S3: manifests that jobs read and results that they write."""

from __future__ import annotations

import json
from typing import Any, Protocol
from urllib.parse import urlsplit

from .contracts import CLASSIFICATIONS
from .tags import tagging


class Documents(Protocol):
    """Where manifests come from and results go."""

    def read(self, uri: str) -> Any:
        """The document at the address."""

    def write(self, uri: str, document: Any) -> None:
        """Puts a document at the address, over what was there."""


class S3Documents:
    """The real one; `client` is boto3's for S3."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, uri: str) -> Any:
        """The document at `s3://bucket/key`."""
        return json.loads(self._client.get_object(**_place(uri))["Body"].read())

    def write(self, uri: str, document: Any) -> None:
        """Puts a document at `s3://bucket/key`."""
        body = json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
        # They say what ran and hold no row: who may read anything of the lake may read them.
        tag = tagging(CLASSIFICATIONS[0])
        self._client.put_object(**_place(uri), Body=body, ContentType="application/json", Tagging=tag)


def _place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri, allow_fragments=False)
    key = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme != "s3" or not parts.netloc or not key:
        raise ValueError(f"{uri} is no address of an object: write s3://bucket/key")
    return {"Bucket": parts.netloc, "Key": key}
