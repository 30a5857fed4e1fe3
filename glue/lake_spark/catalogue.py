"""What the Glue catalog says of a table beside its columns: who answers for it, how sensitive and how fresh it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

# What GetTable answers and UpdateTable takes.
_INPUT = (
    *("Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor"),
    *("PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable"),
)


class Catalogue(Protocol):
    """Where tables are described."""

    def describe(self, database: str, table: str, parameters: Mapping[str, str | None]) -> bool:
        """Makes the parameters so; None removes one. Whether anything had to change."""


class GlueCatalogue:
    """The real one; `client` is boto3's for Glue."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def describe(self, database: str, table: str, parameters: Mapping[str, str | None]) -> bool:
        """Makes the parameters so, unless they are. It fails if a commit comes between."""
        stored = self._client.get_table(DatabaseName=database, Name=table)["Table"]
        old = stored.get("Parameters", {})
        new = {key: value for key, value in {**old, **parameters}.items() if value is not None}
        if new == old:
            return False
        entry = {key: stored[key] for key in _INPUT if key in stored}
        version = {"VersionId": stored["VersionId"]} if "VersionId" in stored else {}
        self._client.update_table(
            DatabaseName=database, TableInput={**entry, "Parameters": new}, SkipArchive=True, **version
        )
        return True
