"""The marts and their code, as the build wrote them into these packages (`serializePipelines`)."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pyspark.sql import DataFrame

from .contracts import Column, column_of, packaged_json
from .errors import ArgumentsError
from .tables import Table

#: Marts lie in the databases `curated_<domain>`.
LAYER = "curated"

Transform = Callable[[Mapping[str, DataFrame]], DataFrame]


@dataclass(frozen=True)
class Pipeline:
    """A mart: what it is made of and what it promises."""

    #: `<domain>/<pipeline>`
    id: str
    domain: str
    name: str
    description: str
    owner: str
    #: Ids of datasets: the masked table of each, unless it is named in `clear`.
    inputs: tuple[str, ...]
    clear: tuple[str, ...]
    key: tuple[str, ...]
    classification: str
    columns: tuple[Column, ...]
    quality: tuple[str, ...] = ()
    freshness: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that have a value in every row."""
        return tuple(column.name for column in self.columns if column.required or column.name in self.key)

    @property
    def parameters(self) -> dict[str, str | None]:
        """What the Glue catalog says of the mart; None for what it must not say."""
        return {"owner": self.owner, "data_classification": self.classification, "freshness": self.freshness}

    def table(self, root: str) -> Table:
        """Where the mart is kept."""
        return Table(
            database=f"{LAYER}_{self.domain}",
            name=self.name,
            location=f"{root}/marts/{self.domain}/{self.name}/",
            description=self.description,
            columns=self.columns,
            classification=self.classification,
        )


def pipeline_of(entry: Mapping[str, Any]) -> Pipeline:
    """A pipeline from its JSON."""
    return Pipeline(
        id=entry["id"],
        domain=entry["domain"],
        name=entry["name"],
        description=entry["description"],
        owner=entry["owner"],
        inputs=tuple(entry["inputs"]),
        clear=tuple(entry.get("clear", ())),
        key=tuple(entry["key"]),
        classification=entry["classification"],
        columns=tuple(column_of(column) for column in entry["columns"]),
        quality=tuple(entry.get("quality", ())),
        freshness=entry.get("freshness"),
    )


@dataclass(frozen=True)
class Code:
    """A pipeline's function, and a text that is another one when the function or the configuration is."""

    transform: Transform
    version: str


def load_pipeline(pipeline_id: str) -> tuple[Pipeline, Code]:
    """The pipeline `<domain>/<pipeline>` with its code. Raises ArgumentsError that names the known ones."""
    entries = {entry["id"]: entry for entry in packaged_json("pipelines.json")}
    entry = entries.get(pipeline_id)
    if entry is None:
        raise ArgumentsError(f"--pipeline {pipeline_id} is not known: use one of {', '.join(sorted(entries))}")
    pipeline = pipeline_of(entry)
    package = f"lake_pipelines.{pipeline.domain}.{pipeline.name}"
    source = resources.files(package).joinpath("transform.py").read_bytes()
    said = json.dumps(entry, sort_keys=True, ensure_ascii=False).encode()
    version = hashlib.sha256(said + b"\0" + source).hexdigest()
    return pipeline, Code(importlib.import_module(f"{package}.transform").transform, version)
