"""The tables of a dataset in the refined zone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from .contracts import LINEAGE, Contract
from .removals import removals_of
from .tables import Table

#: Databases begin with it.
LAYER = "refined"

#: The table property that names the masks by which a masked table was written.
MASKS = "lake.masks"


_MASKS_FIX = (
    "the contract masks other columns than the stored rows were masked by: change the masks back, "
    "or drop the dataset's refined tables and refine all of its raw files again"
)


@dataclass(frozen=True)
class RefinedTable:
    """A table, and whether its values are masked."""

    table: Table
    is_masked: bool
    #: What the Glue catalog says of it; None for what it must not say.
    parameters: dict[str, str | None]
    #: The list of its deleted rows, where the contract knows such.
    removals: Table | None = None

    @property
    def tables(self) -> list[Table]:
        """All that it consists of, in the order in which it is written."""
        return [self.table] if self.removals is None else [self.removals, self.table]


def refined_tables(contract: Contract, root: str) -> list[RefinedTable]:
    """The tables in the order in which they are written: the clear one, if a column is masked, then the one for all.

    Commits of the last one start what comes next: when it has a batch, so have all.
    """
    database = f"{LAYER}_{contract.domain}"
    masks = {column.name: column.mask for column in contract.columns if column.mask}
    described = {
        "owner": contract.owner,
        "data_classification": contract.classification,
        "freshness": contract.freshness,
    }
    shown = Table(
        database=database,
        name=contract.dataset,
        location=f"{root}/masked/{contract.domain}/{contract.dataset}/",
        description=contract.description,
        columns=(*contract.columns, *LINEAGE),
        classification=contract.classification,
        properties={MASKS: json.dumps(masks, sort_keys=True)},
        fixed={MASKS: _MASKS_FIX},
    )
    public = RefinedTable(shown, contract.is_masked, described, removals_of(shown, contract))
    if not contract.is_masked:
        return [public]
    location = f"{root}/clear/{contract.domain}/{contract.dataset}/"
    unmasked = {"classification": contract.highest, "properties": {}, "fixed": {}}
    clear = replace(shown, database=f"{database}_clear", location=location, **unmasked)
    sensitive = {**described, "data_classification": contract.highest}
    return [RefinedTable(clear, False, sensitive, removals_of(clear, contract)), public]
