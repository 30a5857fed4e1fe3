"""What the masked copy of a dataset shows instead of its sensitive values."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contracts import Contract

#: What the key of the masks is derived from: another text is another key, and then nothing joins any more.
KEY_MESSAGE = b"lake-masking-v1"

_BLOCK = 64


def derive_key(kms: Any, alias: str) -> bytes:
    """The key of all hashes of a lake: only who may use the KMS key can compute it, and it is stored nowhere."""
    answer = kms.generate_mac(KeyId=alias, MacAlgorithm="HMAC_SHA_256", Message=KEY_MESSAGE)
    return answer["Mac"]


def keyed_hash(value: str, key: bytes) -> str:
    """What the mask `hash` makes of a value: the same in every dataset."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def mask_columns(rows: DataFrame, contract: Contract, key: bytes | None) -> DataFrame:
    """The rows as everybody may see them. The key is needed when a column is hashed."""
    masks = _masks(key)
    changed = {column.name: masks[column.mask](F.col(column.name)) for column in contract.columns if column.mask}
    types = {field.name: field.dataType for field in rows.schema.fields}
    return rows.withColumns({name: expression.cast(types[name]) for name, expression in changed.items()})


def _masks(key: bytes | None) -> dict[str | None, Callable[[Expression], Expression]]:
    return {
        "hash": lambda value: _hash(value, key),
        "redact": lambda _: F.lit(None),
        "partial": _partial,
        "date_trunc": lambda value: F.date_trunc("month", value),
    }


def _hash(value: Expression, key: bytes | None) -> Expression:
    """HMAC-SHA256 (RFC 2104) from Spark's own functions: no value has to travel to Python."""
    if key is None:
        raise ValueError("a column is hashed and no key was given")
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (F.lit(bytearray(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    digest = F.unhex(F.sha2(F.concat(inner, F.encode(value, "UTF-8")), 256))
    return F.sha2(F.concat(outer, digest), 256)


def _partial(value: Expression) -> Expression:
    """`***4321` and `***@example.com`: the last four characters but never more than half of them."""
    shown = F.least(F.lit(4), F.floor(F.length(value) / 2).cast("int"))
    end = F.right(value, shown)
    domain = F.regexp_extract(value, r"^[^@\s]+(@[^@\s]+)$", 1)
    return F.when(value.isNotNull(), F.concat(F.lit("***"), F.when(domain != "", domain).otherwise(end)))
