"""What needs no Spark: arguments, contracts, documents, what the catalog says, and how errors end a job."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import BytesIO

import pytest
from pyspark.sql.types import DecimalType, IntegerType, LongType

from lake_spark.arguments import parse_arguments
from lake_spark.catalogue import GlueCatalogue
from lake_spark.column_types import is_widening, spark_type
from lake_spark.contracts import CLASSIFICATIONS, LINEAGE, contract_of, find_contract
from lake_spark.documents import S3Documents
from lake_spark.entry import one_line
from lake_spark.errors import ArgumentsError, QualityRefusedError
from lake_spark.refined_tables import refined_tables

from .conftest import ROOT

CONTRACT = {
    "id": "sales/customers",
    "domain": "sales",
    "dataset": "customers",
    "description": "x",
    "owner": "a@example.com",
    "format": {"type": "csv"},
    "key": ["id"],
    "classification": "proprietary",
    "columns": [
        {"name": "id", "type": "string", "required": True, "classification": "proprietary"},
        {"name": "born", "type": "date", "required": False, "classification": "secret", "mask": "redact"},
    ],
    "files": [],
    "quality": [],
    "freshness": "24h",
}


def test_arguments_come_in_both_forms_among_those_of_glue():
    argv = ["--JOB_ID", "j", "--dataset", "sales/x", "--batch_id=b=1", "--note", "run", "--result", "--odd"]
    assert parse_arguments(argv, ["dataset", "batch_id", "result"], {"run": "none"}) == {
        "dataset": "sales/x",
        "batch_id": "b=1",
        "result": "--odd",
        "run": "none",
    }


def test_everything_that_is_missing_is_said_at_once():
    with pytest.raises(ArgumentsError, match=r"missing: --b, --c \(given: --a\): start the job with a value for each"):
        parse_arguments(["--a", "1", "--b", "", "--c"], ["a", "b", "c"], {})


def test_an_unknown_dataset_is_answered_with_the_known_ones():
    contracts = {"sales/customers": contract_of(CONTRACT)}
    assert find_contract(contracts, "sales/customers").owner == "a@example.com"
    with pytest.raises(ArgumentsError, match="--dataset sales/x has no contract: use one of sales/customers"):
        find_contract(contracts, "sales/x")


def test_the_tables_of_a_masked_dataset_the_one_for_all_last():
    clear, public = refined_tables(contract_of(CONTRACT), "s3://refined")
    assert (clear.table.short_name, public.table.short_name) == (
        "refined_sales_clear.customers",
        "refined_sales.customers",
    )
    assert clear.table.location == "s3://refined/clear/sales/customers/"
    assert public.table.location == "s3://refined/masked/sales/customers/"
    assert (clear.is_masked, public.is_masked) == (False, True)
    assert clear.parameters["data_classification"] == "secret"
    assert public.parameters == {
        "owner": "a@example.com",
        "data_classification": "proprietary",
        "freshness": "24h",
    }


def test_a_dataset_without_masks_has_no_clear_copy():
    plain = {**CONTRACT, "columns": CONTRACT["columns"][:1]}
    assert [target.table.database for target in refined_tables(contract_of(plain), "s3://r")] == ["refined_sales"]


def test_lineage_and_classifications_are_those_of_the_contracts_in_typescript():
    layout = (ROOT / "contracts" / "layout.ts").read_text()
    found = re.findall(r'\{ name: "(_\w+)", type: "(\w+)", comment: "([^"]+)" \}', layout)
    assert found == [(column.name, column.type, column.description) for column in LINEAGE]
    contract = (ROOT / "contracts" / "contract.ts").read_text()
    assert f"classifications = {json.dumps(list(CLASSIFICATIONS))} as const" in contract


def test_types_of_contracts_are_sparks_as_typescript_names_them():
    source = (ROOT / "contracts" / "column-types.ts").read_text()
    names = re.findall(r'^  (\w+): \{ glue: .* spark: "(\w+)"', source, re.MULTILINE)
    assert len(names) == 7
    assert {name: spark_type(name).simpleString() for name, _ in names} == {name: s.lower() for name, s in names}
    assert spark_type("decimal(38,10)") == DecimalType(38, 10)
    with pytest.raises(ValueError, match="text is no column type: use string, int"):
        spark_type("text")


def test_only_what_loses_nothing_is_widening():
    assert is_widening(IntegerType(), LongType())
    assert not is_widening(LongType(), IntegerType())
    assert is_widening(DecimalType(9, 2), DecimalType(10, 2))
    assert not is_widening(DecimalType(10, 2), DecimalType(10, 3))
    # Another scale, and more digits: Iceberg could not read the old files so.
    assert not is_widening(DecimalType(10, 2), DecimalType(12, 3))
    assert not is_widening(DecimalType(10, 2), DecimalType(9, 2))


class FakeS3:
    """One bucket."""

    def __init__(self):
        self.objects = {}

    def put_object(self, *, Bucket, Key, Body, ContentType, Tagging):  # noqa: N803
        self.objects[Bucket, Key] = (Body, ContentType, Tagging)

    def get_object(self, *, Bucket, Key):  # noqa: N803
        return {"Body": BytesIO(self.objects[Bucket, Key][0])}


def test_documents_are_json_objects_in_s3():
    s3 = FakeS3()
    documents = S3Documents(s3)
    documents.write("s3://refined/_meta/a#b?c.json", {"reason": "é"})
    written = ('{\n "reason": "é"\n}\n'.encode(), "application/json", "classification=proprietary")
    assert s3.objects == {("refined", "_meta/a#b?c.json"): written}
    assert documents.read("s3://refined/_meta/a#b?c.json") == {"reason": "é"}
    for wrong in ("https://x/y", "s3://bucket", "s3:///key", "file"):
        with pytest.raises(ValueError, match="write s3://bucket/key"):
            documents.read(wrong)


class FakeGlue:
    """One table."""

    def __init__(self, **parameters):
        self.table = {
            "Name": "orders",
            "DatabaseName": "refined_sales",
            "CreateTime": "now",
            "VersionId": "7",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": []},
            "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://x", **parameters},
        }
        self.updates = []

    def get_table(self, **_):
        return {"Table": self.table}

    def update_table(self, **request):
        self.updates.append(request)


def test_the_catalog_is_told_only_what_is_new_and_keeps_the_rest():
    said = {"owner": "a@example.com", "freshness": None}
    glue = FakeGlue(owner="b@example.com", freshness="1h")
    assert GlueCatalogue(glue).describe("refined_sales", "orders", said)
    [update] = glue.updates
    assert update["VersionId"] == "7"
    assert update["TableInput"] == {
        "Name": "orders",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": []},
        "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://x", "owner": "a@example.com"},
    }
    same = FakeGlue(owner="a@example.com")
    assert not GlueCatalogue(same).describe("refined_sales", "orders", said)
    assert same.updates == []


def test_errors_end_in_one_line_that_begins_with_their_class():
    assert one_line(QualityRefusedError("a\n b")) == "QualityRefusedError: a b"
    assert one_line(ValueError("a\nb")) == "ValueError: a b"
    assert one_line(RuntimeError("first\n" + "\tat java\n" * 50)) == "RuntimeError: first"
    assert one_line(KeyError()) == "KeyError: "
    # Python's text of it begins with the way through the gateway.
    failed = RuntimeError("An error occurred while calling o1.run")
    failed.java_exception = type("Java", (), {"toString": lambda self: "java.io.IOException: gone\n\tat java"})()
    assert one_line(failed) == "RuntimeError: java.io.IOException: gone at java"


def test_the_reason_of_a_refusal_is_one_line():
    assert str(QualityRefusedError("a\n  b")) == "a b"


def test_the_highest_classification_is_the_most_sensitive_and_not_the_last_by_name():
    columns = [{**column, "classification": "confidential"} for column in CONTRACT["columns"]]
    assert contract_of({**CONTRACT, "columns": columns}).highest == "confidential"


def test_what_a_mask_hides_is_at_least_confidential():
    columns = [{**column, "classification": "proprietary"} for column in CONTRACT["columns"]]
    masked = contract_of({**CONTRACT, "columns": columns})
    clear, shown = refined_tables(masked, "s3://a")
    assert (masked.highest, clear.table.classification, shown.table.classification) == (
        "confidential",
        "confidential",
        "proprietary",
    )
    plain = [{**column, "mask": None} for column in columns]
    assert contract_of({**CONTRACT, "columns": plain}).highest == "proprietary"


def test_a_failed_job_says_so_in_the_last_line_of_stderr():
    program = (
        "from lake_spark.entry import run\nfrom lake_spark.errors import SchemaRefusedError\n"
        "def main(argv): raise SchemaRefusedError(f'{argv} cannot')\nrun(main)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "x"], capture_output=True, text=True, cwd=ROOT / "glue", check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("Traceback")
    assert done.stderr.splitlines()[-2:] == ["SchemaRefusedError: ['x'] cannot"] * 2
