"""The contracts of all datasets, as the build wrote them into this package (`serializeContracts`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .errors import ArgumentsError


@dataclass(frozen=True)
class Column:
    """A column of a dataset or of a mart."""

    name: str
    #: As the contract writes it: `string`, `timestamp`, `decimal(10,2)` ...
    type: str
    description: str | None = None
    required: bool = False
    #: What the masked copy holds: `hash`, `redact`, `partial` or `date_trunc`; None leaves the value as it is.
    mask: str | None = None


#: From the least to the most sensitive.
CLASSIFICATIONS = ("proprietary", "confidential", "secret")
#: What a mask hides is at least that sensitive (contracts/contract.ts).
LEAST_UNMASKED = "confidential"

#: Added behind the columns of the contract, as in the raw zone (contracts/layout.ts).
LINEAGE = (
    Column("_source_object", "string", "Address of the file the row came in"),
    Column("_source_version", "string", "Version of that file"),
    Column("_source_row", "bigint", "Number of the record in the file; the first after the header is 1"),
    Column("_loaded_at", "timestamp", "When the row was loaded (UTC)"),
)

#: The folder of lists of all keys of a database's table, within that of the dataset in the raw zone.
KEY_LISTS = "_keys/"


@dataclass(frozen=True)
class Contract:
    """As much of a dataset's contract as the jobs need."""

    #: `<domain>/<dataset>`
    id: str
    domain: str
    dataset: str
    description: str
    owner: str
    key: tuple[str, ...]
    classification: str
    #: The highest classification of anything in the dataset.
    highest: str
    columns: tuple[Column, ...]
    quality: tuple[str, ...] = ()
    freshness: str | None = None
    #: The column that tells which of two records with one key is the later; then the order of loading decides.
    latest_by: str | None = None
    #: The column that tells whether (boolean) or since when (date, time) a record's row is deleted.
    deleted_by: str | None = None

    @property
    def deletion(self) -> Column | None:
        """The column that tells of deleted rows."""
        return next((column for column in self.columns if column.name == self.deleted_by), None)

    @property
    def is_masked(self) -> bool:
        """Whether a clear copy is kept beside the masked one."""
        return any(column.mask for column in self.columns)

    @property
    def version(self) -> tuple[str, ...]:
        """The columns by which, in this order, the later of two records with one key is found."""
        loading = ("_loaded_at", "_source_object", "_source_version", "_source_row")
        return loading if self.latest_by is None else (self.latest_by, *loading)


def column_of(entry: Mapping[str, Any]) -> Column:
    """A column from its JSON."""
    return Column(
        entry["name"], entry["type"], entry.get("description"), entry.get("required", False), entry.get("mask")
    )


def contract_of(entry: Mapping[str, Any]) -> Contract:
    """A contract from its JSON."""
    given = [column["classification"] for column in entry["columns"] if "classification" in column]
    hidden = [LEAST_UNMASKED for column in entry["columns"] if column.get("mask")]
    return Contract(
        id=entry["id"],
        domain=entry["domain"],
        dataset=entry["dataset"],
        description=entry["description"],
        owner=entry["owner"],
        key=tuple(entry["key"]),
        classification=entry["classification"],
        highest=max((entry["classification"], *given, *hidden), key=CLASSIFICATIONS.index),
        columns=tuple(column_of(column) for column in entry["columns"]),
        quality=tuple(entry.get("quality", ())),
        freshness=entry.get("freshness"),
        latest_by=entry.get("latest_by"),
        deleted_by=entry.get("deleted_by"),
    )


def packaged_json(name: str) -> Any:
    """A JSON document of this package, also when the package is a zip."""
    return json.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


def load_contracts() -> dict[str, Contract]:
    """All contracts by id."""
    return {entry["id"]: contract_of(entry) for entry in packaged_json("contracts.json")}


def find_contract(contracts: Mapping[str, Contract], dataset: str) -> Contract:
    """The contract of `<domain>/<dataset>`. Raises ArgumentsError that names the known ones."""
    contract = contracts.get(dataset)
    if contract is None:
        raise ArgumentsError(f"--dataset {dataset} has no contract: use one of {', '.join(sorted(contracts))}")
    return contract
