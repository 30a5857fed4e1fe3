"""The tables of a dataset in the refined zone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from .contracts import LINEAGE, Contract
from .tables import Table

#: The table property that names the masks by which a masked table was written.
MASKS = "lake.masks"


@dataclass(frozen=True)
class RefinedTable:
    """A table, and whether its values are masked."""

    table: Table
    is_masked: bool
    #: What the Glue catalog says of it; None for what it must not say.
    parameters: dict[str, str | None]


def refined_tables(contract: Contract, bucket: str, zone: str) -> list[RefinedTable]:
    """The tables in the order in which they are written: first the clear one, if a column is masked, then the one for all.

    The second is the one whose commits start what comes next; when it is there, so is the first.
    """
    database = f"{zone}_{contract.domain}".replace("-", "_")
    masks = {column.name: column.mask for column in contract.columns if column.mask}
    described = {
        "owner": contract.owner,
        "data_classification": contract.classification,
        "freshness": contract.freshness,
    }
    shown = Table(
        database=database,
        name=contract.dataset,
        location=f"s3://{bucket}/masked/{contract.domain}/{contract.dataset}/",
        description=contract.description,
        columns=(*contract.columns, *LINEAGE),
        properties={MASKS: json.dumps(masks, sort_keys=True)},
    )
    public = RefinedTable(shown, contract.is_masked, described)
    if not contract.is_masked:
        return [public]
    location = f"s3://{bucket}/clear/{contract.domain}/{contract.dataset}/"
    clear = replace(shown, database=f"{database}_clear", location=location, properties={})
    return [RefinedTable(clear, False, {**described, "data_classification": contract.highest}), public]
