"""What can be asked for: buckets by the folders that policies tell apart, keys, databases and what else holds data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.model import Document
from access.stacks import Estate, Owned
from access.variables import VARIABLE

#: All of a bucket that no policy tells apart.
REST = "..."


def label_of(one: Owned) -> str:
    """`raw` for `lake-prod-raw-333333333333-eu-west-1`: without what its account says already."""
    name = one.name.removeprefix(f"{one.account.prefix}-")
    return name.removesuffix(f"-{one.account.id}-{one.account.region}")


@dataclass(frozen=True)
class Folder:
    """A part of a bucket that some policy names."""

    bucket: Owned
    #: A pattern of keys like `masked/*`, with the variables of policies, or `...` for all else.
    pattern: str

    def key(self, values: Mapping[str, str]) -> str | None:
        """The key of an object here, with values for the variables; nothing if one has none."""
        missing: list[str] = []

        def value(found: re.Match[str]) -> str:
            text = values.get(found[1].lower())
            if text is None:
                missing.append(found[1])
            return text or ""

        text = VARIABLE.sub(value, "rest/*" if self.pattern == REST else self.pattern)
        return None if missing else text.replace("*", "any").replace("?", "x")


def folders_of(bucket: Owned, documents: Iterable[Document]) -> list[Folder]:
    """The folders of a bucket that the policies name, and the rest."""
    patterns = {pattern for document in documents for pattern in _patterns(document.body, bucket.arn)}
    return [Folder(bucket, pattern) for pattern in [*sorted(patterns - {"*"}), REST]]


def _patterns(body: Mapping[str, Any], arn: str) -> Iterator[str]:
    for statement in body["Statement"]:
        for name in ("Resource", "NotResource"):
            value = statement.get(name, [])
            for resource in [value] if isinstance(value, str) else value:
                bucket, slash, pattern = resource.partition("/")
                if slash and re.fullmatch(re.escape(bucket).replace(r"\*", ".*").replace(r"\?", "."), arn):
                    yield pattern


def all_documents(estate: Estate) -> list[Document]:
    """Every policy that names folders."""
    documents = [document for identity in estate.identities for document in identity.policies]
    documents += [identity.boundary for identity in estate.identities if identity.boundary]
    return [*documents, *(one.policy for one in estate.owned if one.policy)]


def keys_of(estate: Estate) -> dict[str, Owned]:
    """All keys by their ARN."""
    return {key.arn: key for key in estate.of_type("kms_key")}
