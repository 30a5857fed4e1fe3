"""Pipelines as jobs find them: in a zip, beside the library."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lake_spark.curate_pipelines import pipeline_of

from .pipeline_inputs import ROOT

ENTRY = {
    "id": "sales_eu/totals",
    "domain": "sales_eu",
    "name": "totals",
    "description": "Totals, à la carte",
    "owner": "sales-data@example.com",
    "inputs": ["sales/orders"],
    "clear": [],
    "key": ["id"],
    "classification": "confidential",
    "columns": [
        {"name": "id", "type": "string", "required": False, "classification": "confidential"},
        {"name": "n", "type": "bigint", "required": True, "classification": "confidential"},
        {"name": "m", "type": "bigint", "required": False, "classification": "confidential"},
    ],
    "quality": [],
    "start": {"onInputs": True},
    "code": "domains/sales_eu/pipelines/totals/transform.py",
}
CODE = "def transform(inputs):\n    return dict(inputs)\n"
ASKED = """
import json, sys
from lake_spark.curate_pipelines import load_pipeline
pipeline, code = load_pipeline(sys.argv[1])
print(json.dumps([pipeline.id, pipeline.description, code.version, code.transform({"a": 1})]))
"""


def library(path: Path, entry: dict = ENTRY, code: str = CODE) -> Path:
    """The library with one pipeline, as the build packs it."""
    with zipfile.ZipFile(path, "w") as packed:
        for file in (ROOT / "glue/lake_spark").glob("*.py"):
            packed.write(file, f"lake_spark/{file.name}")
        packed.writestr("lake_spark/pipelines.json", json.dumps([entry]))
        for folder in ("lake_pipelines", "lake_pipelines/sales_eu", "lake_pipelines/sales_eu/totals"):
            packed.writestr(f"{folder}/__init__.py", "")
        packed.writestr("lake_pipelines/sales_eu/totals/transform.py", code)
    return path


def ask(packed: Path, pipeline: str) -> subprocess.CompletedProcess[str]:
    script = f"import sys; sys.path.insert(0, {str(packed)!r}){ASKED}"
    return subprocess.run([sys.executable, "-c", script, pipeline], capture_output=True, text=True, check=False)


def test_a_pipeline_and_its_code_come_out_of_the_zip(tmp_path):
    answer = ask(library(tmp_path / "a.zip"), "sales_eu/totals")
    assert answer.returncode == 0, answer.stderr
    name, description, version, made = json.loads(answer.stdout)
    assert (name, description, made) == ("sales_eu/totals", "Totals, à la carte", {"a": 1})
    assert len(version) == 64


def test_the_version_follows_code_and_configuration_and_nothing_else(tmp_path):
    changed = {**ENTRY, "description": "Totals"}
    packed = [
        library(tmp_path / "a.zip"),
        library(tmp_path / "b.zip"),
        library(tmp_path / "c.zip", code=CODE + "# said\n"),
        library(tmp_path / "d.zip", changed),
        library(tmp_path / "e.zip", dict(reversed(ENTRY.items()))),
    ]
    versions = [json.loads(ask(path, "sales_eu/totals").stdout)[2] for path in packed]
    assert versions[0] == versions[1] == versions[4]
    assert len(set(versions)) == 3


def test_an_unknown_pipeline_is_told_which_there_are(tmp_path):
    answer = ask(library(tmp_path / "a.zip"), "sales/totals")
    assert (
        answer.stderr.strip()
        .splitlines()[-1]
        .endswith("--pipeline sales/totals is not known: use one of sales_eu/totals")
    )


def test_tables_of_marts_are_named_by_layer_and_domain():
    table = pipeline_of(ENTRY).table("s3://bucket")
    assert (table.short_name, table.location) == ("curated_sales_eu.totals", "s3://bucket/marts/sales_eu/totals/")


@pytest.mark.parametrize("name", ["id", "n"])
def test_keys_are_required_as_well_as_what_is_said_to_be(name):
    assert name in pipeline_of(ENTRY).required


def test_what_is_neither_key_nor_required_may_be_empty():
    assert "m" not in pipeline_of(ENTRY).required
