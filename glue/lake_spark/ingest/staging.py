"""Files of a window in the raw zone's bucket: staged by an attempt, then copied to where they belong."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.s3.transfer import TransferConfig
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from ..tags import tagging
from .reading import Written

log = logging.getLogger("lake.ingest")

#: Says of a published object which staged one it was copied from.
_STAGED = "lake-staged"
#: A file of so many rows is one that a task of refine reads with ease.
_ROWS_OF_A_FILE = 2_000_000
#: Folders of what an attempt stages.
_DATA, _KEYS = "data", "keys"
#: The largest object that S3 copies at once is 5 GiB; larger ones go in parts.
_COPY = TransferConfig(multipart_threshold=4 * 1024**3, multipart_chunksize=1024**3)


@dataclass(frozen=True)
class StagedFile:
    """An object and where it is to go."""

    staged: str
    final: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What an attempt has written, for whoever publishes it."""

    files: tuple[StagedFile, ...]
    #: The classification by which access to the files is decided.
    classification: str
    figures: Mapping[str, Any]


class RawZone:
    """The bucket; `client` is boto3's for S3."""

    def __init__(self, spark: SparkSession, client: Any, bucket: str) -> None:
        self._spark = spark
        self._client = client
        self._bucket = bucket

    def write(self, frame: DataFrame, prefix: str) -> Written:
        """Writes a frame below a prefix, over an earlier try's, and counts what came and what lies there."""
        return self._write(frame, f"{prefix}{_DATA}", _ROWS_OF_A_FILE)

    def write_keys(self, frame: DataFrame, prefix: str) -> Written:
        """The same for a list of keys, which is one file."""
        return self._write(frame.coalesce(1), f"{prefix}{_KEYS}", 0)

    def _write(self, frame: DataFrame, folder: str, rows_of_a_file: int) -> Written:
        uri = f"s3://{self._bucket}/{folder}"
        seen = Observation("read")
        # What has a date before 1582 is written as the day that it is.
        self._spark.conf.set("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
        counted = frame.observe(seen, F.count(F.lit(1)).alias("rows"))
        options = {"compression": "zstd", "maxRecordsPerFile": rows_of_a_file}
        counted.write.mode("overwrite").options(**options).parquet(uri)
        size = sum(entry["Size"] for entry in self._files(folder))
        return Written(seen.get["rows"], self._spark.read.parquet(uri).count(), size)

    def staged(self, prefix: str) -> list[tuple[str, int]]:
        """Keys and sizes of the data files below a prefix, in the order of their names."""
        return sorted((entry["Key"], entry["Size"]) for entry in self._files(f"{prefix}{_DATA}"))

    def staged_keys(self, prefix: str) -> list[tuple[str, int]]:
        """The same of a list of keys."""
        return [(entry["Key"], entry["Size"]) for entry in self._files(f"{prefix}{_KEYS}")]

    def write_manifest(self, key: str, manifest: Manifest) -> None:
        """Stores a manifest."""
        document = {
            "files": [{"staged": file.staged, "final": file.final, "bytes": file.bytes} for file in manifest.files],
            "classification": manifest.classification,
            "figures": dict(manifest.figures),
        }
        body = json.dumps(document, indent=1, ensure_ascii=False).encode()
        # Its figures may be values of columns, such as the ends of a window.
        tag = tagging(manifest.classification)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", Tagging=tag)

    def read_manifest(self, key: str) -> Manifest:
        """A stored manifest."""
        document = json.loads(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        files = tuple(StagedFile(**file) for file in document["files"])
        return Manifest(files, document["classification"], document["figures"])

    def publish(self, file: StagedFile, classification: str) -> None:
        """Copies a file to where it belongs, unless an earlier attempt has: each copy would be refined anew."""
        if self._is_published(file):
            return
        self._client.copy(
            {"Bucket": self._bucket, "Key": file.staged},
            self._bucket,
            file.final,
            ExtraArgs={
                "MetadataDirective": "REPLACE",
                "Metadata": {_STAGED: file.staged},
                "TaggingDirective": "REPLACE",
                "Tagging": tagging(classification),
                "ContentType": "application/vnd.apache.parquet",
            },
            Config=_COPY,
        )

    def _is_published(self, file: StagedFile) -> bool:
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=file.final)
        except self._client.exceptions.ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return False
            raise
        return bool(head["Metadata"].get(_STAGED) == file.staged and head["ContentLength"] == file.bytes)

    def clean(self, root: str, token: int) -> None:
        """Removes what this attempt and earlier ones have staged below a table's root; what stays is harmless."""
        try:
            keys = [entry["Key"] for entry in self._list(root) if _token_of(entry["Key"], root) <= token]
            for first in range(0, len(keys), 1000):
                objects = [{"Key": key} for key in keys[first : first + 1000]]
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
        except Exception as error:
            log.warning("%s was not cleaned: %s", root, error)

    def _files(self, folder: str) -> Sequence[Mapping[str, Any]]:
        return [entry for entry in self._list(f"{folder}/") if entry["Key"].endswith(".parquet")]

    def _list(self, prefix: str) -> list[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [entry for page in pages for entry in page.get("Contents", ())]


def _token_of(key: str, root: str) -> int:
    return int(key[len(root) :].partition("/")[0])
