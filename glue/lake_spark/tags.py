"""The object tag by which people's access to objects is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import urlsplit

#: Its value is a classification, as in contracts/layout.ts.
CLASSIFICATION_TAG = "classification"

#: Requests at a time; boto3 keeps ten connections.
_AT_A_TIME = 10


def tagging(classification: str) -> str:
    """The tag as requests that write an object carry it."""
    return f"{CLASSIFICATION_TAG}={classification}"


class Tags(Protocol):
    """How objects are tagged that are there already."""

    def tag(self, location: str, classification: str) -> int:
        """Tags every object below the location, earlier versions too. Returns how many there are."""


class S3Tags:
    """The real one; `client` is boto3's for S3."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tag(self, location: str, classification: str) -> int:
        """Tags every object below `s3://bucket/prefix`, earlier versions too."""
        parts = urlsplit(location, allow_fragments=False)
        tags = {"TagSet": [{"Key": CLASSIFICATION_TAG, "Value": classification}]}

        def put(version: Mapping[str, Any]) -> None:
            # Of what is no version of many, S3 says the version "null".
            named = {"Key": version["Key"], "VersionId": version["VersionId"]}
            try:
                self._client.put_object_tagging(Bucket=parts.netloc, **named, Tagging=tags)
            except self._client.exceptions.ClientError as error:
                # The bucket's lifecycle has removed it meanwhile.
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 404:
                    raise

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return sum(1 for _ in pool.map(put, self._versions(parts.netloc, f"{parts.path.strip('/')}/")))

    def _versions(self, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Versions", ())
