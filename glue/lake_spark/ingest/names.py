"""Keys of items and objects: the counterpart of contracts/ingestion.ts, which says what each is for."""

from __future__ import annotations

import re
from hashlib import sha256

from ..contracts import KEY_LISTS, Contract

REGULAR_WINDOW = "window#regular"


def table_id(source: str, table: str) -> str:
    """`<domain>/<source>/<table>`; the last part may hold anything."""
    return f"{source}/{table}"


def staging_root(source: str, table: str) -> str:
    """Below it are the folders of all attempts at a table. Only plain names mean the same to Hadoop and to S3."""
    # JavaScript's \w, which has made the same decision, knows ASCII only.
    plain = re.fullmatch(r"[A-Za-z0-9_]+", table) is not None
    part = table if plain else f"x-{sha256(table.encode()).hexdigest()[:32]}"
    return f"_staging/{source}/{part}/"


def staging_prefix(source: str, table: str, token: int) -> str:
    """Where one attempt puts its files and its manifest."""
    return f"{staging_root(source, table)}{token}/"


def window_version(start: str | None, stop: str) -> str:
    """Value of `_source_version` in all rows of a window."""
    return f"{start or ''}~{stop}"


def ingested_key(contract: Contract, table: str, kind: str, start: str | None, stop: str, number: int) -> str:
    """Where a file of a window goes in the raw zone's bucket: the same at each attempt.

    `table` is what `table_id` says, `number` that of the file within the window, from 0.
    """
    identity = _identity(table, kind, start, stop)
    return f"{contract.domain}/{contract.dataset}/ingest_date={stop[:10]}/{identity}-{number:05}.parquet"


def keys_key(contract: Contract, table: str, kind: str, start: str | None, stop: str) -> str:
    """Where the list of all keys goes that was read with a window, in the raw zone's bucket.

    It is no partition of the raw zone's table, and engines leave out what begins with an underscore.
    """
    identity = _identity(table, kind, start, stop)
    return f"{contract.domain}/{contract.dataset}/{KEY_LISTS}{re.sub('[-:.]', '', stop)}-{identity}.parquet"


def _identity(table: str, kind: str, start: str | None, stop: str) -> str:
    return sha256("|".join((table, kind, start or "", stop)).encode()).hexdigest()[:32]
