"""Glue job: a batch of raw files of one dataset into its refined tables."""

from __future__ import annotations

from collections.abc import Sequence

import boto3

from lake_spark.arguments import parse_arguments
from lake_spark.catalogue import GlueCatalogue
from lake_spark.contracts import find_contract, load_contracts
from lake_spark.documents import S3Documents
from lake_spark.entry import run
from lake_spark.masking import derive_key
from lake_spark.refine import Request, Surroundings, run_refine
from lake_spark.session import start_session
from lake_spark.tags import S3Tags

REQUIRED = ("dataset", "batch_id", "manifest", "result", "refined_bucket", "masking_key")


def main(argv: Sequence[str]) -> None:
    """Reads the manifest, refines its files, writes the result."""
    given = parse_arguments(argv, REQUIRED, {"JOB_RUN_ID": ""})
    contract = find_contract(load_contracts(), given["dataset"])
    s3 = boto3.client("s3")
    documents = S3Documents(s3)
    manifest = documents.read(given["manifest"])
    request = Request(
        contract=contract,
        batch_id=given["batch_id"],
        objects=[entry["uri"] for entry in manifest["objects"]],
        root=f"s3://{given['refined_bucket']}",
        run_id=given["JOB_RUN_ID"] or None,
    )
    around = Surroundings(
        catalogue=GlueCatalogue(boto3.client("glue")),
        tags=S3Tags(s3),
        masking_key=lambda: derive_key(boto3.client("kms"), given["masking_key"]),
    )
    spark = start_session(f"refine {contract.id}")
    try:
        run_refine(spark, request, around, documents, given["result"])
    finally:
        spark.stop()


if __name__ == "__main__":
    run(main)
